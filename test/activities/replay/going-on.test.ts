/** What goes on beside a new attempt of what the one before has left. */
import { describe, expect, it } from '@jest/globals';
import { cutOffIn, goingOn } from '../../../src/activities/replay/going-on.js';
import type { UndoCall } from '../../../src/run/undoing/effect.js';
import type { AttemptRecord, PlannedAction, PlannedStep } from '../../../src/run/replays/replays.js';
import type { Json, Step } from '../../../src/run/steps.js';
import { attemptRecord, cutOff, finished } from '../../support/attempt-record.js';

const previous = { modelApiId: 'api', versionId: 'v0', number: 1 };
const record = (steps: readonly Step[], change: Partial<AttemptRecord> = {}): AttemptRecord =>
  attemptRecord(steps, { runId: 'retrain.x', pipeline: 'retrain', status: 'terminated', ...change });
const planned = (name: string, action: PlannedAction, generation = 1): PlannedStep => ({
  ...{ name, action, why: '', cleans: [], calls: [], generation },
});

/** The calls, by what they undo and of which generation. */
const said = (calls: readonly UndoCall[]) =>
  calls.map(({ target, origin, made, keep }) => ({
    ...{ undo: target.undo, step: origin.step, generation: origin.generation, made: made?.id },
    ...(keep && { keep }),
  }));

describe('a version that nobody has watched to the end', () => {
  const watching = [
    finished('train', { jobId: 'j1' }),
    finished('deploy', { modelApiId: 'api', versionId: 'v1', previous }),
    cutOff('watch'),
  ];
  const takenBack = { undo: 'takeBackModelApiVersion', step: 'deploy', generation: 1, made: 'v1' };
  const anew = (train: PlannedAction, deploy: PlannedStep) => [
    planned('train', train, 2),
    planned('gate', 'run'),
    deploy,
    planned('watch', 'run'),
  ];
  const left = (of: AttemptRecord, steps: readonly PlannedStep[], open: readonly UndoCall[] = []) =>
    said(goingOn(of, steps, { cutOff: cutOffIn(of), open }));

  it('is taken back where the new attempt may never deploy', () => {
    expect(left(record(watching), anew('run', planned('deploy', 'run', 2)))).toEqual([takenBack]);
  });

  it('is so also where what may be beside it was looked for until now', () => {
    const sweep: UndoCall = {
      ...{ connection: 'domino-test', begunBefore: true, keep: true, doubt: 'perhaps' },
      origin: { runId: 'retrain.x', firstAttemptId: 'a1', step: 'deploy', generation: 1 },
      target: { undo: 'takeBackModelApiVersion', name: 'iris-api', project: 'ada/iris' },
      made: { id: 'v1', parent: 'api' },
    };
    expect(left(record(watching), anew('run', planned('deploy', 'run', 2)), [sweep])).toEqual([takenBack]);
  });

  it('serves on where it is taken over, and where another takes its place at once', () => {
    expect(left(record(watching), anew('run', planned('deploy', 'reused')))).toEqual([]);
    const soon = [planned('train', 'reused'), planned('deploy', 'run', 2)];
    expect(left(record(watching), soon)).toEqual([]);
  });

  it('is taken back where what is deployed next is deployed elsewhere', () => {
    const deploy = { ...planned('deploy', 'run', 2), at: { name: 'other-api', project: 'ada/iris' } };
    const soon = [planned('train', 'reused'), deploy];
    expect(left(record(watching), soon)).toEqual([takenBack]);
    const starting = record([finished('train', { jobId: 'j1' }), cutOff('deploy')]);
    const cleans = [{ endpoint: 'modelApis.stopVersion', on: 'version 2' }];
    const stopped = [planned('train', 'reused'), { ...deploy, action: 'clean', cleans } as const];
    const calls = goingOn(starting, stopped, { cutOff: cutOffIn(starting), open: [] });
    expect(calls.map(({ target }) => target)).toEqual([
      { undo: 'takeBackModelApiVersion', name: 'iris-api', project: 'ada/iris' },
    ]);
  });

  it('is none of a run that has come to its end, for that has seen to it', () => {
    const steps = anew('run', planned('deploy', 'run', 2));
    for (const status of ['succeeded', 'failed', 'cancelled'] as const)
      expect(left(record(watching, { status }), steps)).toEqual([]);
  });
});

describe('what a step has begun whose output a person supplies', () => {
  const steps = [cutOff('train')];
  const given = (output: Json | undefined, action: PlannedAction = 'supplied') => [
    { ...planned('train', action), ...(output !== undefined && { output }) },
    planned('deploy', 'run'),
  ];
  const left = (plan: readonly PlannedStep[]) =>
    said(goingOn(record(steps), plan, { cutOff: cutOffIn(record(steps)), open: [] }));
  const stopped = { undo: 'stopJobs', step: 'train', generation: 1 };

  it('is looked for and stopped, also where the input does not ask for the step any more', () => {
    expect(left(given({ metrics: {} }))).toEqual([{ ...stopped, made: undefined }]);
    expect(left(given(undefined, 'skipped'))).toEqual([{ ...stopped, made: undefined }]);
  });

  it('stays where the output names it', () => {
    expect(left(given({ jobId: 'j1' }))).toEqual([{ ...stopped, made: 'j1', keep: true }]);
  });

  it('is adopted where the step runs again', () => {
    expect(left(given(undefined, 'run'))).toEqual([]);
  });
});
