import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type AttemptRecord,
  LonghaulError,
  type PipelineInput,
  type ReplayPlan,
  type ReplayRequest,
  type Run,
} from '../../src/client.js';
import { registerByHand, stopJob } from '../support/by-hand.js';
import {
  type Stage,
  createStage,
  statuses,
  until,
  fullInput as usualInput,
  withTemporal,
} from '../support/stage.js';

let stage: Stage;
/** Of the test: its runs, models and model APIs are its own. */
let number = 0;
let ledgerBefore = 0;
beforeAll(async () => {
  stage = await createStage();
  await stage.startWorker();
});
beforeEach(async () => {
  number += 1;
  await stage.control('clock', { speed: 120 });
  ledgerBefore = stage.simulator.ledger().length;
});
afterAll(() => stage.close());

const fullInput = () => ({
  ...usualInput(stage.connection),
  register: { model: `iris-${number}` },
  deploy: { modelApi: `iris-api-${number}` },
});
const start = async (input: PipelineInput<'train-and-deploy'>): Promise<string> =>
  (await stage.client.start('train-and-deploy', input, { key: `run-${number}` })).runId;
/** The jobs that the test has started. */
const jobs = (): string[] =>
  stage.simulator
    .ledger()
    .filter(({ seq }) => seq > ledgerBefore)
    .flatMap(({ effects }) => effects.filter(({ change, kind }) => change === 'created' && kind === 'job'))
    .map(({ id }) => id);

const replaying = (plan: ReplayPlan) => ({ plan: plan.hash, by: 'ada', reason: 'the platform is back' });
const actions = (plan: ReplayPlan): Record<string, string> =>
  Object.fromEntries(plan.steps.map(({ name, action }) => [name, action]));
const planned = (plan: ReplayPlan): string[] =>
  plan.steps.flatMap(({ cleans, calls }) => [...cleans, ...calls].map(({ endpoint }) => endpoint));
/** The requests that have changed something, since a number of the ledger. */
const done = (since: number): (string | null)[] =>
  stage.simulator
    .ledger()
    .filter(({ seq, effects }) => seq > since && effects.length > 0)
    .map(({ endpoint }) => endpoint);

const apply = async (request: ReplayRequest): Promise<{ plan: ReplayPlan; run: Run; done: unknown[] }> => {
  const plan = await stage.client.replays.plan(request);
  const since = stage.simulator.ledger().length;
  await stage.client.replays.apply(request, replaying(plan));
  await stage.control('clock', { speed: 120 });
  const run = await stage.client.wait(plan.runId, { timeoutMs: 90_000 });
  return { plan, run, done: done(since) };
};

const refuse = (endpoint: string): Promise<void> =>
  stage.inject({ endpoint, kind: 'status', status: 400, body: { message: 'no' } });

/** A run that has failed at its deployment. */
async function failedAtDeploy(): Promise<string> {
  await refuse('modelApis.create');
  const runId = await start(fullInput());
  const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
  expect(run).toMatchObject({ status: 'failed', failure: { step: 'deploy', code: 'REQUEST_REJECTED' } });
  return runId;
}

const trainingOnly = () => ({
  connection: stage.connection,
  project: 'ada/iris',
  train: { command: 'python train.py' },
});
const notInInput = {
  environment: 'skipped',
  revision: 'skipped',
  build: 'skipped',
  gate: 'skipped',
  register: 'skipped',
  deploy: 'skipped',
};

/** A run whose job is running, for as long as nobody lets the clock of the platform go on. */
async function training(): Promise<string> {
  await stage.control('clock', { speed: 0.001 });
  const runId = await start(trainingOnly());
  await until(stage.client, runId, ({ steps }) => steps.some(({ state }) => state.status === 'waiting'));
  return runId;
}

async function trainingStopped(how: 'cancelled' | 'terminated'): Promise<string> {
  const runId = await training();
  if (how === 'cancelled') await stage.client.cancel(runId, { reason: 'test' });
  else await withTemporal(stage, (client) => client.workflow.getHandle(runId).terminate('test'));
  expect((await stage.client.wait(runId, { timeoutMs: 20_000 })).status).toBe(how);
  return runId;
}

