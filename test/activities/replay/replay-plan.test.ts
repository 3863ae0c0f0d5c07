/** Plans of replays, made by looking at the simulator over HTTP. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { markerOf } from '../../../src/activities/effect/attempt.js';
import type { AttemptRecord, PlannedStep, ReplayRequest } from '../../../src/run/replays/replays.js';
import type { Json, RemoteReference, Step } from '../../../src/run/steps.js';
import { restrictRevision } from '../../support/by-hand.js';
import { documentOf } from '../../support/documents.js';
import { type Setting, openSetting, planOn } from '../retraining-stage.js';

let setting: Setting;
beforeEach(async () => {
  setting = await openSetting();
});
afterEach(() => setting.close());

const at = '2026-11-21T03:00:00.000Z';
const runId = 'train-and-deploy.x';
const origin = { runId, firstAttemptId: 'a1', generation: 1 };
const finished = (name: string, output: Json): Step => ({
  ...{ name, tries: 1, references: [] },
  state: { status: 'succeeded', startedAt: at, endedAt: at, output },
});
const failed = (name: string, ...references: RemoteReference[]): Step => ({
  ...{ name, tries: 1, references },
  state: {
    ...{ status: 'failed', startedAt: at, endedAt: at },
    failure: { code: 'PLATFORM_UNAVAILABLE', message: 'it was down' },
  },
});
const supplied = (name: string, output: Json): Step => ({
  ...{ name, tries: 0, references: [] },
  state: { status: 'skipped', endedAt: at, reason: 'ada: by hand', output },
});
const absent = ['environment', 'revision', 'build'].map((name): Step => ({
  ...{ name, tries: 0, references: [] },
  state: { status: 'skipped', endedAt: at, reason: 'not in the input' },
}));

const input = {
  connection: 'domino-test',
  project: 'ada/iris',
  train: { command: 'train' },
  gate: { conditions: ['accuracy >= baseline'], baseline: 'live' },
  register: { model: 'iris' },
};

const record = (steps: readonly Step[], change: Partial<AttemptRecord> = {}): AttemptRecord => ({
  ...{ format: 'longhaul.attempt/1', runId, attemptId: 'a2', firstAttemptId: 'a1' },
  ...{ pipeline: 'train-and-deploy', connection: 'domino-test', inputDigest: '' },
  ...{ input, trigger: { kind: 'cli' }, status: 'failed', startedAt: at },
  steps: [...absent, ...steps],
  ...change,
});

const planOf = (of: AttemptRecord, request: Partial<ReplayRequest> = {}) => planOn(setting, of, request);

const step = (steps: readonly PlannedStep[], name: string): PlannedStep | undefined =>
  steps.find((one) => one.name === name);

describe('a verdict on the live model', () => {
  const job = { projectId: 'p', jobId: 'j', number: 1, link: '', experimentRunId: 'm', outputCommitId: null };
  const against = (modelVersion: number | null): Json => ({
    verdicts: [],
    baseline: modelVersion && { modelApiVersionId: 'v', model: 'iris', modelVersion, metrics: {} },
  });

  /** A run that was judged against a version, and failed to deploy. */
  async function judged(gate: Step, accuracy: number): Promise<AttemptRecord> {
    const deploy = { modelApi: 'iris-api', environmentId: await setting.environmentId() };
    const training = finished('train', { ...job, metrics: { accuracy } });
    const steps = [training, gate, finished('register', { model: 'iris', version: 9 }), failed('deploy')];
    return record(steps, { input: { ...input, deploy } });
  }

  it('counts as long as that model is live', async () => {
    await setting.deploy();
    const { steps } = await planOf(await judged(finished('gate', against(1)), 0));
    expect(step(steps, 'gate')).toMatchObject({ action: 'reused', why: 'has finished' });
  });

  it('is made again when another model is live by now', async () => {
    await setting.deploy();
    await setting.deploy();
    const { steps } = await planOf(await judged(finished('gate', against(1)), 1));
    expect(step(steps, 'gate')).toMatchObject({
      action: 'run',
      why: 'iris version 2 is live by now, and it was judged against iris version 1; the metrics of the job hold its conditions',
    });
    await expect(planOf(await judged(finished('gate', against(1)), 0))).rejects.toMatchObject({
      code: 'REPLAY_INVALID',
      message: expect.stringContaining('gate: it would refuse'),
    });
  });

  it('is made again where nothing was live', async () => {
    await setting.deploy();
    await expect(planOf(await judged(finished('gate', against(null)), 0))).rejects.toMatchObject({
      code: 'REPLAY_INVALID',
    });
  });

  it('counts where the run itself has deployed what is live', async () => {
    await setting.deploy();
    await setting.deploy(`new ${markerOf({ ...origin, step: 'deploy' })}`);
    const { steps } = await planOf(await judged(finished('gate', against(1)), 0));
    expect(step(steps, 'gate')).toMatchObject({ action: 'reused' });
  });

  it('counts where a person has given it', async () => {
    await setting.deploy();
    const { steps } = await planOf(await judged(supplied('gate', { verdicts: [] }), 0));
    expect(step(steps, 'gate')).toMatchObject({ action: 'reused' });
  });

  it('is made again of a comparison too', async () => {
    await setting.deploy();
    await setting.deploy();
    const compared = {
      ...{ metric: 'accuracy', value: 0, live: 0, bound: 0, better: true },
      liveVersion: { model: 'iris', version: 1 },
    };
    const of = await judged(finished('compare', compared), 0);
    const retraining = {
      ...(of.input as object),
      ...{ gate: undefined, compare: { metric: 'accuracy', better: 'higher' } },
    };
    const steps = [finished('decide', { verdict: 'retrain', reason: 'asked' }), ...of.steps];
    const again = { ...of, pipeline: 'retrain' as const, input: retraining as unknown as Json, steps };
    await expect(planOf(again)).rejects.toMatchObject({
      code: 'REPLAY_INVALID',
      message: expect.stringMatching(
        /"compare" comes to "not-better", with which the run ends, .* \(accuracy 0 against .*\): begin at/,
      ),
    });
  });
});

