/** When an undoing is over, and what it says until then. */
import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { type Unsettled, markerOf } from '../../../src/activities/effect/attempt.js';
import {
  type Standing,
  asking,
  deleting,
  left,
  standingOf,
  undo,
  unmarked,
} from '../../../src/activities/effect/undoing.js';
import type { Undoing } from '../../../src/run/undoing/effect.js';
import type { FailureCode } from '../../../src/run/failures/errors.js';
import { PlatformError } from '../../../src/platform/errors.js';

const origin = { runId: 'train-and-deploy.x', firstAttemptId: 'a', step: 'train', generation: 1 };
const effect: Undoing = { connection: 'domino-test', origin, begunBefore: false };
const waits = {
  firstLookMs: 100,
  lastLookMs: 500,
  settleMs: 200,
  patienceMs: 600_000,
  undoMs: 3_000,
  sweepMs: 10_000,
};
const job = { kind: 'job', id: 'j1' } as const;
const stopped: Standing = { state: 'undone', object: job };

const attempt = (undoing: Partial<Undoing>, elapsedMs: number, standings: readonly Standing[]) =>
  undo(
    waits,
    { ...effect, ...undoing },
    { elapsedMs, unsettled: null, remember: () => undefined },
    { kind: 'job', perform: () => Promise.resolve(standings) },
  );

/** What an undoing that is to be tried again says. */
async function again(...given: Parameters<typeof attempt>): Promise<ApplicationFailure> {
  const failure = await attempt(...given).catch((error: unknown) => error);
  if (!(failure instanceof ApplicationFailure)) throw new Error(`it ended: ${JSON.stringify(failure)}`);
  return failure;
}

describe('within a run', () => {
  it('is over when the platform has confirmed it', async () => {
    expect(await attempt({}, 0, [stopped])).toEqual({ undone: [job], leftBehind: [] });
  });

  it('is tried again until its time is over, and says what is left then', async () => {
    const stopping = left(job, 'it is Stopping');
    expect(await again({}, 2_999, [stopping])).toMatchObject({
      type: 'STILL_WAITING',
      message: 'job j1: it is Stopping',
      details: [[{ ...job, reason: 'it is Stopping' }]],
    });
    expect(await attempt({}, 3_000, [stopping])).toEqual({
      undone: [],
      leftBehind: [{ ...job, reason: 'it is Stopping' }],
    });
  });

  it('looks for the effect of a request without an answer as often as a creation does, then says that it may come', async () => {
    await again({ doubt: 'unanswered' }, 599, []);
    expect(await attempt({ doubt: 'unanswered' }, 600, [])).toEqual({
      undone: [],
      leftBehind: [
        {
          kind: 'job',
          reason: `a request for it may have been sent and may still be carried out; nothing carries ${markerOf(origin)} yet`,
        },
      ],
    });
  });

  it('looks no longer once that effect is found', async () => {
    expect(await attempt({ doubt: 'unanswered' }, 0, [stopped])).toEqual({ undone: [job], leftBehind: [] });
  });

  it('does not look for what may be beside an answered request: that goes on after the run', async () => {
    expect(await attempt({ doubt: 'perhaps' }, 0, [])).toEqual({ undone: [], leftBehind: [] });
  });
});

describe('after a run', () => {
  const untilConfirmed = true;

  it('is tried until it is confirmed, however long that takes', async () => {
    const day = 86_400_000;
    const failure = await again({ untilConfirmed }, day, [left(job, 'it is Running')]);
    expect(Number(failure.nextRetryDelay)).toBeLessThanOrEqual(6_000);
    expect(await attempt({ untilConfirmed }, day, [stopped])).toEqual({ undone: [job], leftBehind: [] });
  });

  it('looks for what is in doubt through the whole time, at most twice as late as it comes', async () => {
    const sought = { untilConfirmed, doubt: 'perhaps' } as const;
    expect(await again(sought, 0, [])).toMatchObject({ nextRetryDelay: 200, details: [[]] });
    expect(await again(sought, 2_000, [stopped])).toMatchObject({ nextRetryDelay: 2_000 });
    expect(await again(sought, 9_000, [])).toMatchObject({ nextRetryDelay: 1_000 });
    expect(await attempt(sought, 10_000, [stopped])).toEqual({ undone: [job], leftBehind: [] });
  });

  it('says of a request without an answer that it may come, until the time is over', async () => {
    const sought = { untilConfirmed, doubt: 'unanswered' } as const;
    expect((await again(sought, 5_000, [])).details?.[0]).toMatchObject([{ kind: 'job' }]);
    expect(await attempt(sought, 10_000, [])).toEqual({ undone: [], leftBehind: [] });
  });

  it('ends with what nothing undoes', async () => {
    const lasting = { kind: 'modelVersion', id: 'iris/2', reason: 'no request', lasting: true } as const;
    expect(await attempt({ untilConfirmed }, 0, [{ state: 'left', left: lasting }])).toEqual({
      undone: [],
      leftBehind: [lasting],
    });
  });
});

