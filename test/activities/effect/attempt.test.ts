/** One try of an activity, as a worker performs it: what it is told, what it leaves, and what it fails with. */
import { describe, expect, it } from '@jest/globals';
import { Context, type Info, asyncLocalStorage } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { ApplicationFailure, noopMetricMeter } from '@temporalio/common';
import { msNumberToTs } from '@temporalio/common/lib/time.js';
import {
  type Attempt,
  type Attempting,
  type Limits,
  attempted,
  withinUsuallyMs,
} from '../../../src/activities/effect/attempt.js';
import { notYet } from '../../../src/activities/effect/failures.js';
import { PlatformError } from '../../../src/platform/errors.js';
import { LonghaulError, mayBeMadeDetail } from '../../../src/run/failures/errors.js';

const scheduledMs = Date.parse('2027-01-04T08:00:00Z');

interface Given {
  readonly info?: Partial<Info>;
  readonly input?: object;
  readonly limits?: Limits<object>;
  readonly attempting?: Partial<Attempting>;
  readonly isCancelled?: boolean;
  /** When the try began, as Temporal describes its run. */
  readonly beganMs?: number;
}

/** Of all of a client, what is asked: the description of the run that waits. */
const describing = (beganMs: number): Client => {
  const pendingActivities = [{ activityId: 'train.2', lastStartedTime: msNumberToTs(beganMs) }];
  const describe = () => Promise.resolve({ raw: { pendingActivities } });
  return { workflow: { getHandle: () => ({ describe }) } } as unknown as Client;
};

/** Performs one; answers what came of it and its heartbeats. */
async function perform(
  code: (attempt: Attempt) => unknown,
  { info = {}, input = {}, limits = {}, attempting = {}, isCancelled = false, beganMs }: Given = {},
) {
  const beats: unknown[] = [];
  const told = {
    ...{ attempt: 1, heartbeatDetails: undefined, heartbeatTimeoutMs: 10_000, startToCloseTimeoutMs: 60_000 },
    ...{ scheduledTimestampMs: scheduledMs, currentAttemptScheduledTimestampMs: scheduledMs },
    ...info,
  } as Info; // of all of it, what is read
  const signal = isCancelled ? AbortSignal.abort() : new AbortController().signal;
  const never = new Promise<never>(() => undefined);
  const context = new Context(
    told,
    never,
    signal,
    (beat) => beats.push(beat),
    beganMs === undefined ? undefined : describing(beganMs),
    console,
    noopMetricMeter,
    {},
  );
  const waits = { settleMs: 100, patienceMs: 60_000 };
  const effect = attempted<object, unknown>(
    { waits, ...attempting },
    (_, attempt) => Promise.resolve().then(() => code(attempt)),
    limits,
  );
  const came = await asyncLocalStorage.run(context, () => effect(input)).catch((error: unknown) => error);
  return { came, beats };
}

const told = async <T>(read: (attempt: Attempt) => T, given?: Given): Promise<T> =>
  (await perform(read, given)).came as T; // it has returned

