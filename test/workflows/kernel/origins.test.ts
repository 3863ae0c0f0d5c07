/** Where the effects of an attempt come from, without a server. */
import { describe, expect, it } from '@jest/globals';
import { markerOf } from '../../../src/client/markers.js';
import type { Continuation } from '../../../src/run/steps.js';
import { Origins } from '../../../src/workflows/kernel/origins.js';

const continuation: Continuation = { firstAttemptId: 'a1', outputs: {}, generations: {}, endedAt: 'then' };
const of = (attemptId: string, originalId = attemptId): Origins =>
  new Origins({
    attempt: { runId: 'churn.x', attemptId, originalId, isReset: attemptId !== originalId },
    continuation: originalId === 'a1' ? undefined : continuation,
    connectionOf: () => 'domino-test',
    isLast: (step) => step === 'report',
  });
const markerIn = (attempt: Origins, step: string): string => markerOf(attempt.effectOf(step).origin);

describe('what a step makes', () => {
  it('is found again by every attempt after it, replayed or reset', () => {
    const markers = [of('a1'), of('a2'), of('a3', 'a2')].map((attempt) => markerIn(attempt, 'train'));
    expect(new Set(markers).size).toBe(1);
    expect(of('a2').effectOf('train')).toMatchObject({ begunBefore: true, begunUntil: 'then' });
  });

  it('under `finally` is of its own attempt alone, and nothing of it was begun before', () => {
    const markers = [of('a1'), of('a2'), of('a3', 'a2')].map((attempt) => markerIn(attempt, 'report'));
    expect(new Set(markers).size).toBe(3);
    expect(of('a3', 'a2').effectOf('report')).toEqual({
      connection: 'domino-test',
      origin: { runId: 'churn.x', firstAttemptId: 'a1', attemptId: 'a3', step: 'report', generation: 1 },
      begunBefore: false,
    });
  });

  it('under `finally` is found by the tries of its attempt', () => {
    const attempt = of('a2');
    attempt.tried('report', 'now');
    expect(attempt.effectOf('report')).toMatchObject({ begunBefore: true, begunUntil: 'now' });
  });
});