describe('a replay', () => {
  it('goes on at the step that failed: no build, no job, and the same run in another attempt', async () => {
    const runId = await failedAtDeploy();
    const { plan, run, done } = await apply({ runId });

    expect(actions(plan)).toEqual({
      environment: 'reused',
      revision: 'reused',
      build: 'reused',
      train: 'reused',
      gate: 'reused',
      register: 'reused',
      deploy: 'run',
    });
    expect(planned(plan)).toEqual(['modelApis.create']);
    expect(done).toEqual(planned(plan));
    expect(run).toMatchObject({
      runId,
      status: 'succeeded',
      lineage: { number: 2, by: 'ada', plan: plan.hash },
    });
    expect(statuses(run)).toMatchObject({ train: 'reused', deploy: 'succeeded' });
    expect(jobs()).toHaveLength(1);
    expect(
      (await stage.client.replays.attempts(runId)).map(({ status, lineage }) => [status, lineage?.number]),
    ).toEqual([
      ['succeeded', 2],
      ['failed', undefined],
    ]);
  });

  it('finds what its plan was asked for by the hash alone', async () => {
    const runId = await failedAtDeploy();
    const plan = await stage.client.replays.plan({ runId, set: { 'deploy.description': 'by ada' } });
    expect(plan.differences).toEqual([
      { what: 'input', detail: 'deploy.description: nothing is now "by ada"' },
    ]);
    await stage.client.replays.apply({ runId }, replaying(plan));
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run).toMatchObject({ status: 'succeeded', lineage: { plan: plan.hash } });
    // The next plan still says what differs from the first attempt, and not only from the last.
    const next = await stage.client.replays.plan({ runId, from: 'deploy' });
    expect(next.differences).toEqual(plan.differences);
  });

  it('is refused when the world has moved since its plan was made, and starts nothing', async () => {
    const runId = await trainingStopped('terminated');
    const plan = await stage.client.replays.plan({ runId });
    expect(actions(plan)).toEqual({ ...notInInput, train: 'adopted' });
    const [jobId = ''] = jobs();
    await stopJob(stage.simulator, jobId);
    await expect(stage.client.replays.apply({ runId }, replaying(plan))).rejects.toMatchObject({
      code: 'REPLAY_STALE',
    });
    expect(await stage.client.replays.attempts(runId)).toHaveLength(1);
    expect(jobs()).toHaveLength(1);
  });

  it('adopts the job that a terminated attempt has left running', async () => {
    const runId = await trainingStopped('terminated');
    const { plan, run, done } = await apply({ runId });
    expect({ actions: actions(plan), done }).toEqual({
      actions: { ...notInInput, train: 'adopted' },
      done: [],
    });
    expect(run.status).toBe('succeeded');
    expect(jobs()).toHaveLength(1);
  });

  it('starts another job for one that a cancelled attempt has stopped', async () => {
    const runId = await trainingStopped('cancelled');
    const { plan, run, done } = await apply({ runId });
    expect({ actions: actions(plan), done }).toEqual({
      actions: { ...notInInput, train: 'run' },
      done: ['jobs.start'],
    });
    expect(run.status).toBe('succeeded');
    expect(plan.steps.find(({ name }) => name === 'train')?.generation).toBe(2);
  });

  it('ends an attempt that goes on only if it is told to, and keeps its job', async () => {
    const runId = await training();
    await expect(stage.client.replays.plan({ runId })).rejects.toMatchObject({ code: 'REPLAY_REFUSED' });
    const { run, done } = await apply({ runId, stopFirst: true });
    expect({ status: run.status, number: run.lineage?.number, done }).toEqual({
      status: 'succeeded',
      number: 2,
      done: [],
    });
  });

  it('stops the job of another command before it starts one', async () => {
    const runId = await training();
    const { plan, run, done } = await apply({
      runId,
      stopFirst: true,
      set: { 'train.command': 'python train.py --seed 8' },
    });
    expect({ actions: actions(plan), done }).toEqual({
      actions: { ...notInInput, train: 'clean' },
      done: ['jobs.stop', 'jobs.start'],
    });
    expect(run.status).toBe('succeeded');
  });

  it('goes on with a parked run, with an output that the operator supplies', async () => {
    await stage.inject({
      endpoint: 'registeredModels.register',
      kind: 'status',
      status: 403,
      body: { errors: ['quota'] },
    });
    const runId = await start(fullInput());
    await until(stage.client, runId, ({ status }) => status === 'parked');
    await registerByHand(stage.simulator, await stage.client.get(runId), `iris-${number}`);
    const { plan, run, done } = await apply({
      runId,
      skip: { register: { model: `iris-${number}`, version: 1 } },
    });
    expect(actions(plan)).toMatchObject({ train: 'reused', register: 'supplied', deploy: 'run' });
    expect(done).toEqual(['modelApis.create']);
    expect(run.steps.find(({ name }) => name === 'register')?.state).toMatchObject({
      status: 'skipped',
      reason: 'ada: the platform is back',
      output: { model: `iris-${number}`, version: 1 },
    });
    expect(run.status).toBe('succeeded');
  });

  it('runs what had finished again from the step that is named, and leaves what serves alone until then', async () => {
    const runId = await start(fullInput());
    await stage.client.wait(runId, { timeoutMs: 90_000 });
    await expect(stage.client.replays.plan({ runId })).rejects.toMatchObject({ code: 'REPLAY_REFUSED' });
    const { plan, run, done } = await apply({ runId, from: 'train' });
    expect(actions(plan)).toMatchObject({
      build: 'reused',
      train: 'run',
      gate: 'run',
      register: 'run',
      deploy: 'run',
    });
    expect(done).toEqual(['jobs.start', 'registeredModels.register', 'modelApis.createVersion']);
    expect(run.status).toBe('succeeded');
  });

  it('forks into a new run that makes effects of its own', async () => {
    const runId = await failedAtDeploy();
    const { plan, run, done } = await apply({
      runId,
      forkTo: `fork-${number}`,
      set: { 'deploy.modelApi': 'iris-fork' },
    });
    expect(plan.runId).toBe(`train-and-deploy.fork-${number}`);
    expect(run).toMatchObject({ status: 'succeeded', lineage: { number: 1, of: { runId } } });
    expect(done).toEqual(['modelApis.create']);
    expect((await stage.client.get(runId)).status).toBe('failed');
    await expect(stage.client.replays.plan({ runId, forkTo: `fork-${number}` })).rejects.toMatchObject({
      code: 'REPLAY_INVALID',
    });
  });

  it('goes on from an exported attempt when Temporal knows the run no more', async () => {
    const runId = await failedAtDeploy();
    const exported = JSON.parse(JSON.stringify(await stage.client.replays.export(runId))) as AttemptRecord;
    await expect(stage.client.replays.plan({ runId, exported })).rejects.toMatchObject({
      code: 'REPLAY_REFUSED',
    });
    // A run of another id is one that Temporal does not know.
    const forgotten = `${runId}-long-ago`;
    await expect(stage.client.replays.plan({ runId: forgotten })).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    });
    const { run, done } = await apply({ runId: forgotten, exported: { ...exported, runId: forgotten } });
    expect(run).toMatchObject({ runId: forgotten, status: 'succeeded', lineage: { number: 2 } });
    expect(done).toEqual(['modelApis.create']);
    expect(jobs()).toHaveLength(1);
  });

  it('reads outputs from the history of a run that no worker can speak for', async () => {
    const runId = await start(fullInput());
    await until(stage.client, runId, ({ steps }) =>
      steps.some(({ name, state }) => name === 'train' && state.status === 'waiting'),
    );
    await stage.killWorkers();
    await withTemporal(stage, (client) => client.workflow.getHandle(runId).terminate('test'));
    const exported = await stage.client.replays.export(runId);
    expect(exported.notice).toBe(
      'no worker could say how its steps stood: they are as its history shows them',
    );
    expect(exported.steps.map(({ name, state }) => [name, state.status])).toEqual([
      ['environment', 'succeeded'],
      ['revision', 'succeeded'],
      ['build', 'succeeded'],
      ['train', 'cancelled'],
      ['gate', 'pending'],
      ['register', 'pending'],
      ['deploy', 'pending'],
    ]);
    await stage.startWorker();
    const { run, done } = await apply({ runId });
    expect(run.status).toBe('succeeded');
    expect(done).toEqual(['registeredModels.register', 'modelApis.create']);
  });

  it('keeps answering to the key of the run, whatever was edited', async () => {
    const runId = await failedAtDeploy();
    await apply({ runId, set: { 'deploy.description': 'edited' } });
    await expect(
      stage.client.start('train-and-deploy', fullInput(), { key: `run-${number}` }),
    ).resolves.toMatchObject({ runId, created: false });
  });
});