describe('a step that is given up while its job goes on', () => {
  const { gate: _, ...ungated } = input;

  /** A run whose job is on the platform, and its id. */
  async function training(): Promise<{ readonly of: AttemptRecord; readonly id: string }> {
    const id = await setting.startJob({ title: `train ${markerOf({ ...origin, step: 'train' })}` });
    return { of: record([failed('train', { kind: 'job', id })], { input: ungated }), id };
  }
  const output = { projectId: 'p', metrics: {}, experimentRunId: 'm', outputCommitId: null };

  it('has it stopped first where its output is supplied', async () => {
    const { of } = await training();
    const { steps } = await planOf(of, { skip: { train: { ...output, jobId: 'elsewhere' } } });
    expect(step(steps, 'train')).toMatchObject({
      action: 'supplied',
      cleans: [{ endpoint: 'jobs.stop', on: 'job 1' }],
    });
  });

  it('has it stopped also where nobody knows its status', async () => {
    const { of, id } = await training();
    const listed = (await setting.get(`/api/jobs/beta/jobs?projectId=${await setting.projectId()}`)).body;
    const status = { executionStatus: 'Rebalancing', isCompleted: false };
    const jobs = listed.jobs.map((one) => (one.id === id ? { ...one, status } : one));
    const body = { ...listed, jobs };
    await setting.inject({ endpoint: 'jobs.list', kind: 'status', status: 200, body, times: 10 });
    const { steps } = await planOf(of, { skip: { train: { ...output, jobId: 'elsewhere' } } });
    expect(step(steps, 'train')?.cleans).toHaveLength(1);
  });

  it('keeps it where that output names it, and where a fork or a file supplies it', async () => {
    const { of, id } = await training();
    const elsewhere = { train: { ...output, jobId: 'elsewhere' } };
    for (const request of [
      { skip: { train: { ...output, jobId: id } } },
      { skip: elsewhere, forkTo: 'fork' },
      { skip: elsewhere, exported: of },
    ])
      expect(step((await planOf(of, request)).steps, 'train')?.cleans).toEqual([]);
  });
});

it('what a step came to for each item is no output of one that is done once by now', async () => {
  const job = (jobId: string): Json => ({
    ...{
      projectId: 'p',
      jobId,
      number: 1,
      link: '',
      metrics: {},
      experimentRunId: null,
      outputCommitId: null,
    },
  });
  const document = (steps: string) =>
    documentOf('domino-test', steps.replaceAll('JOB', 'with: { project: ada/iris, command: go }'));
  const of = record([], {
    ...{ pipeline: 'mine', input: {} },
    document: document('  each: { uses: job, each: [1, 2], JOB }\n  last: { uses: job, needs: each, JOB }\n'),
    steps: [
      { ...finished('each', { counts: { succeeded: 2, failed: 0 } }), items: 2 },
      { ...finished('each.0', job('first')), item: 1 },
      { ...finished('each.1', job('second')), item: 2 },
      failed('last'),
    ],
  });
  const once = document(
    "  each: { uses: job, JOB }\n  last: { uses: job, with: { project: ada/iris, command: [go, '${{ steps.each.jobId }}'] } }\n",
  );
  const { steps } = await planOf(of, { document: once });
  expect(steps.map(({ name, action, calls }) => [name, action, calls.length])).toEqual([
    ['each', 'run', 1],
    ['last', 'run', 1],
  ]);
  expect(step(steps, 'each')?.why).toMatch(/^it was done for each item, and is done once now; /);
  const again = record([], {
    ...{ ...of, document: once, steps: [finished('each', job('only')), failed('last')] },
  });
  const back = await planOf(again, of.document && { document: of.document });
  expect(back.steps.map(({ name, action }) => [name, action])).toEqual([
    ['each', 'run'],
    ['each.0', 'run'],
    ['each.1', 'run'],
    ['last', 'run'],
  ]);
});

it('a revision that a job would run on again is said to be restricted by now', async () => {
  const environmentId = await setting.environmentId();
  const { environment: seen } = await setting.deps.domino.environments.get({ path: { environmentId } });
  const revisionId = seen.latestRevision?.id ?? '';
  const { gate: _, ...ungated } = input;
  const of = record(
    [
      finished('environment', { environmentId, name: seen.name, image: null, revisionId, created: false }),
      finished('build', { revisionId, image: null }),
      failed('train'),
    ],
    { input: { ...ungated, environment: { id: environmentId } } },
  );
  const steps = of.steps.filter(({ name, tries }) => tries > 0 || !['environment', 'build'].includes(name));
  expect((await planOf({ ...of, steps })).differences).toEqual([]);
  await restrictRevision(setting.simulator, { environmentId, revisionId });
  expect((await planOf({ ...of, steps })).differences).toEqual([
    {
      what: 'environment',
      detail: `revision ${seen.latestRevision?.number} of ${seen.name} is restricted now`,
    },
  ]);
});
