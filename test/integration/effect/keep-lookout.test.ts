/** The activity of a lookout, on a real Temporal: whose waits it knows, how it completes them, and when it ends. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Info } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { atWork } from '../../../src/activities/effect/failures.js';
import {
  type LookoutStanding,
  createLookoutActivities,
} from '../../../src/activities/effect/lookout/keep-lookout.js';
import { tellLookout } from '../../../src/activities/effect/lookout/handing-over.js';
import type { Listed, Watching } from '../../../src/activities/effect/lookout/watching.js';
import { PlatformError } from '../../../src/platform/errors.js';
import { LonghaulError } from '../../../src/run/failures/errors.js';
import type { Json } from '../../../src/run/json.js';
import {
  type LookoutOf,
  type LookoutWord,
  type Wait,
  lookoutIdOf,
  lookoutsQuery,
  waitKeyOf,
} from '../../../src/run/lookouts.js';
import { eventually } from '../../support/eventually.js';
import { connectByHand, inTry, outputOf, restingActivity, takeTry, unique } from './temporal-by-hand.js';

let client: Client;
beforeAll(async () => {
  client = await connectByHand();
});
afterAll(() => client.connection.close());

/** A wait of a run that is not there. */
const goneWait = (id: string): Wait => ({
  run: {
    ...{ workflowId: 'run.gone', activityId: 'train.1' },
    runId: `ffffffff-ffff-4fff-8fff-${id.padStart(12, '0')}`,
  },
  ...{ attempt: 1, id, list: 'project', input: { id }, sinceMs: Date.now(), atMs: Date.now() },
});
/** A wait of an activity that rests. */
const restingWait = async (id: string): Promise<Wait> => ({
  ...goneWait(id),
  run: await restingActivity(client),
});
const numbered = (count: number): Wait[] =>
  Array.from({ length: count }, (_, at) => goneWait(String(at + 1)));

/** A platform whose jobs are at work until a test says what has become of them, and a lookout that looks at it. */
async function stageOf(
  waits: readonly Wait[],
  { looksPerSecond = 10_000, ...more }: { looksPerSecond?: number } & Partial<LookoutOf> = {},
) {
  const of: LookoutOf = { connection: unique('dev-'), effect: 'awaitJob', scope: 'p', shard: 0, ...more };
  const over = new Map<string, Json | Error>();
  const seen = { looks: [] as string[], lists: 0 };
  const watching: Watching<Json, unknown> = {
    effect: 'awaitJob',
    look: (input) => {
      const { id } = input as { id: string };
      seen.looks.push(id);
      const end = over.get(id);
      if (end === undefined) throw atWork({ what: `job ${id}`, status: 'Running' }, 1);
      return end instanceof Error ? Promise.reject(end) : Promise.resolve(end);
    },
    ...{ idOf: () => '', scopeOf: () => '' },
    list: {
      of: () => 'project',
      read: async function* (): AsyncIterable<Listed> {
        seen.lists += 1;
        await Promise.resolve();
        for (const id of known) if (!over.has(id)) yield { id, status: 'Running', isAtWork: true };
      },
    },
  };
  const known = waits.map(({ id }) => id);
  const told = { standings: [] as (LookoutStanding | null)[], completed: [] as unknown[] };
  const { keepLookout } = createLookoutActivities({
    watchings: [watching],
    bounds: { firstLookMs: 20, lastLookMs: 40 },
    looksPerSecond,
    report: (_, standing) => told.standings.push(standing),
    completed: (_, output) => told.completed.push(output),
  });
  const tell = async (more: readonly Wait[]): Promise<void> => {
    known.push(...more.map(({ id }) => id));
    await tellLookout(client, of, more);
  };
  await tellLookout(client, of, waits);
  const workflowId = lookoutIdOf(of);
  const { runId } = await client.workflow.getHandle(workflowId).describe();
  const words: LookoutWord[] = [];
  const cancelling = new AbortController();
  return {
    ...{ of, over, seen, told, tell, words },
    cancel: () => {
      cancelling.abort();
    },
    keep: (info: Partial<Info> = {}, given: object = {}) =>
      inTry(
        {
          ...{
            client,
            signal: cancelling.signal,
            info: { workflowExecution: { workflowId, runId }, ...info },
          },
          heartbeat: (word) => words.push(word as LookoutWord), // its own
        },
        () => keepLookout({ of, lasted: [], ...given }),
      ),
  };
}

