/** What of a replay is refused before any platform is looked at, and what steps were made from. */
import { describe, expect, it } from '@jest/globals';
import { pipelineOfRun } from '../../src/pipelines/definition.js';
import {
  checkRequest,
  connectionOfStep,
  isSameKind,
  originOf,
  outputOf,
  partOf,
  specBefore,
  specWhenBegun,
  stepsOf,
} from '../../src/pipelines/replay-request.js';
import type { AttemptRecord, ReplayRequest } from '../../src/run/replays/replays.js';
import type { Step } from '../../src/run/steps.js';
import { at, attemptRecord, cutOff, finished } from '../support/attempt-record.js';
import { documentOf } from '../support/documents.js';

const failed = (name: string): Step => ({
  ...cutOff(name),
  state: { status: 'failed', startedAt: at, endedAt: at, failure: { code: 'JOB_FAILED', message: '' } },
});
const skipped = (name: string): Step => ({
  ...{ name, tries: 0, references: [] },
  state: { status: 'skipped', endedAt: at, reason: 'why' },
});
const record = attemptRecord([failed('deploy')], { status: 'failed' });

const refusal = (
  request: Omit<ReplayRequest, 'runId'>,
  of: AttemptRecord = record,
  input = of.input,
): string | null => {
  try {
    checkRequest(of, { runId: of.runId, ...request }, input);
    return null;
  } catch (error) {
    const { code, message } = error as { readonly code: string; readonly message: string };
    return `${code}: ${message}`;
  }
};
const fields = (input: unknown, more: object) => ({ ...(input as object), ...more });

describe('a replay', () => {
  it('goes on from the failure, from a step, or with other values', () => {
    for (const request of [{}, { from: 'train' }, { fresh: ['train'] }, { forkTo: 'other' }])
      expect(refusal(request)).toBeNull();
  });

  it('is refused of a run that goes on, unless that is ended first or stays', () => {
    const running = { ...record, status: 'running' as const };
    expect(refusal({}, running)).toContain('REPLAY_REFUSED: train-and-deploy.x goes on. --stop-first');
    expect(refusal({ stopFirst: true }, running)).toBeNull();
    expect(refusal({ forkTo: 'other' }, running)).toBeNull();
    expect(refusal({ forkTo: 'a b' })).toBe('REPLAY_INVALID: the key "a b" is not usable for a run');
    expect(refusal({ forkTo: '_'.repeat(200) })).toHaveLength(
      'REPLAY_INVALID: the key "" is not usable for a run'.length + 150,
    );
  });

  it('of a run that has succeeded must say what runs again', () => {
    const done = attemptRecord([finished('deploy', { versionId: 'v' })], { status: 'succeeded' });
    const why = 'REPLAY_REFUSED: train-and-deploy.x has succeeded: say what shall run again';
    for (const request of [{}, { set: {}, skip: {}, fresh: [] }])
      expect(refusal(request, done)).toContain(why);
    for (const request of [{ from: 'train' }, { set: { a: 1 } }, { fresh: ['train'] }])
      expect(refusal(request, done)).toBeNull();
    expect(refusal({}, { ...record, status: 'succeeded' })).toBeNull();
    const document = documentOf('dev', '  one: { uses: end, with: { outcome: a, conclusion: b } }');
    expect(refusal({ document }, done)).toBeNull();
  });

  it('names steps that there are, that the input asks for, and that can be made afresh', () => {
    const unknown = 'has no step "other"; its steps are environment, revision, build, train, gate, register';
    for (const request of [{ from: 'other' }, { fresh: ['other'] }, { skip: { other: null } }])
      expect(refusal(request)).toContain(unknown);
    const unasked = 'REPLAY_INVALID: the step "gate" is not in the input, so it cannot run again';
    for (const request of [{ from: 'gate' }, { fresh: ['gate'] }]) expect(refusal(request)).toBe(unasked);
    expect(refusal({ fresh: ['register'] })).toContain('"register" makes nothing that could be made afresh');
    expect(refusal({ fresh: ['train'], skip: { train: null } })).toBe(
      'REPLAY_INVALID: "train" cannot be skipped and made afresh at once',
    );
    expect(refusal({ fresh: ['train'], skip: { deploy: null } })).toBeNull();
  });

  it('begins only where all that is in front has finished, was left out or is supplied', () => {
    const cut = attemptRecord([failed('train')], { status: 'failed' });
    expect(refusal({ from: 'train', skip: { train: null } })).toBe(
      'REPLAY_INVALID: "train" cannot be skipped and run again at once',
    );
    expect(refusal({ from: 'register' }, cut)).toContain(
      '"train" has not finished, so nothing can begin at "register"',
    );
    const output = {
      ...{ projectId: 'p', jobId: 'j', metrics: {} },
      experimentRunId: null,
      outputCommitId: null,
    };
    expect(refusal({ from: 'register', skip: { train: output } }, cut)).toBeNull();
    const bare = {
      ...cut,
      steps: cut.steps.map((step) => (step.name === 'build' ? skipped('build') : step)),
    };
    expect(refusal({ from: 'train' }, bare)).toBeNull();
  });

  it('supplies outputs of which something can be made', () => {
    expect(refusal({ skip: { train: { jobId: 'j' } } })).toContain(
      '--skip train: the output of "train" lacks',
    );
    expect(refusal({ skip: { train: null } })).toBe(
      'REPLAY_INVALID: --skip train needs an output, which "register" reads: --skip train=output.json',
    );
    expect(refusal({ skip: { deploy: null } })).toBeNull();
    const last = {
      ...record,
      input: { ...fields(record.input, {}), register: undefined, deploy: undefined },
    };
    expect(refusal({ skip: { train: null } }, last as never)).toBe(
      'REPLAY_INVALID: --skip train needs an output, which the pipeline reads: --skip train=output.json',
    );
  });

  it('stays where it was, and asks whom it has asked', () => {
    const moved = (more: object) => refusal({}, record, fields(record.input, more));
    expect(moved({ project: 'other/one' })).toContain('project cannot be edited: what is reused lies there');
    expect(moved({ connection: 'other' })).toContain('connection cannot be edited');
    expect(moved({ train: { command: 'other', project: 'x' } })).toBeNull();
    expect(moved({ approval: { by: ['me'] } })).toContain('an approval is given by `longhaul run approve`');
    const retraining = { ...record, pipeline: 'retrain', runId: 'retrain.x' };
    expect(refusal({ skip: { approve: {} } }, retraining)).toContain('an approval is given by');
    expect(refusal({ skip: { approve: null } }, retraining)).toContain('an approval is given by');
  });
});

