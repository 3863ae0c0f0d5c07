/** What another attempt is started with: whose its outputs are, and what is looked for beside them. */
import { describe, expect, it } from '@jest/globals';
import { type Origins, startFrom } from '../../../src/activities/replay/replay-start.js';
import type { AttemptRecord, PlannedStep, ReplayPlan } from '../../../src/run/replays/replays.js';
import type { Continuation, Json, Step } from '../../../src/run/steps.js';
import { at, attemptRecord as record, cutOff, finished } from '../../support/attempt-record.js';

const supplied = (name: string, output: Json, reason: string): Step => ({
  name,
  tries: 0,
  references: [],
  state: { status: 'skipped', endedAt: at, reason, output },
});
const planned = (name: string, action: PlannedStep['action'], output?: Json): PlannedStep => ({
  ...{ name, action, why: '', cleans: [], calls: [], generation: 1 },
  ...(output !== undefined && { output }),
});

/** What the attempt goes on with after these steps were planned. */
function continuation(
  of: AttemptRecord,
  steps: readonly PlannedStep[],
  origins: Partial<Origins> = {},
): Continuation {
  const plan: ReplayPlan = {
    ...{ hash: 'p', request: { runId: of.runId }, runId: of.runId, pipeline: of.pipeline },
    of: { runId: of.runId, attemptId: of.attemptId, status: of.status },
    ...{ connection: of.connection, input: of.input, steps, differences: [], warnings: [] },
  };
  const replaying = { plan: 'p', by: 'grace', reason: 'go on' };
  const start = startFrom(of, plan, {
    ...{ replaying, resolvers: [], isFork: false, isFromFile: false },
    ...origins,
  });
  if (start.continuation === undefined) throw new Error('it continues nothing');
  return start.continuation;
}

const environment = { environmentId: 'e1', revisionId: 'r1', created: true, inDoubt: true };
const foreign = { environmentId: 'e1', revisionId: 'r1', created: false };

describe('an output that is carried over', () => {
  const made = record([finished('environment', environment)]);
  const steps = [planned('environment', 'reused', environment)];

  it('stays its run’s own', () => {
    expect(continuation(made, steps).outputs).toEqual({ environment });
  });

  it('is nothing for a fork to undo, nor for an attempt from a file, nor where a person has supplied it', () => {
    for (const origins of [{ isFork: true }, { isFromFile: true }])
      expect(continuation(made, steps, origins)).toMatchObject({ outputs: { environment: foreign } });
    const given = [planned('environment', 'supplied', environment)];
    expect(continuation(made, given).outputs).toEqual({ environment: foreign });
    const before = record([supplied('environment', environment, 'ada: by hand')]);
    expect(continuation(before, steps).outputs).toEqual({ environment: foreign });
  });
});

describe('who has supplied an output', () => {
  const metrics = { metrics: { accuracy: 0.99 } };
  const before = record([supplied('train', metrics, 'ada: measured elsewhere'), finished('gate', null)]);
  const reused = [planned('train', 'reused', metrics), planned('gate', 'reused', null)];

  it('is known through every further replay', () => {
    expect(continuation(before, reused).supplied).toEqual({ train: 'ada: measured elsewhere' });
    expect(continuation(before, reused, { isFork: true }).supplied).toEqual({
      train: 'ada: measured elsewhere',
    });
  });

  it('is whoever supplies it now', () => {
    const anew = [planned('train', 'supplied', metrics)];
    expect(continuation(before, anew).supplied).toEqual({ train: 'grace: go on' });
  });

  it('is nobody any more where the step runs again', () => {
    expect(continuation(before, [planned('train', 'run')]).supplied).toEqual({});
  });

  it('is not taken from a file: whoever brings that answers for it', () => {
    expect(continuation(before, reused, { isFromFile: true }).supplied).toEqual({
      train: 'grace: taken from a file (go on)',
    });
  });
});

describe('what is in doubt beside an output that is carried over', () => {
  it('is swept by the new attempt, also where the old one was undoing it', () => {
    const deployed = { modelApiId: 'api', versionId: 'v1', previous: null, inDoubt: true };
    const watched = record([finished('deploy', deployed), cutOff('watch')], { pipeline: 'retrain' });
    const steps = [planned('deploy', 'reused', deployed), planned('watch', 'run')];
    expect(continuation(watched, steps).sweeps).toMatchObject([
      {
        target: { undo: 'takeBackModelApiVersion', name: 'iris-api' },
        ...{ made: { id: 'v1', parent: 'api' }, keep: true, doubt: 'perhaps' },
      },
    ]);
    expect(continuation(watched, [planned('deploy', 'run')]).sweeps).toBeUndefined();
    expect(continuation(watched, steps, { isFork: true }).sweeps).toBeUndefined();
  });
});

describe('what may have been sent already', () => {
  const begun = (name: string, tries: number, generation?: number): Step => ({
    ...{ name, tries, references: [], state: { status: 'pending' } },
    ...(generation !== undefined && { generation }),
  });
  const of = record([begun('train', 1), begun('register', 0), begun('deploy', 1, 2)]);

  it('is what an attempt has begun, in the generation that goes on', () => {
    const steps = [planned('train', 'run'), planned('register', 'run'), planned('deploy', 'run')];
    // That the first of two generations was begun is known by the second.
    expect(continuation(of, steps).begun).toEqual(['train', 'deploy']);
    const second = steps.map((step) => ({ ...step, generation: 2 }));
    expect(continuation(of, second).begun).toEqual(['deploy']);
  });

  it('is known of items also where the plan does not know them yet', () => {
    const items = record([begun('train', 0), begun('train.0', 2), begun('train.1', 0)]);
    expect(continuation(items, [planned('train', 'run')]).begun).toEqual(['train.0']);
    const passed = { ...record([begun('train', 0)]), begun: ['train.0'] };
    expect(continuation(passed, [planned('train', 'run')]).begun).toEqual(['train.0']);
  });

  it('is nothing of a step whose request was refused before it was taken', () => {
    const failure = { code: 'SERVICE_REFUSED', message: 'answered 422' } as const;
    const refused: Step = {
      ...{ name: 'train', tries: 2, references: [] },
      state: { status: 'failed', startedAt: at, endedAt: at, failure },
    };
    expect(continuation(record([refused]), [planned('train', 'run')]).begun).toEqual([]);
  });

  it('is known through attempts that have not come so far, and nothing of it is a fork’s', () => {
    const steps = [planned('train', 'run'), planned('register', 'run')];
    expect(continuation({ ...of, begun: ['register'] }, steps).begun).toEqual(['train', 'register']);
    expect(continuation(of, steps, { isFork: true }).begun).toEqual([]);
  });
});