describe('a replay that does not fit', () => {
  it('is refused with the reason, before the platform is asked for anything', async () => {
    const runId = await failedAtDeploy();
    const reasonFor = (request: object): Promise<string> =>
      stage.client.replays.plan({ runId, ...request }).then(
        () => 'planned',
        (error: unknown) =>
          error instanceof LonghaulError ? `${error.code}: ${error.message}` : String(error),
      );
    const answers = [
      await reasonFor({ from: 'trane' }),
      await reasonFor({ skip: { train: null } }),
      await reasonFor({ skip: { train: { jobId: 'j' } } }),
      await reasonFor({ set: { 'train.command': 7 } }),
      await reasonFor({ set: { project: 'ada/other' } }),
      await reasonFor({ fresh: ['gate'] }),
      await reasonFor({ fresh: ['train'], skip: { train: null } }),
      await reasonFor({
        set: { register: null, 'deploy.source': { file: 'a.py', function: 'f' } },
        from: 'register',
      }),
    ];
    expect(answers).toEqual([
      'REPLAY_INVALID: train-and-deploy has no step "trane"; its steps are environment, revision, build, train, gate, register, deploy',
      'REPLAY_INVALID: --skip train needs an output, which "gate" reads: --skip train=output.json',
      'REPLAY_INVALID: --skip train: the output of "train" lacks projectId, metrics, experimentRunId, outputCommitId',
      'INPUT_INVALID: the input of train-and-deploy is invalid:\n  train.command: Invalid input: expected string, received number',
      'REPLAY_INVALID: project cannot be edited: what is reused lies there. Start another run for another project',
      'REPLAY_INVALID: "gate" makes nothing that could be made afresh: it is found by name or by what it comes from. Use --from gate',
      'REPLAY_INVALID: "train" cannot be skipped and made afresh at once',
      'REPLAY_INVALID: the step "register" is not in the input, so it cannot run again',
    ]);
    expect(await stage.client.replays.attempts(runId)).toHaveLength(1);
  });

  it('is refused when an edit names what the platform does not have', async () => {
    const input = { ...fullInput(), gate: { conditions: ['accuracy >= 0.99'] } };
    const runId = await start(input);
    await stage.client.wait(runId, { timeoutMs: 90_000 });
    const set = { 'train.hardwareTier': 'small-k8' };
    await expect(stage.client.replays.plan({ runId, set })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('train.hardwareTier: there is no hardware tier "small-k8"'),
    });
  });

  it('is refused when the gate would say no to the same model again', async () => {
    const input = { ...fullInput(), gate: { conditions: ['accuracy >= 0.99'] } };
    const runId = await start(input);
    await stage.client.wait(runId, { timeoutMs: 90_000 });
    await expect(stage.client.replays.plan({ runId })).rejects.toThrow(
      /gate: it would refuse the same model again: accuracy >= 0.99 does not hold: 0.95 against 0.99/,
    );
    const { plan, run } = await apply({ runId, skip: { gate: null } });
    expect(actions(plan)).toMatchObject({
      train: 'reused',
      gate: 'supplied',
      register: 'run',
      deploy: 'run',
    });
    expect(run.status).toBe('succeeded');
  });
});