describe('what a try before has seen', () => {
  const open = { looks: 0, open: [job] };
  const next = async (
    { elapsedMs, unsettled = open }: { readonly elapsedMs: number; readonly unsettled?: Unsettled },
    standings: readonly Standing[],
  ) => {
    const asked: (readonly string[])[] = [];
    let told: Unsettled | null = null;
    const ended = await undo(
      waits,
      { ...effect, untilConfirmed: true },
      { elapsedMs, unsettled, remember: (word) => void (told = word) },
      {
        kind: 'job',
        perform: ({ seen }) => {
          asked.push(seen);
          return Promise.resolve(standings);
        },
      },
    ).catch((error: unknown) => (error instanceof ApplicationFailure ? error.message : error));
    return { ended, asked, told };
  };

  it('is asked for by its id, and is open while a list leaves it out', async () => {
    expect(await next({ elapsedMs: 1_000 }, [])).toEqual({
      ended: 'job j1: it was there, and is not found any more',
      asked: [['j1']],
      told: { looks: 0, undone: [], open: [job], missingSinceMs: 1_000 },
    });
  });

  it('is gone when it was not found for long, not when undoing it took long', async () => {
    const since = (missingSinceMs: number) => ({ ...open, missingSinceMs });
    expect((await next({ elapsedMs: 60_000 }, [])).ended).toMatch(/^job j1/);
    expect((await next({ elapsedMs: 60_000, unsettled: since(50_001) }, [])).ended).toMatch(/^job j1/);
    expect((await next({ elapsedMs: 60_000, unsettled: since(50_000) }, [])).ended).toEqual({
      undone: [],
      leftBehind: [],
    });
  });

  it('is not missing while the platform cannot be asked', async () => {
    const [down] = [left({ kind: 'job' }, 'answered 503')];
    const { ended, told } = await next({ elapsedMs: 60_000, unsettled: { ...open, missingSinceMs: 1 } }, [
      down,
    ]);
    expect(ended).toMatch(/job j1: it was there/);
    expect(told).toEqual({ looks: 0, undone: [], open: [job] });
  });

  it('is known to have been asked to stop, once the platform has taken that', async () => {
    const { told } = await next({ elapsedMs: 0 }, [left(job, 'it is Stopping', true)]);
    expect(told).toEqual({ looks: 0, undone: [], open: [job], asked: [job] });
    const again = await next({ elapsedMs: 0, unsettled: { ...open, asked: [job] } }, [left(job, 'it is up')]);
    expect(again.told).toEqual({ looks: 0, undone: [], open: [job], asked: [job] });
  });

  it('is over when it has ended or is undone', async () => {
    expect((await next({ elapsedMs: 0 }, [{ state: 'ended', id: 'j1' }])).ended).toEqual({
      undone: [],
      leftBehind: [],
    });
    expect((await next({ elapsedMs: 0 }, [stopped])).ended).toEqual({ undone: [job], leftBehind: [] });
  });
});

it('says also what was undone in an earlier try, and is in no list any more', async () => {
  const left = { looks: 0, undone: [{ kind: 'environment', id: 'e1' } as const] };
  const attempt = { elapsedMs: 0, unsettled: left, remember: () => undefined };
  const perform = () => Promise.resolve([]);
  expect(await undo(waits, effect, attempt, { kind: 'environment', perform })).toEqual({
    undone: [{ kind: 'environment', id: 'e1' }],
    leftBehind: [],
  });
});

