/** What a request in doubt makes after all the looks for it: the one that was adopted stays, the rest goes. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Run } from '../../src/client.js';
import { eventually } from '../support/eventually.js';
import { created } from '../support/ledger.js';
import { isArchived, jobStatus, modelApi } from '../support/platform.js';
import { retrainInput, running, world } from '../support/retraining.js';
import { type Stage, createStage, fullInput, statuses, until } from '../support/stage.js';

let stage: Stage;
afterEach(() => stage.close());

async function open(options: Parameters<typeof createStage>[0] = {}): Promise<void> {
  stage = await createStage({ speed: 60, ...options });
  await stage.startWorker();
}

/** Runs to the end of what is swept. */
async function settled(runId: string): Promise<Run> {
  await stage.client.wait(runId, { timeoutMs: 90_000 });
  await eventually(async () => (await stage.client.get(runId)).cleanup?.afterwards === 'done');
  return stage.client.get(runId);
}

const start = async (key: string, change: object = {}): Promise<string> => {
  const input = { ...fullInput(stage.connection), ...change };
  return (await stage.client.start('train-and-deploy', input, { key })).runId;
};
/** Carried out after the one that was sent again, however long the looks before that took. */
const late = (endpoint: string, ms = 500): Promise<void> =>
  stage.inject({ endpoint, kind: 'late-commit', ms, after: 'repeat' });
const onlyTraining = { revision: undefined, register: undefined, deploy: undefined, gate: undefined };
/** In the order of the requests: what was committed late comes first. */
const made = (kind: string): string[] => created(stage.simulator, kind);

describe('a request that is committed after it was sent again', () => {
  it('has its job stopped beside the one that was adopted, which is counted when that is confirmed', async () => {
    await open({ world: new URL('../support/two-trainings.yaml', import.meta.url).pathname });
    await late('jobs.start');
    const runId = await start('job', onlyTraining);
    const run = await settled(runId);

    const [second = '', adopted] = made('job');
    expect(run).toMatchObject({
      status: 'succeeded',
      result: { job: { jobId: adopted, duplicatesStopped: 1 } },
      cleanup: { undone: [{ kind: 'job', id: second }], leftBehind: [] },
    });
    expect(await jobStatus(stage.simulator, second)).toBe('Stopped');
  });

  it('has its environment archived', async () => {
    await open();
    await late('environments.create');
    const run = await settled(await start('environment'));

    const [second = '', adopted = ''] = made('environment');
    expect(run).toMatchObject({
      status: 'succeeded',
      result: { environment: { environmentId: adopted } },
      cleanup: { undone: [{ kind: 'environment', id: second }], leftBehind: [] },
    });
    expect(await isArchived(stage.simulator, second)).toBe(true);
    expect(await isArchived(stage.simulator, adopted)).toBe(false);
  });

  it('has its model API archived, and the one that the release names serves', async () => {
    await open();
    await late('modelApis.create');
    const run = await settled(await start('model-api'));

    const [second = '', adopted = ''] = made('modelApi');
    const [, serving] = made('modelApiVersion');
    expect(run).toMatchObject({
      status: 'succeeded',
      result: { deployment: { modelApiId: adopted, versionId: serving } },
      cleanup: { leftBehind: [], afterwards: 'done' },
    });
    expect(await modelApi(stage.simulator, second)).toMatchObject({ isArchived: true, serves: null });
    expect(await modelApi(stage.simulator, adopted)).toEqual({ isArchived: false, serves: serving });
  });

  it('has its version stopped after it has taken over, and the one that the release names serves again', async () => {
    await open();
    expect((await stage.client.wait(await start('earlier'), { timeoutMs: 90_000 })).status).toBe('succeeded');
    await late('modelApis.createVersion');
    const run = await settled(await start('version'));

    const [, second, adopted] = made('modelApiVersion');
    const [modelApiId = ''] = made('modelApi');
    expect(run).toMatchObject({
      status: 'succeeded',
      result: { deployment: { versionId: adopted } },
      cleanup: { undone: [{ kind: 'modelApiVersion', id: second }], leftBehind: [] },
    });
    expect((await modelApi(stage.simulator, modelApiId)).serves).toBe(adopted);
  });

  it('has its version stopped with the one that was adopted when the run is cancelled while it watches that', async () => {
    await open({
      world,
      settings: {
        waits: { firstLookMs: 100, lastLookMs: 500, settleMs: 200, undoMs: 6_000, sweepMs: 18_000 },
      },
    });
    const first = await stage.client.start('retrain', await retrainInput(stage, '0.8'), { key: 'first' });
    expect((await stage.client.wait(first.runId, { timeoutMs: 90_000 })).status).toBe('succeeded');
    await late('modelApis.createVersion', 12_000);
    const input = await retrainInput(stage, '0.9', { watch: { for: '10m' } });
    const { runId } = await stage.client.start('retrain', input, { key: 'second' });
    await until(stage.client, runId, (run) => statuses(run)['watch'] === 'waiting');
    expect(made('modelApiVersion')).toHaveLength(2);
    await stage.client.cancel(runId, { reason: 'wrong data' });
    await settled(runId);

    expect(made('modelApiVersion')).toHaveLength(3);
    await eventually(async () => JSON.stringify(await running(stage, 'iris-api')) === '[1]');
  });

  it('has its registration listed, for nothing takes one back', async () => {
    await open();
    const plain = { gate: undefined, deploy: undefined };
    await stage.client.wait(await start('earlier', plain), { timeoutMs: 90_000 });
    await late('registeredModels.register');
    const run = await settled(
      await start('registration', { ...plain, train: { command: 'python train.py 2' } }),
    );

    expect(run).toMatchObject({
      status: 'succeeded',
      result: { registered: { version: 2 } },
      cleanup: { leftBehind: [{ kind: 'modelVersion', id: 'iris/3', lasting: true }] },
    });
  });
});