describe('an attempt is told', () => {
  it('its number, and for how long it has been tried, by the clock of Temporal', async () => {
    const info = { attempt: 3, currentAttemptScheduledTimestampMs: scheduledMs + 5_000 };
    const [number, elapsedMs, nowMs] = await told(
      (attempt) => [attempt.number, attempt.elapsedMs, attempt.nowMs()] as const,
      { info },
    );
    expect(number).toBe(3);
    expect(elapsedMs).toBeGreaterThanOrEqual(5_000);
    expect(elapsedMs).toBeLessThan(6_000);
    expect(nowMs - scheduledMs).toBeGreaterThanOrEqual(elapsedMs);
    expect(nowMs - scheduledMs).toBeLessThan(6_000);
  });

  it('the time that a wait of the leg before has lasted, which is none of the clock', async () => {
    const [elapsedMs, nowMs] = await told((attempt) => [attempt.elapsedMs, attempt.nowMs()] as const, {
      input: { waitedMs: 3_600_000 },
    });
    expect(Math.floor(elapsedMs / 1_000)).toBe(3_600);
    expect(Math.floor((nowMs - scheduledMs) / 1_000)).toBe(0);
  });

  it('when it began as Temporal describes it, where it waits: one that was woken is told a time a day later', async () => {
    const day = 86_400_000;
    const woken = {
      ...{ attempt: 2, activityId: 'train.2', currentAttemptScheduledTimestampMs: scheduledMs + day },
      workflowExecution: { workflowId: 'train-and-deploy.k', runId: 'a1' },
    };
    const limits: Limits<object> = { resting: (_, failure) => Promise.resolve(failure) };
    const elapsed = (given: Given) => told((attempt) => attempt.elapsedMs, { info: woken, limits, ...given });
    expect(Math.floor((await elapsed({ beganMs: scheduledMs + 2_000 })) / 1_000)).toBe(2);
    expect(await elapsed({ info: { ...woken, attempt: 1 }, beganMs: scheduledMs })).toBeGreaterThanOrEqual(
      day,
    );
  });

  it('the same where it is told the time at which it came to rest, hours ago', async () => {
    const [scheduledTimestampMs, beganMs] = [Date.now() - 7_200_000, Date.now() - 1_000];
    const woken = {
      ...{ attempt: 2, activityId: 'train.2', scheduledTimestampMs },
      currentAttemptScheduledTimestampMs: scheduledTimestampMs + 1_000,
      workflowExecution: { workflowId: 'train-and-deploy.k', runId: 'a1' },
    };
    const limits: Limits<object> = { resting: (_, failure) => Promise.resolve(failure) };
    const elapsedMs = await told((attempt) => attempt.elapsedMs, { info: woken, limits, beganMs });
    expect(Math.floor(elapsedMs / 1_000)).toBe(7_199);
  });

  it('no time below zero where the clock of the server was set back', async () => {
    const info = { currentAttemptScheduledTimestampMs: scheduledMs - 5_000 };
    expect(await told((attempt) => attempt.elapsedMs, { info })).toBeGreaterThanOrEqual(0);
  });

  it.each<[string, Partial<Info>, number]>([
    ['while its heartbeat counts', {}, 10_000],
    ['while it may last, where it needs no heartbeat', { heartbeatTimeoutMs: 0 }, 60_000],
    ['while it may last, where that is less', { startToCloseTimeoutMs: 4_000 }, 4_000],
  ])('that it may send %s', async (_, info, ms) => {
    const leftMs = await told((attempt) => attempt.deadlineMs() - performance.now(), { info });
    expect(leftMs).toBeLessThanOrEqual(ms);
    expect(leftMs).toBeGreaterThan(ms - 1_000);
  });

  it('when Temporal gives it up, whatever becomes of its heartbeat', async () => {
    const leftMs = await told((attempt) => attempt.endsMs() - performance.now());
    expect(leftMs).toBeLessThanOrEqual(60_000);
    expect(leftMs).toBeGreaterThan(59_000);
  });

  it('that it may send nothing any more where it was cancelled', async () => {
    expect(await told((attempt) => attempt.deadlineMs(), { isCancelled: true })).toBe(-Infinity);
  });
});

