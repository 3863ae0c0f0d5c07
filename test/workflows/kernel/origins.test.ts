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

describe('what earlier tries of a step have named', () => {
  const job = { kind: 'domino.job', id: 'j1' };

  it('is known to the next one, unless that makes something new', () => {
    const attempt = of('a1');
    expect(attempt.begin({ name: 'train', references: [] })).toEqual({ references: [] });
    expect(attempt.begin({ name: 'train', references: [job] })).toEqual({ references: [job] });
    expect(attempt.begin({ name: 'train', references: [] })).toEqual({ references: [job] });
    expect(attempt.adoptedOf('train')).toEqual([job]);
    attempt.renew('train');
    expect(attempt.begin({ name: 'train', references: [job] })).toEqual({ references: [], generation: 2 });
    expect(attempt.adoptedOf('train')).toBeUndefined();
    expect(attempt.begin({ name: 'train', generation: 2, references: [job] })).toEqual({
      ...{ references: [job], generation: 2 },
    });
    attempt.renew('train');
    expect(attempt.effectOf('train').origin.generation).toBe(3);
  });

  it('is known to the next leg, which goes on from it', () => {
    const attempt = of('a1');
    attempt.renew('deploy');
    attempt.tried('deploy', 'now');
    attempt.begin({ name: 'train', references: [job] });
    const before = attempt.known();
    expect(before).toEqual({
      ...{ generations: { deploy: 2 }, triedAt: { deploy: 'now' }, adopted: { train: [job] } },
    });
    const next = new Origins({
      attempt: { runId: 'churn.x', attemptId: 'a1', originalId: 'a1', isReset: false },
      ...{ before, continuation: undefined, connectionOf: () => 'dev', isLast: () => false },
    });
    expect(next.known()).toEqual(before);
    expect(next.effectOf('deploy')).toMatchObject({ begunBefore: true, begunUntil: 'now' });
  });
});

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