describe('a job that was adopted after the looks for the first one', () => {
  const forbidden = { kind: 'status', status: 403, body: { errors: ['Forbidden'] }, times: 100_000 };

  /** A run that waits for its second job, whose first one was swept. */
  async function sweptTraining(): Promise<{ runId: string; first: string; adopted: string }> {
    await open({ world: new URL('../support/slow-job.yaml', import.meta.url).pathname });
    await stage.inject({ endpoint: 'jobs.start', kind: 'lose-answer' });
    await stage.inject({ endpoint: 'jobs.list', kind: 'stale', ms: 60_000, times: 100_000 });
    const runId = await start('adopted', { ...onlyTraining, train: { command: 'python slow.py' } });
    await until(stage.client, runId, (run) => statuses(run)['train'] === 'waiting');
    await stage.heal();
    const [first = '', adopted = ''] = made('job');
    await eventually(async () => (await jobStatus(stage.simulator, first)) === 'Stopped');
    return { runId, first, adopted };
  }

  async function succeedsWith(runId: string, adopted: string): Promise<void> {
    await stage.control('clock', { speed: 60_000 });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run).toMatchObject({ status: 'succeeded', result: { job: { jobId: adopted } } });
    expect(made('job')).toHaveLength(2);
  }

  it('is adopted again when the step is tried again, also where the list shows neither it nor the one that was swept', async () => {
    const { runId, adopted } = await sweptTraining();
    for (const endpoint of ['jobs.get', 'jobs.list']) await stage.inject({ ...forbidden, endpoint });
    await until(stage.client, runId, (run) => run.status === 'parked');
    await stage.heal();
    await stage.inject({ endpoint: 'jobs.list', kind: 'stale', ms: 600_000, times: 100_000 });
    await stage.client.resolve(runId, { step: 'train', action: 'retry', actor: 'ada', reason: 'allowed' });
    await succeedsWith(runId, adopted);
  });

  it('is stopped by its id when the run is cancelled in another try, where no list shows it', async () => {
    const { runId, adopted } = await sweptTraining();
    await stage.inject({ endpoint: 'jobs.list', kind: 'stale', ms: 600_000, times: 100_000 });
    await stage.inject({ ...forbidden, endpoint: 'jobs.get' });
    await until(stage.client, runId, (run) => run.status === 'parked');
    await stage.client.resolve(runId, { step: 'train', action: 'retry', actor: 'ada', reason: 'allowed' });
    await until(stage.client, runId, (run) => statuses(run)['train'] === 'running');
    await stage.client.cancel(runId, { reason: 'for now' });
    await eventually(async () => (await stage.client.get(runId)).status !== 'running');
    await stage.heal();
    await stage.inject({ endpoint: 'jobs.list', kind: 'stale', ms: 600_000, times: 100_000 });
    await eventually(async () => (await jobStatus(stage.simulator, adopted)).startsWith('Stop'), {
      withinMs: 30_000,
    });
    expect(made('job')).toHaveLength(2);
  });

  it('is what a replay adopts that ends the attempt first', async () => {
    const { runId, adopted } = await sweptTraining();
    const request = { runId, stopFirst: true };
    const plan = await stage.client.replays.plan(request);
    expect(plan.steps).toContainEqual(
      expect.objectContaining({ action: 'adopted', adopts: expect.objectContaining({ id: adopted }) }),
    );
    await stage.client.replays.apply(request, { plan: plan.hash, by: 'ada', reason: 'newer code' });
    await succeedsWith(runId, adopted);
  });
});