describe('a lookout', () => {
  it('completes the activities of those whose wait is over, and ends when nobody waits any more', async () => {
    const waits = [await restingWait('1'), await restingWait('2')];
    const { keep, over, told, seen, words } = await stageOf(waits);
    const beganMs = Date.now();
    over.set('1', { jobId: 'one' });
    setTimeout(() => over.set('2', { jobId: 'two' }), 150);
    const answer = await keep({}, { lasted: [7] });
    if (!('ended' in answer)) throw answer;
    expect([...answer.ended].sort()).toEqual(waits.map(waitKeyOf).sort());
    expect(answer.lasted).toHaveLength(3);
    expect(answer.lasted[0]).toBe(7);
    expect(answer.lookedAtMs).toBeGreaterThanOrEqual(beganMs);
    expect(answer.lookedAtMs).toBeLessThan(Date.now() + 100);
    expect(await Promise.all(waits.map(({ run }) => outputOf(client, run)))).toEqual([
      { jobId: 'one' },
      { jobId: 'two' },
    ]);
    expect(told.completed).toEqual([{ jobId: 'one' }, { jobId: 'two' }]);
    expect(seen.lists).toBeGreaterThan(0);
    expect(words.at(-1)?.ended).toEqual(answer.ended);
    expect(told.standings.at(-1)).toBeNull();
  });

  it('tells by its heartbeat what it has seen, and how it stands', async () => {
    const { keep, over, told, words } = await stageOf([goneWait('1'), goneWait('2')]);
    const keeping = keep();
    const beganMs = Date.now();
    await eventually(() => words.some(({ usual }) => usual === 'Running'));
    const word = words.find(({ usual }) => usual === 'Running');
    expect(word).toMatchObject({ others: {}, ended: [] });
    expect(Math.abs((word?.lookedAtMs ?? 0) - beganMs)).toBeLessThan(2_000);
    expect(told.standings.at(-1)).toMatchObject({ waits: 2 });
    const { intervalMs, oldestLookMs, lastLookMs } = told.standings.at(-1) ?? {};
    expect(intervalMs).toBeGreaterThan(0);
    expect(intervalMs).toBeLessThan(1_000);
    expect(oldestLookMs).toBeLessThan(1_000);
    expect(lastLookMs).toBeLessThan(1_000);
    over.set('1', 'over').set('2', 'over');
    await keeping;
  });

  it('is there by its heartbeat also while nothing changes', async () => {
    const { keep, cancel, words } = await stageOf([goneWait('1')], { looksPerSecond: 0.1 });
    const keeping = keep();
    await eventually(() => words.length > 0);
    const count = words.length;
    await delay(2_200);
    expect(words.length).toBeGreaterThan(count);
    cancel();
    await keeping;
  });

  it('hears of a wait that is handed over meanwhile', async () => {
    const { keep, over, tell, seen } = await stageOf([goneWait('1')]);
    const keeping = keep();
    await eventually(() => seen.looks.length > 1);
    const wait = await restingWait('2');
    over.set('2', { jobId: 'two' });
    await tell([wait, goneWait('3')]);
    await eventually(async () => (await outputOf(client, wait.run)) !== undefined);
    expect(await outputOf(client, wait.run)).toEqual({ jobId: 'two' });
    over.set('1', 'over').set('3', 'over');
    expect(await keeping).toMatchObject({ lasted: [expect.any(Number)] });
  });

  it('wakes an activity whose platform says something else than that it goes on or is over', async () => {
    const wait = await restingWait('1');
    const { keep, over, told } = await stageOf([wait]);
    over.set('1', new LonghaulError('JOB_FAILED', 'job 1 failed'));
    const answer = await keep();
    expect(answer).toMatchObject({ ended: [waitKeyOf(wait)], lasted: [] });
    expect(await takeTry(client, wait.run)).toMatchObject({ activityId: 'train.1', attempt: 2 });
    expect(told.completed).toEqual([]);
  });

  it('says nothing of a wait that is gone as completed', async () => {
    const { keep, over, told } = await stageOf([goneWait('1')]);
    over.set('1', { jobId: 'one' });
    expect(await keep()).toMatchObject({ ended: [waitKeyOf(goneWait('1'))], lasted: [] });
    expect(told.completed).toEqual([]);
  });

  it('goes on where the try before was cut off, by its heartbeat', async () => {
    const [one, two] = [goneWait('1'), goneWait('2')];
    const { keep, over, seen } = await stageOf([one, two]);
    over.set('1', 'over').set('2', 'over');
    const left = { lookedAtMs: Date.now() - 5, nextLookMs: Date.now(), others: {}, ended: [waitKeyOf(one)] };
    expect(await keep({ attempt: 2, heartbeatDetails: left })).toMatchObject({
      ended: [waitKeyOf(one), waitKeyOf(two)],
    });
    expect(seen.looks).toEqual(['2']);
  });

  it.each([
    ['the activity before', false],
    ['a try that was cut off', true],
  ])('says since when the platform has given no usable answer, as %s has said', async (_, isTry) => {
    const nowMs = Date.now();
    const sinceMs = nowMs - 5_000;
    const wait = { ...goneWait('1'), sinceMs: nowMs - 10_000, atMs: nowMs - 10_000 };
    const { keep, over, cancel, words } = await stageOf([wait]);
    over.set('1', new PlatformError('PLATFORM_UNAVAILABLE', 'GET /jobs answered 503'));
    const lookedAtMs = sinceMs - 1_000;
    const failing = { sinceMs, message: 'answered 503' };
    const word: LookoutWord = { lookedAtMs, nextLookMs: nowMs, others: {}, ended: [], failing };
    const keeping = isTry
      ? keep({ heartbeatDetails: word }, { lookedAtMs: 1, failingSinceMs: 1 })
      : keep({}, { lookedAtMs, failingSinceMs: sinceMs });
    await eventually(() => words.some(({ failing }) => failing !== undefined));
    expect(words.find(({ failing }) => failing !== undefined)?.failing).toMatchObject({ sinceMs });
    expect(words.at(-1)?.lookedAtMs).toBe(lookedAtMs);
    cancel();
    await keeping;
  });

  it('is gone on with by another worker where this one stops', async () => {
    const { keep, cancel, seen, told } = await stageOf([goneWait('1')]);
    const keeping = keep();
    await eventually(() => seen.looks.length > 0);
    const beganMs = performance.now();
    cancel();
    expect(await keeping).toMatchObject({
      ...{ type: 'INTERNAL', message: 'another worker goes on', category: 'BENIGN', nextRetryDelay: 1 },
    });
    expect(performance.now() - beganMs).toBeLessThan(1_000);
    expect(told.standings.at(-1)).toBeNull();
  });

  it('is left to workers that know what is awaited', async () => {
    const { keep } = await stageOf([goneWait('1')], { effect: 'awaitTomorrow' });
    const failure = { type: 'INTERNAL', message: 'this worker knows no awaitTomorrow', category: 'BENIGN' };
    expect(await keep()).toMatchObject({ ...failure, nextRetryDelay: 5_000 });
  });
});

