import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { Elsewhere } from '../../../src/activities/effect/elsewhere.js';
import {
  atWork,
  atWorkIn,
  isOfWhom,
  isRetryable,
  isStillWaiting,
  isWorthAnother,
  notYet,
  toFailure,
} from '../../../src/activities/effect/failures.js';
import type { Trouble } from '../../../src/activities/effect/trouble.js';
import { LonghaulError, mayBeMadeDetail } from '../../../src/run/failures/errors.js';
import { PlatformError } from '../../../src/platform/errors.js';
import { ConnectionRefused, type KnownRefusal } from '../../../src/platform/gate.js';

const scheduledMs = Date.parse('2026-12-01T04:00:00Z');
const minute = 60_000;

/** Judges an error `afterMinutes` after the activity was scheduled. */
function judge(error: unknown, { trouble = null, afterMinutes = 0, elsewhere }: Given = {}) {
  const told: KnownRefusal[] = [];
  const judged = toFailure(error, {
    ...{ trouble, scheduledMs, elapsedMs: afterMinutes * minute, withinMs: 2_880 * minute },
    waits: { settleMs: 5_000, patienceMs: 180_000 },
    elsewhere,
    connection: { name: 'domino-prod', refused: (refusal) => told.push(refusal) },
  });
  const { failure } = judged;
  if (!(failure instanceof ApplicationFailure))
    throw new Error(`${String(failure)} is no ApplicationFailure`);
  const { type, message, nonRetryable } = failure;
  return { ...judged, told, type, message, nonRetryable, delayMs: Number(failure.nextRetryDelay) };
}

interface Given {
  readonly trouble?: Trouble | null;
  readonly afterMinutes?: number;
  readonly elsewhere?: Elsewhere;
}

const unavailable = new PlatformError('PLATFORM_UNAVAILABLE', 'GET /v4/jobs on domino-prod answered 503');
const rejected = new PlatformError('CREDENTIALS_REJECTED', 'GET /v4/jobs on domino-prod answered 401');

