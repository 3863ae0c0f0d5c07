import { describe, expect, it } from '@jest/globals';
import {
  type Trouble,
  doubtedSince,
  troubleAfter,
  troubleOf,
} from '../../../src/activities/effect/trouble.js';
import type { FailureCode } from '../../../src/run/failures/errors.js';

const at = Date.parse('2026-12-01T04:00:00Z');
const patience = { patienceMs: 180_000 };

/** What is left after failures, each so many seconds after the one before. */
const after = (...failures: readonly (readonly [FailureCode, number])[]) => {
  let [trouble, nowMs]: [Trouble | null, number] = [null, at];
  for (const [code, seconds] of failures) {
    nowMs += seconds * 1_000;
    trouble = troubleAfter(trouble, code, nowMs);
  }
  return { trouble, nowMs };
};

const refused = (seconds: number): [FailureCode, number] => ['CREDENTIALS_REJECTED', seconds];

describe('trouble', () => {
  it('counts failures since the last usable answer, and says since when', () => {
    expect(
      after(['PLATFORM_UNREACHABLE', 0], ['PLATFORM_UNAVAILABLE', 60], ['PROXY_PAGE', 60]).trouble,
    ).toEqual({
      sinceMs: at,
      count: 3,
      doubts: { sinceMs: at + 120_000, count: 1 },
    });
  });

  it('is none after a lost answer: whoever looks for its effect has been answered', () => {
    expect(after(['PLATFORM_UNAVAILABLE', 0], ['ANSWER_LOST', 5]).trouble).toBeNull();
  });

  it('comes back from a heartbeat as it was, and from anything else as none', () => {
    const { trouble } = after(refused(0), refused(1));
    expect(troubleOf(JSON.parse(JSON.stringify(trouble)))).toEqual(trouble);
    for (const other of [null, undefined, 7, {}, { sinceMs: 'x', count: 1 }])
      expect(troubleOf(other)).toBeNull();
  });
});

describe('patience', () => {
  it.each<[string, readonly (readonly [FailureCode, number])[], number | null]>([
    ['one answer, however long ago', [refused(0)], null],
    ['five within a second', [refused(0), refused(0), refused(0), refused(0), refused(1)], null],
    ['four within an hour', [refused(0), refused(1), refused(1), refused(3_600)], null],
    ['five in three minutes', [refused(9), refused(1), refused(1), refused(1), refused(177)], at + 9_000],
    [
      'different ones that a person repairs',
      [refused(0), ['PROXY_PAGE', 60], ['PERMISSION_DENIED', 60], ['ANSWER_UNEXPECTED', 60], refused(1)],
      at,
    ],
    [
      'one after an outage of six hours',
      [['PLATFORM_UNAVAILABLE', 0], ['PLATFORM_UNAVAILABLE', 21_600], refused(1)],
      null,
    ],
    [
      'those before an outage and those after it',
      [refused(0), refused(1), refused(1), refused(1), ['PLATFORM_UNREACHABLE', 600], refused(1)],
      null,
    ],
    [
      'those before and after the platform asked to wait',
      [refused(0), refused(1), refused(1), refused(1), ['PLATFORM_THROTTLED', 600], refused(1)],
      at,
    ],
    [
      'an outage, however long',
      Array.from({ length: 999 }, () => ['PLATFORM_UNREACHABLE', 60] as const),
      null,
    ],
  ])('is measured by answers in a row and the time between them: %s', (_, failures, since) => {
    const { trouble, nowMs } = after(...failures);
    expect(doubtedSince(trouble, { nowMs, ...patience })).toBe(since);
  });
});
