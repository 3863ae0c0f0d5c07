/** What a step is told when it begins, without a server. */
import { describe, expect, it } from '@jest/globals';
import { ActivityFailure, ApplicationFailure, RetryState } from '@temporalio/common';
import { mayBeMadeDetail } from '../../../src/run/failures/errors.js';
import type { Continuation } from '../../../src/run/steps.js';
import { FirstSends } from '../../../src/workflows/kernel/first-sends.js';
import { Origins } from '../../../src/workflows/kernel/origins.js';
import { Contexts, type ContextsOptions } from '../../../src/workflows/kernel/step-contexts.js';
import { Journal } from '../../../src/workflows/legs/journal.js';

/** An attempt after one that has begun `train` alone. */
function replayed(references: Continuation['references'] = {}) {
  const continuation = {
    ...{ firstAttemptId: 'a1', outputs: {}, generations: {}, references },
    ...{ endedAt: 'then', begun: ['train'] },
  };
  const isLast = () => false;
  const attempt = { runId: 'churn.x', attemptId: 'a2', originalId: 'a2', isReset: false };
  const origins = new Origins({ attempt, continuation, connectionOf: () => 'domino-test', isLast });
  const firstSends = new FirstSends({ continuation, isReset: false, isLast });
  const contexts = new Contexts({
    ...{ origins, firstSends, effectsOf: () => ({}), asked: {}, resolvers: [] },
  } as unknown as ContextsOptions); // what a step needs that is only begun
  const deed = { startedAt: 'now', preflight: undefined, made: 1, sinceMs: 0 };
  const effect = (name: string, more: object = {}) => contexts.of({ ...deed, name, ...more } as never).effect;
  return { effect, firstSends, origins };
}

const failed = (details: readonly unknown[] = []) =>
  new ActivityFailure(
    'failed',
    'ensureJob',
    'train.1',
    RetryState.NON_RETRYABLE_FAILURE,
    undefined,
    ApplicationFailure.create({ type: 'REQUEST_REJECTED', message: 'no', details: [...details] }),
  );

describe('an effect of a replay', () => {
  it('that no attempt before has begun has sent nothing, and one that it has begun may have', () => {
    const { effect } = replayed();
    expect(effect('deploy')).toMatchObject({ begunBefore: true, begunUntil: 'then', sentNothing: true });
    expect(effect('train')).toMatchObject({ begunBefore: true, begunUntil: 'then' });
    expect(effect('train')).not.toHaveProperty('sentNothing');
  });

  it('has still sent nothing after a refusal, unless that may have come after something was sent', () => {
    const { effect, firstSends, origins } = replayed();
    origins.tried('deploy', 'later');
    firstSends.failed('deploy', failed());
    expect(effect('deploy')).toMatchObject({ begunUntil: 'later', sentNothing: true });
    firstSends.failed('deploy', failed([mayBeMadeDetail]));
    expect(effect('deploy')).not.toHaveProperty('sentNothing');
  });

  it('has sent something where it has named something, or another leg has begun it', () => {
    const { effect } = replayed({ deploy: [{ kind: 'modelApiVersion', id: 'v' }] });
    expect(effect('deploy')).not.toHaveProperty('sentNothing');
    const journal = new Journal({ answers: {}, times: {} });
    expect(effect('watch', { stage: { at: 'performing', journal } })).not.toHaveProperty('sentNothing');
  });
});

it('an effect of a first attempt was not begun before, which says all', () => {
  const isLast = () => false;
  const attempt = { runId: 'churn.x', attemptId: 'a1', originalId: 'a1', isReset: false };
  const contexts = new Contexts({
    origins: new Origins({ attempt, continuation: undefined, connectionOf: () => 'domino-test', isLast }),
    firstSends: new FirstSends({ continuation: undefined, isReset: false, isLast }),
    ...{ effectsOf: () => ({}), asked: {}, resolvers: [] },
  } as unknown as ContextsOptions); // the same
  const { effect } = contexts.of({ name: 'train', startedAt: 'now', preflight: undefined } as never);
  expect(effect).toMatchObject({ begunBefore: false });
  expect(effect).not.toHaveProperty('sentNothing');
});