describe('a request that is still under way when a replay trains otherwise', () => {
  it('has its job stopped, although the replay makes another one and ends the cleanup of the run', async () => {
    await open({
      world: new URL('../support/two-trainings.yaml', import.meta.url).pathname,
      settings: { waits: { firstLookMs: 100, lastLookMs: 500, settleMs: 200, sweepMs: 60_000 } },
    });
    await stage.inject({ endpoint: 'jobs.start', kind: 'late-commit', ms: 15_000 });
    const runId = await start('otherwise', { ...onlyTraining, train: { command: 'python broken.py' } });
    expect(await stage.client.wait(runId, { timeoutMs: 90_000 })).toMatchObject({
      failure: { code: 'JOB_FAILED' },
      cleanup: { afterwards: 'going-on' },
    });
    await stage.control('clock', { speed: 0.1 }); // no job ends by itself
    const request = { runId, set: { 'train.command': 'python train.py' } };
    const { hash } = await stage.client.replays.plan(request);
    await stage.client.replays.apply(request, { plan: hash, by: 'ada', reason: 'corrected' });
    await until(stage.client, runId, (run) => statuses(run)['train'] === 'waiting');
    expect(made('job')).toHaveLength(2);

    await eventually(() => made('job').length === 3);
    const [late = '', , anew = ''] = made('job');
    await eventually(async () => (await jobStatus(stage.simulator, late)).startsWith('Stop'), {
      withinMs: 30_000,
    });
    expect(await jobStatus(stage.simulator, anew)).not.toMatch(/^Stop/);
  });
});

describe('a stop that is refused', () => {
  it('counts for nothing while the run goes on, and is tried until it is confirmed', async () => {
    await open({ world: new URL('../support/long-training.yaml', import.meta.url).pathname });
    await late('jobs.start', 4_000); // it is begun so long after the other, and ends so long after it
    const unauthorized = { kind: 'status', status: 401, body: { errors: ['Unauthorized'] }, times: 100_000 };
    await stage.inject({ ...unauthorized, endpoint: 'jobs.stop' });
    const runId = await start('refused', onlyTraining);
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    await stage.control('clock', { speed: 0.1 }); // the second one does not end by itself
    expect(run).toMatchObject({ status: 'succeeded', result: { job: { duplicatesStopped: 0 } } });
    const [second = ''] = made('job');
    await eventually(async () => (await stage.client.get(runId)).cleanup?.leftBehind[0]?.id === second);

    await fetch(new URL('/_simulator/faults', stage.simulator.url), { method: 'DELETE' });
    await stage.control('clock', { speed: 60 });
    expect((await settled(runId)).cleanup?.undone).toEqual([{ kind: 'job', id: second }]);
  });
});