describe('a failure of a try', () => {
  it('is tried again within a second when it is the first in a row, however long the wait has lasted', () => {
    const { delayMs, trouble } = judge(unavailable, { afterMinutes: 600 });
    expect(delayMs).toBeLessThanOrEqual(1_000);
    expect(trouble).toEqual({ sinceMs: scheduledMs + 600 * minute, count: 1 });
  });

  it('is tried again at most a minute later in an outage of any length, and says since when it lasts', () => {
    const judged = judge(unavailable, { trouble: { sinceMs: scheduledMs, count: 900 }, afterMinutes: 900 });
    expect(judged).toMatchObject({ type: 'PLATFORM_UNAVAILABLE', nonRetryable: false });
    expect(judged.delayMs).toBeGreaterThanOrEqual(30_000);
    expect(judged.delayMs).toBeLessThanOrEqual(60_000);
    expect(judged.message).toBe(
      'no usable answer from domino-prod since 2026-12-01T04:00:00Z: GET /v4/jobs on domino-prod answered 503',
    );
  });

  it('is forgotten with the first look that is answered', () => {
    const trouble = { sinceMs: scheduledMs, count: 9, doubts: { sinceMs: scheduledMs, count: 9 } };
    expect(judge(notYet('job 7 is Running', 5_000), { trouble }).trouble).toBeNull();
  });

  it('parks when the credential stays refused, says since when, and tells the connection', () => {
    const doubts = { sinceMs: scheduledMs + 3 * minute, count: 4 };
    const trouble = { sinceMs: scheduledMs, count: 8, doubts };
    expect(judge(rejected, { trouble, afterMinutes: 5 })).toMatchObject({ nonRetryable: false, told: [] });
    const said = 'GET /v4/jobs on domino-prod answered 401';
    expect(judge(rejected, { trouble, afterMinutes: 6 })).toMatchObject({
      type: 'CREDENTIALS_REJECTED',
      nonRetryable: true,
      message: `domino-prod has refused its credential since 2026-12-01T04:03:00Z: ${said}`,
      told: [{ code: 'CREDENTIALS_REJECTED', message: said, since: '2026-12-01T04:03:00Z' }],
    });
  });

  it('parks at once when all workers know that the credential is refused, and tells nobody again', () => {
    const known = new ConnectionRefused('CREDENTIALS_REJECTED', 'domino-prod has refused its credential');
    expect(judge(known)).toMatchObject({ type: 'CREDENTIALS_REJECTED', nonRetryable: true, told: [] });
    // Also after bad answers of its own: it says all itself, and nobody is told again.
    const trouble = { sinceMs: scheduledMs, count: 3, doubts: { sinceMs: scheduledMs, count: 3 } };
    const { message } = known;
    expect(judge(known, { trouble, afterMinutes: 9 })).toMatchObject({
      message,
      nonRetryable: true,
      told: [],
    });
  });

  describe('that is the page of something in between', () => {
    const page = new PlatformError('PROXY_PAGE', 'GET /v4/jobs on domino-prod answered 302', { status: 302 });
    const doubts = { sinceMs: scheduledMs, count: 8 };
    const trouble = { ...doubts, doubts };

    it('parks after as long as patience lasts where the platform answers elsewhere', () => {
      const judged = judge(page, { trouble, afterMinutes: 3, elsewhere: 'answers' });
      expect(judged).toMatchObject({ type: 'PROXY_PAGE', nonRetryable: true, told: [] });
    });

    it('is an outage where nothing else comes from the connection: it is tried again once a minute, for ever', () => {
      const judged = judge(page, { trouble, afterMinutes: 600, elsewhere: 'outage' });
      expect(judged).toMatchObject({ type: 'PROXY_PAGE', nonRetryable: false, told: [] });
      expect(judged.delayMs).toBeGreaterThanOrEqual(30_000);
      expect(judged.delayMs).toBeLessThanOrEqual(60_000);
      expect(judged.message).toMatch(/^no usable answer from domino-prod since 2026-12-01T04:00:00Z: /);
    });

    it('is a refused credential where that is refused on the way', () => {
      const message = 'GET /v4/users/self on domino-prod answered 401, but not in the platform’s JSON';
      const elsewhere = { code: 'CREDENTIALS_REJECTED', message } as const;
      const judged = judge(page, { trouble, afterMinutes: 3, elsewhere });
      expect(judged).toMatchObject({
        type: 'CREDENTIALS_REJECTED',
        nonRetryable: true,
        told: [{ ...elsewhere, since: '2026-12-01T04:00:00Z' }],
      });
    });

    it.each([
      ['before patience is over', page, 2, false],
      ['when it is', page, 3, true],
      ['and not for what the platform says itself', rejected, 3, false],
      ['and not for an outage', unavailable, 3, false],
    ])('is looked at elsewhere %s', (_, error, afterMinutes, expected) => {
      const circumstances = {
        ...{ trouble, scheduledMs, elapsedMs: afterMinutes * minute, withinMs: 2_880 * minute },
        waits: { settleMs: 5_000, patienceMs: 180_000 },
      };
      expect(isOfWhom(error, circumstances)).toBe(expected);
    });
  });

  it('waits for as long as the platform has asked, and says until when', () => {
    const asked = new PlatformError('PLATFORM_THROTTLED', 'GET /v4/jobs on domino-prod answered 429', {
      retryAfterMs: 99_999_000,
    });
    const judged = judge(asked, { afterMinutes: 1 });
    expect(judged.message).toBe(
      'GET /v4/jobs on domino-prod answered 429; nothing is sent to domino-prod until 2026-12-02T07:47:39Z',
    );
    expect(judged).toMatchObject({ nonRetryable: false, heldUntilMs: scheduledMs + minute + 99_999_000 });
    expect(judged.delayMs).toBeGreaterThanOrEqual(600_000);
  });

  it('is the end of a wait only when the platform has answered that it goes on', () => {
    expect(judge(notYet('job 7 is Running', 5_000), { afterMinutes: 2_879 })).toMatchObject({
      type: 'STILL_WAITING',
      nonRetryable: false,
    });
    expect(judge(notYet('job 7 is Running', 5_000), { afterMinutes: 2_880 })).toMatchObject({
      type: 'WAIT_EXPIRED',
      message: 'gave up waiting: job 7 is Running',
      nonRetryable: true,
    });
    expect(judge(unavailable, { afterMinutes: 9_999 })).toMatchObject({ nonRetryable: false });
  });

  it('is tried again after a longer and longer while, half of it by chance', () => {
    for (const [count, most] of [
      [0, 1_000],
      [1, 2_000],
      [4, 16_000],
      [50, 60_000],
    ] as const) {
      const { delayMs } = judge(unavailable, {
        trouble: count === 0 ? null : { sinceMs: scheduledMs, count },
      });
      expect(delayMs).toBeGreaterThanOrEqual(most / 2);
      expect(delayMs).toBeLessThanOrEqual(most);
    }
    const doubts = { sinceMs: scheduledMs, count: 20 };
    const { delayMs, nonRetryable } = judge(rejected, { trouble: { ...doubts, doubts } });
    expect([nonRetryable, delayMs <= 18_000, delayMs >= 9_000]).toEqual([false, true, true]);
  });

  it('is tried again after the settle time where an answer was lost: what was sent is in lists then', () => {
    const lost = new PlatformError('ANSWER_LOST', 'POST /v4/jobs on domino-prod got no whole answer');
    const { delayMs } = judge(lost, { trouble: { sinceMs: scheduledMs, count: 9 } });
    expect(delayMs).toBeGreaterThanOrEqual(5_000);
    expect(delayMs).toBeLessThanOrEqual(7_500);
  });

  it('says whether anything may have been made, and has a stack where it is a mistake of ours', () => {
    const failureOf = (error: unknown, more: object = {}) => {
      const { failure } = toFailure(error, {
        ...{ trouble: null, scheduledMs, elapsedMs: 0, withinMs: minute },
        ...{ waits: { settleMs: 5_000, patienceMs: 180_000 }, ...more },
      });
      return failure as ApplicationFailure;
    };
    expect([
      failureOf(unavailable).details ?? [],
      failureOf(unavailable, { mayBeMade: true }).details,
    ]).toEqual([[], [mayBeMadeDetail]]);
    const mistake = failureOf(new TypeError('x is not a function'));
    expect(mistake).toMatchObject({ type: 'INTERNAL', message: 'TypeError: x is not a function' });
    expect([mistake.stack === '', failureOf(unavailable).stack]).toEqual([false, '']);
    expect(failureOf('text')).toMatchObject({ type: 'INTERNAL', message: 'unknown error' });
    const held = new PlatformError('PLATFORM_THROTTLED', 'no', { retryAfterMs: 1_000, from: 'reports' });
    expect(failureOf(held).message).toBe('no; nothing is sent to reports until 2026-12-01T04:00:01Z');
    const known = new PlatformError('PLATFORM_THROTTLED', 'no', { retryAfterMs: 1_000 });
    expect(failureOf(known).message).toBe('no; nothing is sent to the platform until 2026-12-01T04:00:01Z');
  });

  it.each(['JOB_FAILED', 'QUOTA_EXCEEDED'] as const)('is not tried again when it is %s', (code) => {
    expect(judge(new LonghaulError(code, 'no'))).toMatchObject({ type: code, nonRetryable: true });
  });
});

