/** What a step is told when it begins, without a server. */
import { describe, expect, it } from '@jest/globals';
import { ActivityFailure, ApplicationFailure, RetryState } from '@temporalio/common';
import { mayBeMadeDetail } from '../../../src/run/failures/errors.js';
import type { Continuation } from '../../../src/run/steps.js';
import { FirstSends } from '../../../src/workflows/kernel/first-sends.js';
import { Origins } from '../../../src/workflows/kernel/origins.js';
import { Contexts, type ContextsOptions } from '../../../src/workflows/kernel/step-contexts.js';
import { StepStates } from '../../../src/workflows/kernel/step-states.js';
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

describe('the code of a step', () => {
  const open = (asked: ContextsOptions['asked'] = {}) => {
    const states = new StepStates({
      ...{ names: ['train'], generationOf: () => undefined, changed: () => undefined },
    });
    const noted: unknown[] = [];
    const origins = {
      ...{ adoptedOf: () => undefined, knownOf: (step: string) => ({ made: { id: `of ${step}` } }) },
      effectOf: (step: string) => ({ begunBefore: false, origin: { step } }),
    };
    const undo = {
      add: ({ call }: { readonly call: object }) => {
        noted.push(call);
        return (...answer: unknown[]) => noted.push(answer);
      },
      sent: (...what: unknown[]) => noted.push(what),
      sweep: (calls: unknown) => noted.push(['sweep', calls]),
      undone: (call: unknown) => noted.push(['undone', call]),
    };
    const contexts = new Contexts({
      ...{ states, origins, undo, firstSends: { isFirst: () => true }, effectsOf: () => ({}), asked },
      resolvers: [],
    } as unknown as ContextsOptions); // what such a step asks
    const of = (journal = new Journal()) =>
      contexts.of({ name: 'train', startedAt: 'then', stage: { at: 'performing', journal } } as never);
    return { contexts, states, noted, of };
  };
  const replaying = () => new Journal({ answers: { 'ensureJob.0': { value: { id: 'j1' } } }, times: {} });

  it('says what it waits for, with what it has named so far; once', () => {
    const { states, of } = open();
    const [first, second] = [
      { kind: 'job', id: '1' },
      { kind: 'job', id: '2' },
    ];
    const step = of();
    step.waiting('one', first);
    step.waiting('two', second);
    const said = {
      references: [first, second],
      state: { status: 'waiting', startedAt: 'then', waitingFor: 'two' },
    };
    expect(states.get('train')).toMatchObject(said);
    of(replaying()).waiting('one', first);
    expect(states.get('train')).toMatchObject(said);
  });

  it('asks once what does not change, also over legs; what has failed, or is not known, again', async () => {
    const { contexts, of } = open();
    const step = of();
    await expect(step.once(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await new Promise(setImmediate);
    expect(await step.once(() => Promise.resolve({ live: 1 }))).toEqual({ live: 1 });
    expect(await of().once(() => Promise.reject(new Error('again')))).toEqual({ live: 1 });
    expect(contexts.asked()).toEqual({ train: { live: 1 } });
    const later = open(contexts.asked());
    expect(await later.of().once(() => Promise.reject(new Error('again')))).toEqual({ live: 1 });
    const unknown = open();
    await unknown.of().once(() => Promise.resolve(undefined));
    expect(unknown.contexts.asked()).toEqual({});
  });

  it('registers what undoes it; in a leg after, what was in doubt was told before', () => {
    const { noted, of } = open();
    const target = { undo: 'stopJobs' } as never;
    const step = of();
    step.undo('running', target)({ id: 'j1' }, { inDoubt: true });
    step.sent(false);
    step.sweep({ keep: true } as never);
    step.undone({} as never);
    const call = { begunBefore: false, origin: { step: 'train' }, made: { id: 'of train' }, target };
    expect(noted).toEqual([
      call,
      [{ id: 'j1' }, { inDoubt: true }, undefined],
      ['train', false],
      ['sweep', [{ keep: true }]],
      ['undone', {}],
    ]);
    noted.length = 0;
    const again = of(replaying());
    again.undo('running', target)({ id: 'j1' }, { inDoubt: true, created: false });
    again.sweep({ keep: true } as never);
    again.undone({} as never);
    expect(noted).toEqual([call, [{ id: 'j1' }, { created: false }, undefined]]);
  });
});