describe('a document', () => {
  const document = documentOf(
    'dev',
    `  many: { uses: job, each: [1, 2], with: { project: a/b, command: "python x.py \${{ item }}" } }
  next: { uses: job, connection: other, onFailure: continue, with: { project: a/b, command: go } }
  late: { uses: job, needs: [next], with: { project: a/b, command: "go \${{ steps.next.jobId }}" } }`,
    {
      more: 'finally:\n  within: 1h\n  steps:\n    last: { uses: job, with: { project: a/b, command: [say, "${{ run.outcome }}"] } }',
    },
  );
  const item = (name: string, step: Step, more: object = {}): Step => ({ ...step, name, ...more });
  const of = attemptRecord([], {
    ...{ document, pipeline: 'mine', runId: 'mine.x', status: 'failed', input: {}, connection: 'dev' },
    steps: [
      { ...finished('many', null), items: 2 },
      item('many.0', finished('', { jobId: 'j0' }), { item: 1 }),
      item('many.1', failed(''), { item: 2, generation: 3 }),
      item('many.2', skipped('')),
      failed('next'),
    ],
  });
  const step = (name: string) => new Map(stepsOf(of)).get(name);

  it('has its items behind their step, and what they have come to as its output', () => {
    expect(stepsOf(of).map(([name]) => name)).toEqual(['many', 'many.0', 'many.1', 'many.2', 'next', 'late']);
    expect(outputOf(of, 'many')).toMatchObject({
      items: [
        { item: 1, state: 'succeeded', tries: 1 },
        { item: 2, state: 'failed', tries: 3 },
        { item: null, state: 'skipped', tries: 1 },
      ],
    });
    expect(outputOf(of, 'many.0')).toEqual({ jobId: 'j0' });
    expect([outputOf(of, 'many.1'), outputOf(of, 'late')]).toEqual([undefined, undefined]);
  });

  it('tells where each step acts, and for what its effects are', () => {
    expect([connectionOfStep(of, 'many.1'), connectionOfStep(of, 'next')]).toEqual(['dev', 'other']);
    const origin = { runId: 'mine.x', firstAttemptId: 'a1' };
    expect(originOf(of, 'many.1')).toEqual({ ...origin, step: 'many.1', generation: 3 });
    expect(originOf(of, 'last')).toEqual({ ...origin, attemptId: 'a2', step: 'last', generation: 1 });
  });

  it('tells what a step was made from, unless it has not come so far', () => {
    const [many, next, late] = [step('many.0'), step('next'), step('late')];
    if (many === undefined || next === undefined || late === undefined) throw new Error('there are three');
    expect(specBefore(of, many)).toMatchObject({ command: 'python x.py 1' });
    expect(specBefore(of, next)).toMatchObject({ command: 'go' });
    expect(specBefore(of, late)).toBeNull();
    expect(specWhenBegun(of, late)).toBeNull();
    const done = { ...of, steps: [finished('next', { jobId: 'j9' })] };
    expect(specBefore(done, late)).toMatchObject({ command: 'go j9' });
    expect(specWhenBegun(done, late)).toMatchObject({ command: 'go j9' });
    const last = pipelineOfRun(of).last?.steps['last'];
    expect(last && specWhenBegun(of, last)).toMatchObject({ command: 'say failed' });
    const without = { ...of, steps: [item('many.1', failed(''), { item: 2 }), finished('next', {})] };
    expect(last && specWhenBegun(without, last)).toMatchObject({ command: 'say succeeded' });
    expect(isSameKind(of, many, next)).toBe(false);
    expect(isSameKind(of, many, many)).toBe(true);
    const anywhere = { ...many, connection: undefined };
    expect([isSameKind({ connection: 'other' }, anywhere, next), isSameKind(of, next, anywhere)]).toEqual([
      true,
      false,
    ]);
    expect(isSameKind(of, many, { ...many, kind: 'gate' })).toBe(false);
  });

  it('says of what stands under `finally` that every attempt does it anew', () => {
    for (const request of [{ from: 'last' }, { fresh: ['last'] }, { skip: { last: null } }])
      expect(refusal(request, of)).toContain('"last" stands under `finally`');
    expect(refusal({}, of, { connection: 'elsewhere' })).toBeNull();
  });
});

it('a part of what is no object is not there', () => {
  expect([partOf(null, 'a'), partOf('a', 'length'), partOf({ b: 1 }, 'a'), partOf({ a: 2 }, 'a')]).toEqual([
    ...[undefined, undefined, undefined, 2],
  ]);
});
