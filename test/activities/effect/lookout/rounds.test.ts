/** The looks of one lookout, at a platform of a list and of things that are looked at by themselves. */
import { describe, expect, it } from '@jest/globals';
import { notYet } from '../../../../src/activities/effect/failures.js';
import { PlatformError } from '../../../../src/platform/errors.js';
import { ConnectionRefused } from '../../../../src/platform/gate.js';
import { waitKeyOf } from '../../../../src/run/lookouts.js';
import { day, outage, running, stageOf, startMs, waitFor } from './rounds-stage.js';

describe('a list', () => {
  it('tells of all that it shows at work by one request, and what it does not show is looked at by itself', async () => {
    const { rounds, platform, seen, after, endings } = stageOf();
    rounds.add(['a', 'b', 'c'].map((id) => waitFor(id)));
    await after(1_000);
    expect(seen.lists).toBe(0);
    platform.list = () => [running('a'), running('b')];
    platform.look = (id) => ({ jobId: id });
    await after(1_000);
    expect({ lists: seen.lists, looks: seen.looks, completed: seen.completed }).toEqual({
      ...{ lists: 1, looks: ['c'] },
      completed: [{ jobId: 'c' }],
    });
    expect(endings()).toEqual([['c', 'completed']]);
    expect(seen.ended[0]).toMatchObject({ lastedMs: 2_000 });
    expect(rounds.size).toBe(2);
  });

  it('is asked for one that says that it was looked at tomorrow', async () => {
    const { rounds, platform, seen, after } = stageOf();
    rounds.add([waitFor('a', { atMs: startMs + 86_400_000 })]);
    platform.look = (id) => ({ jobId: id });
    await after(2_000);
    expect(seen.completed).toEqual([{ jobId: 'a' }]);
  });

  it('ends nothing by itself: what it leaves out, or shows as ended, and is at work by its own word, goes on', async () => {
    const { rounds, platform, seen, after } = stageOf();
    rounds.add(['a', 'b', 'c'].map((id) => waitFor(id)));
    platform.list = () => [{ ...running('a'), isAtWork: false }, running('b'), running('b')];
    await after(2_000);
    expect(seen.looks).toEqual(['a', 'c']);
    expect(seen.ended).toEqual([]);
    platform.list = () => [running('a'), running('b'), running('c')];
    await after(2_000);
    const looks = seen.looks.length;
    await after(2_000);
    expect({ looks: seen.looks.length, size: rounds.size }).toEqual({ looks, size: 3 });
  });

  it('that goes on without end is left once it has shown all that is awaited', async () => {
    const { rounds, platform, seen, after } = stageOf();
    rounds.add(['a', 'b'].map((id) => waitFor(id)));
    let read = 0;
    platform.list = async function* () {
      for (;;) yield running(['a', 'b'][read++] ?? `other-${await Promise.resolve(read)}`);
    };
    await after(2_000);
    expect({ read, looks: seen.looks }).toEqual({ read: 2, looks: [] });
  });

  it('that fails is no end of anything: while nothing can be looked at, it is tried seldom, and nobody is told', async () => {
    const { rounds, platform, seen, after } = stageOf();
    rounds.add(Array.from({ length: 50 }, (_, at) => waitFor(`j${at}`)));
    platform.list = () => {
      throw outage();
    };
    platform.look = () => {
      throw outage();
    };
    for (let second = 0; second < 60; second += 1) await after(1_000);
    expect(seen.lists).toBeLessThan(8);
    expect(seen.looks.length).toBe(seen.lists);
    expect(rounds.word('domino').failing).toMatchObject({
      message: expect.stringContaining('no usable answer from domino since'),
    });
    platform.list = () => Array.from({ length: 50 }, (_, at) => running(`j${at}`));
    await after(60_000);
    expect(rounds.word('domino').failing).toBeUndefined();
    expect(seen.ended).toEqual([]);
  });

  it('that is stuck holds nobody: now and then, one that it shows at work is looked at by itself', async () => {
    const { rounds, platform, seen, after, endings } = stageOf();
    const ids = ['a', 'b', 'c', 'd'];
    rounds.add(ids.map((id) => waitFor(id)));
    platform.list = () => ids.map(running);
    for (let second = 0; second < 300; second += 1) await after(1_000);
    expect(seen.looks.length).toBeGreaterThan(5);
    expect(seen.looks.length).toBeLessThan(25);
    platform.look = (id) => ({ jobId: id });
    for (let second = 0; second < 60; second += 1) await after(1_000);
    expect(endings().sort()).toEqual(ids.map((id) => [id, 'completed']));
  });

  it('is read as ever where what is looked at for its sake meets a proxy', async () => {
    const { rounds, platform, seen, after, endings } = stageOf();
    const ids = ['a', 'b', 'c', 'd'];
    rounds.add(ids.map((id) => waitFor(id)));
    platform.list = () => ids.map(running);
    platform.look = () => {
      throw new PlatformError('PROXY_PAGE', 'sign in');
    };
    for (let second = 0; second < 60; second += 1) await after(1_000);
    expect(seen.looks).toHaveLength(1);
    expect(endings().map(([, how]) => how)).toEqual(['woken']);
  });

  it('that fails by one thing, which cannot be read by itself either, keeps nobody else waiting', async () => {
    const { rounds, platform, seen, after, endings } = stageOf();
    rounds.add([waitFor('broken', { atMs: startMs - 60_000 }), waitFor('b'), waitFor('c')]);
    platform.list = () => {
      throw outage();
    };
    platform.look = (id) => {
      if (id === 'broken') throw outage();
      return { jobId: id };
    };
    for (let second = 0; second < 30; second += 1) await after(1_000);
    expect(endings().sort()).toEqual([
      ['b', 'completed'],
      ['c', 'completed'],
    ]);
    expect(seen.looks.filter((id) => id === 'broken').length).toBeLessThan(8);
  });

  it('that is refused alone is done without: each is looked at by itself, the longest waiting first', async () => {
    const { rounds, platform, seen, after } = stageOf({ perSecond: 1 });
    rounds.add(['a', 'b', 'c', 'd'].map((id, at) => waitFor(id, { atMs: startMs - at })));
    platform.list = () => {
      throw new PlatformError('PERMISSION_DENIED', 'no list for you');
    };
    for (let second = 0; second < 12; second += 1) await after(1_000);
    expect(new Set(seen.looks)).toEqual(new Set(['a', 'b', 'c', 'd']));
    const counts = ['a', 'b', 'c', 'd'].map((id) => seen.looks.filter((one) => one === id).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect(seen.looks.length).toBeLessThanOrEqual(14);
    expect(seen.ended).toEqual([]);
  });
});

describe('a single look', () => {
  it.each<[string, unknown]>([
    ['is denied', new PlatformError('OBJECT_MISSING', 'gone')],
    ['meets a proxy', new PlatformError('PROXY_PAGE', 'sign in')],
    ['is not sent, for the credential is refused', new ConnectionRefused('CREDENTIALS_REJECTED', 'no')],
    ['needs another look soon', notYet('job 1 has ended; its log is not there', 100)],
    ['finds a failure', new Error('JOB_FAILED')],
  ])('that %s is left to the activity of the run, which has its own patience', async (_, error) => {
    const { rounds, platform, after, endings } = stageOf();
    rounds.add([waitFor('a')]);
    platform.look = () => {
      throw error;
    };
    platform.isAtRest = false;
    await after(2_000);
    expect(endings()).toEqual([]); // its try is still open: it is told again
    platform.isAtRest = true;
    await after(1_000);
    expect(endings()).toEqual([['a', 'woken']]);
    expect(rounds.size).toBe(0);
  });

  it('whose output Temporal does not take is left to it too; where nobody waits any more, nothing is done', async () => {
    const { rounds, platform, after, endings } = stageOf();
    platform.look = (id) => ({ id });
    platform.completing = 'refused';
    rounds.add([waitFor('a')]);
    await after(2_000);
    platform.completing = 'gone';
    rounds.add([waitFor('b')]);
    await after(2_000);
    expect(endings()).toEqual([
      ['a', 'woken'],
      ['b', 'gone'],
    ]);
  });

  it('comes to each in its turn where there is no list, and to no more than the rate allows', async () => {
    const { rounds, seen, after } = stageOf({ perSecond: 2 });
    const ids = Array.from({ length: 20 }, (_, at) => `r${at}`);
    rounds.add(ids.map((id) => ({ ...waitFor(id), list: `own-${id}` })));
    for (let half = 0; half < 60; half += 1) await after(500);
    expect(seen.lists).toBe(0);
    expect(seen.looks.length).toBeLessThanOrEqual(66);
    const counts = ids.map((id) => seen.looks.filter((one) => one === id).length);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });
});

describe('a wait', () => {
  it('that is handed over twice is one, and a later try of its activity takes its place', async () => {
    const { rounds, platform, seen, after } = stageOf();
    rounds.add([waitFor('a'), waitFor('a')]);
    rounds.add([waitFor('a', { attempt: 2 })]);
    platform.look = (id) => ({ id });
    await after(2_000);
    expect(seen.ended.map(({ wait }) => waitKeyOf(wait))).toEqual(['0000-a.train.1/2']);
  });

  it('of a run that is gone is forgotten a day later, for one that goes on is handed over anew', async () => {
    const { rounds, after, endings } = stageOf();
    rounds.add([waitFor('a'), waitFor('b')]);
    await after(day);
    rounds.add([waitFor('b', { attempt: 2, atMs: startMs + day })]);
    await after(3_600_001);
    expect(endings()).toEqual([['a', 'gone']]);
    expect(rounds.size).toBe(1);
  });
});

it.each([
  ['in a list', 'project'],
  ['each by itself', undefined],
])('a proxy that answers for all wakes only the first few of those who wait %s', async (_, list) => {
  const { rounds, platform, seen, after, endings } = stageOf();
  const ids = Array.from({ length: 50 }, (_, at) => `r${at}`);
  rounds.add(ids.map((id) => ({ ...waitFor(id), list: list ?? `own-${id}` })));
  const atWorkOf = platform.look;
  const fail = (): never => {
    throw new PlatformError('PROXY_PAGE', 'sign in');
  };
  Object.assign(platform, { list: fail, look: fail });
  for (let second = 0; second < 600; second += 1) await after(1_000);
  expect(endings().map(([, how]) => how)).toEqual(['woken', 'woken', 'woken']);
  expect(rounds.word('domino').failing?.message).toContain('no usable answer from domino since');
  platform.look = atWorkOf;
  platform.list = () => ids.map(running);
  for (let second = 0; second < 61; second += 1) await after(1_000);
  expect(rounds.word('domino')).toMatchObject({ usual: 'Running', others: {} });
  expect(seen.ended).toHaveLength(3);
});

it('an outage that others have seen begin is told as that one, until there is an answer', async () => {
  const before = { lookedAtMs: startMs - 500_000, failingSinceMs: startMs - 400_000 };
  const { rounds, platform, after } = stageOf({ before });
  rounds.add(['a', 'b', 'c', 'd'].map((id) => waitFor(id, { atMs: startMs - 500_000 })));
  expect(rounds.standpoint()).toEqual(before);
  const atWorkOf = platform.look;
  const fail = (): never => {
    throw outage();
  };
  Object.assign(platform, { list: fail, look: fail });
  await after(2_000);
  expect(rounds.word('domino')).toMatchObject({
    ...{ lookedAtMs: startMs - 500_000, failing: { sinceMs: startMs - 400_000 } },
  });
  expect(rounds.standpoint()).toEqual(before);
  platform.look = atWorkOf;
  await after(60_000);
  expect(rounds.word('domino').failing).toBeUndefined();
  expect(rounds.standpoint()).toEqual({ lookedAtMs: startMs + 62_000 });
});

it('an outage is over where one that is handed over was answered after it had begun', () => {
  const before = { lookedAtMs: startMs - 500_000, failingSinceMs: startMs - 400_000 };
  const { rounds } = stageOf({ before });
  rounds.add([waitFor('a')]);
  expect(rounds.standpoint().failingSinceMs).toBeUndefined();
});

it('a word tells of one thing that the platform cannot read, and not that it reads nothing', async () => {
  const { rounds, platform, after } = stageOf();
  rounds.add(['broken', 'b', 'c'].map((id) => waitFor(id)));
  platform.list = () => [running('b'), running('c')];
  const atWorkOf = platform.look;
  platform.look = (id) => {
    if (id === 'broken') throw outage();
    return atWorkOf(id);
  };
  for (let second = 0; second < 20; second += 1) await after(1_000);
  const word = rounds.word('domino');
  expect(word.failing).toBeUndefined();
  expect(word.unanswered).toEqual({
    '0000-broken.train.1/1': {
      ...{ sinceMs: startMs + 2_000, lookedAtMs: startMs },
      message: 'no usable answer from domino since 1970-01-01T00:16:42Z: GET /jobs answered 503',
    },
  });
  platform.list = () => ['broken', 'b', 'c'].map(running);
  platform.look = atWorkOf;
  await after(60_000);
  expect(rounds.word('domino').unanswered).toBeUndefined();
});

it('a word tells at once of all that the platform asks to be sent nothing', async () => {
  const { rounds, platform, after } = stageOf();
  rounds.add(['a', 'b', 'c', 'd'].map((id) => waitFor(id)));
  platform.list = () => {
    throw outage(60_000);
  };
  platform.look = () => {
    throw outage(60_000);
  };
  await after(2_000);
  expect(rounds.word('domino').failing).toMatchObject({ heldUntilMs: startMs + 62_000 });
});

it('a word tells the status that most have once, and who has another or was not looked at', async () => {
  const { rounds, platform, after } = stageOf();
  rounds.add(['a', 'b', 'c'].map((id) => waitFor(id)));
  platform.list = () => [running('a'), running('b'), { ...running('c'), status: 'Pulling' }];
  await after(2_000);
  rounds.add([waitFor('d', { atMs: startMs + 2_000 })]);
  expect(rounds.word('domino')).toEqual({
    ...{ lookedAtMs: startMs + 2_000, nextLookMs: startMs + 4_000, usual: 'Running' },
    others: { Pulling: ['0000-c.train.1/1'], '': ['0000-d.train.1/1'] },
  });
});