it('what is at work is said so that the lookout knows it, and nothing else is', () => {
  const work = { what: 'job 7', status: 'Running' };
  const failure = atWork(work, 5_000);
  expect([failure.message, failure.nextRetryDelay, failure.category]).toEqual([
    ...['job 7 is Running', 5_000, 'BENIGN'],
  ]);
  expect(atWorkIn(failure)).toEqual(work);
  const others = [notYet('job 7 has not shown up', 1), ApplicationFailure.create({ details: ['atWork'] })];
  expect([...others, new Error('no'), null].map(atWorkIn)).toEqual([null, null, null, null]);
  expect([failure, ...others, new Error('no')].map(isStillWaiting)).toEqual([true, true, false, false]);
});

it('what may pass is asked again, and what is doubtful three times by those who can do without it', () => {
  expect(
    (['PLATFORM_UNAVAILABLE', 'PLATFORM_THROTTLED', 'PROXY_PAGE', 'CONFLICT'] as const).map(isRetryable),
  ).toEqual([true, true, true, false]);
  expect([isWorthAnother('PLATFORM_UNAVAILABLE', 99), isWorthAnother('CONFLICT', 1)]).toEqual([true, false]);
  expect([isWorthAnother('PROXY_PAGE', 2), isWorthAnother('PROXY_PAGE', 3)]).toEqual([true, false]);
});