describe('a lookout that has much to do ends, so that its history stays short,', () => {
  it('after 150 waits, of which it tells', async () => {
    const waits = numbered(160);
    const { keep, over } = await stageOf([...waits, goneWait('999')]);
    for (const { id } of waits) over.set(id, 'over');
    const answer = await keep();
    if (!('ended' in answer)) throw answer;
    expect(answer.ended.length).toBeGreaterThanOrEqual(150);
    expect(answer.ended).not.toContain(waitKeyOf(goneWait('999')));
  });

  it('and after more than 400 that were handed over', async () => {
    const { keep, tell, seen } = await stageOf([goneWait('999')]);
    const keeping = keep();
    await eventually(() => seen.looks.length > 0);
    await tell(numbered(400));
    await delay(300);
    const isOver = await Promise.race([keeping.then(() => true), delay(100).then(() => false)]);
    expect(isOver).toBe(false);
    await tell([goneWait('998')]);
    expect(await keeping).toMatchObject({ ended: [] });
  });
});

describe('lookouts of one connection', () => {
  it('share what it may be asked', async () => {
    const one = await stageOf([goneWait('1')], { looksPerSecond: 20 });
    for (const scope of ['q', 'r', 's']) await tellLookout(client, { ...one.of, scope }, [goneWait('2')]);
    const query = lookoutsQuery(one.of.connection, 'Running');
    await eventually(async () => (await client.workflow.count(query)).count === 4);
    const keeping = one.keep();
    const looksInASecond = async (): Promise<number> => {
      const looks = one.seen.looks.length;
      await delay(1_000);
      return one.seen.looks.length - looks;
    };
    await eventually(async () => (await looksInASecond()) < 9); // once Temporal has said how many there are
    expect(await looksInASecond()).toBeGreaterThan(2);
    one.cancel();
    await keeping;
  });
});