describe('an object', () => {
  const failing = (error: Error) => standingOf(job, () => Promise.reject(error));

  it('is left, with the reason, when it cannot be looked at', async () => {
    expect(await failing(new PlatformError('CREDENTIALS_REJECTED', 'answered 401'))).toMatchObject([
      { state: 'left', left: { ...job, reason: 'answered 401' }, isMissing: false },
    ]);
  });

  it('is not asked for before the platform wants to be asked', async () => {
    const busy = new PlatformError('PLATFORM_THROTTLED', 'answered 429', { retryAfterMs: 30_000 });
    expect(await again({}, 0, await failing(busy))).toMatchObject({ nextRetryDelay: 30_000 });
  });

  it('is gone only after it was missing for as long as what is in doubt is looked for', async () => {
    const missing = await failing(new PlatformError('NOT_FOUND', 'answered 404'));
    await again({ untilConfirmed: true }, 9_999, missing);
    expect(await attempt({ untilConfirmed: true }, 10_000, missing)).toEqual({ undone: [], leftBehind: [] });
    expect((await attempt({}, 10_000, missing)).leftBehind).toMatchObject([job]);
  });

  it('does not hide a mistake of ours', async () => {
    await expect(failing(new TypeError('no'))).rejects.toThrow('no');
  });
});

describe('what was asked to stop', () => {
  const stopping = left(job, 'it is Stopping', true);

  it('is enough where only that is asked for', async () => {
    expect(await attempt({ untilAsked: true }, 0, [stopping])).toEqual({
      undone: [],
      leftBehind: [{ ...job, reason: 'it is Stopping', ending: true }],
    });
    await again({}, 0, [stopping]);
    await again({ untilAsked: true }, 0, [left(job, 'it is up')]);
  });

  it('is known to the next call as soon as it is news, while others may still appear', async () => {
    const sought = { untilConfirmed: true, doubt: 'perhaps', told: [] } as const;
    expect(await attempt(sought, 0, [stopped])).toEqual({ undone: [job], leftBehind: [], goesOn: true });
    await again({ ...sought, told: [job] }, 0, [stopped]);
    await again(sought, 0, [stopped, left({ kind: 'job', id: 'j2' }, 'it is up')]);
  });
});

describe('a request that stops something', () => {
  const failing = (code: FailureCode, more: object = {}) =>
    Promise.reject(new PlatformError(code, code.toLowerCase(), more));

  it('that is answered with 404 does not say that the object is gone', async () => {
    await expect(asking(() => failing('NOT_FOUND', { status: 404 }))).rejects.toMatchObject({
      ...{ code: 'REQUEST_REJECTED', message: 'not_found', status: 404 },
    });
    await expect(asking(() => failing('PLATFORM_UNAVAILABLE'))).rejects.toMatchObject({
      code: 'PLATFORM_UNAVAILABLE',
    });
    expect(await asking(() => Promise.resolve(7))).toBe(7);
  });

  it('is over when what it deletes is not there any more, also after a lost answer', async () => {
    const deleted = (isThere: boolean, send: () => Promise<unknown> = () => Promise.resolve()) =>
      deleting(job, { send, isThere: () => Promise.resolve(isThere) });
    const undone = { state: 'undone', object: job };
    expect(await deleted(false)).toEqual(undone);
    expect(await deleted(true)).toEqual(left(job, 'it is not deleted yet'));
    expect(await deleted(false, () => failing('ANSWER_LOST'))).toEqual(undone);
    expect(await deleted(false, () => failing('CONFLICT'))).toEqual(undone);
    expect(await deleted(true, () => failing('CONFLICT'))).toEqual({
      ...{ state: 'left', left: { ...job, reason: 'conflict', lasting: true } },
    });
    await expect(deleted(true, () => failing('ANSWER_LOST'))).rejects.toMatchObject({ code: 'ANSWER_LOST' });
    await expect(deleted(true, () => failing('NOT_FOUND', { status: 404 }))).rejects.toMatchObject({
      code: 'REQUEST_REJECTED',
    });
    await expect(deleted(false, () => failing('CREDENTIALS_REJECTED'))).rejects.toMatchObject({
      code: 'CREDENTIALS_REJECTED',
    });
    await expect(deleted(false, () => Promise.reject(new TypeError('no')))).rejects.toThrow('no');
    const isThere = () => failing('PLATFORM_UNAVAILABLE', { retryAfterMs: 7 });
    await expect(deleting(job, { send: () => Promise.resolve(), isThere })).rejects.toMatchObject({
      ...{ code: 'PLATFORM_UNAVAILABLE', ambiguous: true, retryAfterMs: 7 },
    });
  });

  it('is not sent to what carries no marker: a person must look', () => {
    expect(unmarked(job, 'lh:1')).toEqual({
      state: 'left',
      left: { ...job, reason: 'it does not carry lh:1, so it was not stopped', lasting: true },
    });
  });
});