describe('what an attempt leaves', () => {
  it('is told to the next one by heartbeat, with whose word it is', async () => {
    const { beats } = await perform(
      (attempt) => {
        attempt.remember({ looks: 2, sent: true });
      },
      { info: { attempt: 4 } },
    );
    expect(beats).toEqual([{ looks: 2, sent: true, by: 4 }]);
  });

  it.each<[unknown, unknown]>([
    [undefined, null],
    ['text', null],
    [{ sent: true }, null],
    [{ looks: '1' }, null],
    [{ looks: 1, by: 2, sent: true, page: true, refused: true, missingSinceMs: 5 }, 'the same'],
    [{ looks: 1, failed: 2, ending: 3, undone: [{ kind: 'job', id: 'j' }], open: [], asked: [] }, 'the same'],
    [{ looks: 1, refusal: { code: 'CONFLICT', message: 'no' } }, 'the same'],
    [{ looks: 1, sent: 'yes', page: 1, refused: null, failed: '2', undone: {} }, { looks: 1 }],
    [{ looks: 1, refusal: { code: 'NONE', message: 'no' } }, { looks: 1 }],
    [{ looks: 1, refusal: { code: 'CONFLICT' } }, { looks: 1 }],
  ])('is read from %j as %j', async (heartbeatDetails, expected) => {
    const unsettled = await told((attempt) => attempt.unsettled, { info: { heartbeatDetails } });
    expect(unsettled).toEqual(expected === 'the same' ? heartbeatDetails : expected);
  });

  it('keeps the trouble of the attempts before with its own word', async () => {
    const trouble = { sinceMs: scheduledMs, count: 2 };
    const { beats } = await perform(
      (attempt) => {
        attempt.remember({ looks: 1 });
      },
      { info: { heartbeatDetails: { trouble, heldUntilMs: 7 } } },
    );
    expect(beats).toEqual([{ looks: 1, by: 1, trouble, heldUntilMs: 7 }]);
  });

  it('is its trouble, where it fails by the platform, and nothing where it does not', async () => {
    const away = await perform(() => {
      throw new LonghaulError('PLATFORM_UNAVAILABLE', 'is away');
    });
    expect(away.beats).toEqual([{ trouble: expect.objectContaining({ count: 1 }) }]);
    const failed = await perform(() => {
      throw new LonghaulError('JOB_FAILED', 'exited with code 1');
    });
    expect([failed.beats, failed.came]).toMatchObject([
      [],
      { type: 'JOB_FAILED', message: 'exited with code 1', nonRetryable: true },
    ]);
  });

  it('is until when the platform has asked to be sent nothing, of which the next one is told the rest', async () => {
    const { beats } = await perform(() => {
      throw new PlatformError('PLATFORM_THROTTLED', 'slow down', { retryAfterMs: 60_000 });
    });
    const [{ heldUntilMs = 0 } = {}] = beats as { readonly heldUntilMs?: number }[];
    expect(heldUntilMs - scheduledMs).toBeGreaterThanOrEqual(60_000);
    const rest = (heartbeatDetails: unknown) =>
      told((attempt) => attempt.heldMs, { info: { heartbeatDetails } });
    expect(Math.ceil((await rest({ heldUntilMs: scheduledMs + 60_000 })) / 1_000)).toBe(60);
    expect([await rest({ heldUntilMs: scheduledMs - 60_000 }), await rest({ heldUntilMs: 'x' })]).toEqual([
      0, 0,
    ]);
    expect(await rest({})).toBe(0);
  });

  it.each<[string, Limits<object>, boolean, readonly unknown[]]>([
    ['nothing was sent', {}, false, []],
    ['something may have been sent before', { sentBefore: () => true }, false, [mayBeMadeDetail]],
    ['it may have sent itself', { sentBefore: () => false }, true, [mayBeMadeDetail]],
  ])('says whether anything may have been made, where %s', async (_, limits, sent, details) => {
    const { came } = await perform(
      (attempt) => {
        attempt.remember({ looks: 0, ...(sent && { sent }) });
        throw new LonghaulError('CONFLICT', 'no');
      },
      { limits },
    );
    expect((came as ApplicationFailure).details ?? []).toEqual(details);
  });

  it('sends no heartbeat once its time is over', async () => {
    const { beats } = await perform(
      (attempt) => {
        attempt.remember({ looks: 1 });
      },
      { info: { startToCloseTimeoutMs: -1 } },
    );
    expect(beats).toEqual([]);
  });
});

describe('how long an attempt is tried', () => {
  const after = async (elapsedMs: number, limits: Limits<object> = {}) => {
    const info = { currentAttemptScheduledTimestampMs: scheduledMs + elapsedMs };
    const { came } = await perform(
      () => {
        throw notYet('job 7 is running', 1_000);
      },
      { info, limits },
    );
    if (!(came instanceof ApplicationFailure)) throw new Error('it has not failed');
    return came.nonRetryable === true ? came.type : 'again';
  };

  it('is two days, unless it says otherwise', async () => {
    expect(await after(withinUsuallyMs - 60_000)).toBe('again');
    expect(await after(withinUsuallyMs + 1)).toBe('WAIT_EXPIRED');
    expect(await after(withinUsuallyMs + 1, { withinMs: () => Infinity })).toBe('again');
    expect(await after(5_001, { withinMs: () => 5_000 })).toBe('WAIT_EXPIRED');
  });

  it('is up to whoever looks for it instead, who is told what it would have failed with', async () => {
    const seen: unknown[] = [];
    const { came } = await perform(
      () => {
        throw new LonghaulError('JOB_FAILED', 'no');
      },
      {
        limits: {
          resting: (_, failure, { elapsedMs }) => {
            seen.push(failure.type, elapsedMs < 1_000);
            return Promise.resolve(ApplicationFailure.retryable('rests', 'RESTS'));
          },
        },
      },
    );
    expect([seen, came]).toMatchObject([['JOB_FAILED', true], { type: 'RESTS' }]);
  });
});

describe('an effect that is only foreseen', () => {
  it('runs as the attempt that it is given, and throws as it is', async () => {
    const foreseeing = { number: 9 } as Attempt; // of all of it, what is read
    const attempting = { foreseeing };
    expect(await told((attempt) => attempt.number, { attempting })).toBe(9);
    const error = new LonghaulError('JOB_FAILED', 'no');
    const { came } = await perform(
      () => {
        throw error;
      },
      { attempting },
    );
    expect(came).toBe(error);
  });
});
