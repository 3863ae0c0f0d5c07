/** Retraining, from the decision to what serves in the end. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Run } from '../../src/client.js';
import { calls, created } from '../support/ledger.js';
import { retrainInput, retrainingsOn, running, world } from '../support/retraining.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

let stage: Stage;
beforeEach(async () => {
  stage = await createStage({ world });
  await stage.startWorker();
});
afterEach(() => stage.close());

const { begin, ended, retrain, failing, sick } = retrainingsOn(() => stage);

describe('a tick', () => {
  it('retrains and deploys when nothing is live, and is watched until it has stayed well', async () => {
    const run = await retrain('first', '0.8');
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(run.result).toMatchObject({
      outcome: 'deployed',
      conclusion: 'version 1 serves',
      comparison: { live: null, better: true },
      release: { registered: { model: 'iris', version: 1 }, deployment: { number: 1 } },
    });
    expect(statuses(run)).toMatchObject({ decide: 'succeeded', approve: 'skipped', watch: 'succeeded' });
    expect(await running(stage, 'iris-api')).toEqual([1]);
  });

  it('does nothing on the platform but look when it decides against it', async () => {
    await retrain('first', '0.8');
    const before = stage.simulator.ledger().length;
    const run = await retrain('second', '0.9', { when: { all: [{ metric: 'accuracy < 0.5' }] } });
    expect(run).toMatchObject({ status: 'succeeded', result: { outcome: 'skipped' } });
    expect(statuses(run)).toMatchObject({ decide: 'succeeded', train: 'skipped', watch: 'skipped' });
    const looked = stage.simulator.ledger().slice(before);
    expect(looked.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('puts a better model live, and one version alone', async () => {
    await retrain('first', '0.8');
    const run = await retrain('second', '0.9');
    expect(run.result).toMatchObject({
      outcome: 'deployed',
      comparison: { metric: 'accuracy', value: 0.9, live: 0.8, better: true },
    });
    expect(await running(stage, 'iris-api')).toEqual([2]);
  });

  it.each([
    ['a worse model', '0.8', {}],
    ['one that is as good', '0.9', {}],
    ['one that is better by less than the margin', '0.95', { compare: { metric: 'accuracy', margin: 0.1 } }],
  ])('neither registers nor deploys %s', async (_what, accuracy, more) => {
    await retrain('first', '0.9');
    const run = await retrain('second', accuracy, more);
    expect(run).toMatchObject({ status: 'succeeded', result: { outcome: 'not-better' } });
    expect(created(stage.simulator, 'modelVersion')).toHaveLength(1);
    expect(await running(stage, 'iris-api')).toEqual([1]);
  });

  it('deploys one that is worse by no more than the tolerance', async () => {
    await retrain('first', '0.9');
    const run = await retrain('second', '0.8', { compare: { metric: 'accuracy', tolerance: 0.2 } });
    expect(run.result).toMatchObject({ outcome: 'deployed' });
  });

  it('takes lower for better where it is told so', async () => {
    await retrain('first', '0.9');
    const run = await retrain('second', '0.8', { compare: { metric: 'accuracy', better: 'lower' } });
    expect(run.result).toMatchObject({ outcome: 'deployed', comparison: { value: 0.8, live: 0.9 } });
  });

  it('waits for another run of the model and decides again then', async () => {
    const when = { all: [{ newData: { files: 'data' } }] };
    const first = await begin('first', '0.8', { when });
    await until(stage.client, first, (run) => statuses(run)['train'] === 'waiting');
    const second = await ended(await begin('second', '0.9', { when }));
    expect((await ended(first)).result).toMatchObject({ outcome: 'deployed' });
    expect(second.result).toMatchObject({ outcome: 'skipped' });
    expect(created(stage.simulator, 'job')).toHaveLength(1);
  });

  it('says that the model is busy where it is told not to wait', async () => {
    const first = await begin('first', '0.8');
    await until(stage.client, first, (run) => statuses(run)['train'] === 'waiting');
    const second = await retrain('second', '0.9', { whenBusy: 'skip' });
    expect(second).toMatchObject({
      status: 'succeeded',
      result: { outcome: 'busy', conclusion: `${first} has the model` },
    });
    expect((await ended(first)).result).toMatchObject({ outcome: 'deployed' });
  });
});

describe('a version that does not stay well', () => {
  const takenBack = async (key: string): Promise<Run> => {
    const run = await ended(await begin(key, '0.9', await sick()));
    expect(run).toMatchObject({
      status: 'failed',
      failure: {
        code: 'DEPLOYMENT_TAKEN_BACK',
        step: 'watch',
        message: expect.stringMatching(/version 1 serves again$/),
      },
    });
    expect(await running(stage, 'sick-api')).toEqual([1]);
    return run;
  };

  it('is taken back, and the one before serves again', async () => {
    await retrain('first', '0.8', { ...(await sick()), watch: { for: '1s' } });
    await takenBack('second');
  });

  it.each(['modelApis.stopVersion', 'modelApis.startVersion'])(
    'is taken back also when the answer of %s is lost',
    async (endpoint) => {
      await retrain('first', '0.8', { ...(await sick()), watch: { for: '1s' } });
      await stage.inject({ endpoint, kind: 'lose-answer' });
      await takenBack('second');
    },
  );

  it.each(['modelApis.stopVersion', 'modelApis.startVersion'])(
    'is taken back by another worker when its worker is killed in %s',
    async (endpoint) => {
      await retrain('first', '0.8', { ...(await sick()), watch: { for: '1s' } });
      await stage.inject({ endpoint, kind: 'hold-answer', ms: 60_000 });
      const runId = await begin('second', '0.9', await sick());
      await until(stage.client, runId, () => calls(stage.simulator, endpoint) === 1);
      await stage.killWorkers();
      await stage.startWorker();
      const run = await ended(runId);
      expect(run.failure?.code).toBe('DEPLOYMENT_TAKEN_BACK');
      expect(await running(stage, 'sick-api')).toEqual([1]);
    },
  );

  it('is taken back when it does not come to serve in time', async () => {
    const { deploy } = await retrainInput(stage, '0.8');
    const never = { deploy: { ...deploy, modelApi: 'never-api' } };
    await retrain('first', '0.8', { ...never, watch: { for: '1s' } });
    const run = await retrain('second', '0.9', { ...never, watch: { serveWithin: '5s' } });
    expect(run.failure).toMatchObject({
      code: 'DEPLOYMENT_TAKEN_BACK',
      step: 'deploy',
      message: expect.stringMatching(/did not come to serve in time.*; version 1 serves again$/),
    });
    expect(await running(stage, 'never-api')).toEqual([1]);
  });

  it('is stopped when nothing served before it', async () => {
    const runId = await begin('only', '0.8', { watch: { for: '60s' } });
    await until(stage.client, runId, (run) => statuses(run)['watch'] === 'waiting');
    const [version] = created(stage.simulator, 'modelApiVersion');
    const [modelApi] = created(stage.simulator, 'modelApi');
    await stage.control('health', { modelApiId: modelApi, versionId: version, status: 'Failed' });
    const run = await ended(runId);
    expect(run.failure).toMatchObject({
      code: 'DEPLOYMENT_TAKEN_BACK',
      message: expect.stringContaining('nothing served before it'),
    });
    expect(await running(stage, 'iris-api')).toEqual([]);
  });

  it('is stopped also where somebody has supplied it, without saying what served before', async () => {
    const { runId } = await retrain('supplied', '0.8', { watch: { for: '1s' } });
    const [version] = created(stage.simulator, 'modelApiVersion');
    const [modelApi] = created(stage.simulator, 'modelApi');
    const skip = { deploy: { modelApiId: String(modelApi), versionId: String(version) } };
    const request = { runId, skip, set: { 'watch.for': '60s' } };
    const { hash } = await stage.client.replays.plan(request);
    await stage.client.replays.apply(request, { plan: hash, by: 'ada', reason: 'deployed by hand' });
    expect((await failing(runId)).failure).toMatchObject({
      code: 'DEPLOYMENT_TAKEN_BACK',
      message: expect.stringMatching(/it was stopped, and nothing served before it$/),
    });
  });
});

describe('a version that a list leaves out at the moment in which it is taken back', () => {
  const empty = {
    'modelApis.list': { items: [], metadata: { offset: 0, limit: 100 } },
    'modelApis.listVersions': [],
  };

  /** Deploys, and lets the new version be unhealthy when it is watched. */
  async function unhealthy(endpoint: keyof typeof empty): Promise<Run> {
    const runId = await begin('sick', '0.9', { watch: { for: '60s', failures: 2 } });
    await until(stage.client, runId, (run) => statuses(run)['watch'] === 'waiting');
    const [modelApiId] = created(stage.simulator, 'modelApi');
    const versionId = created(stage.simulator, 'modelApiVersion').at(-1);
    await stage.inject({ endpoint, kind: 'status', status: 200, body: empty[endpoint] });
    await stage.control('health', { modelApiId, versionId, status: 'Unreachable' });
    return ended(runId);
  }

  it.each(['modelApis.list', 'modelApis.listVersions'] as const)(
    'is stopped, and the one before serves again (%s)',
    async (endpoint) => {
      await retrain('first', '0.8');
      expect((await unhealthy(endpoint)).failure).toMatchObject({
        code: 'DEPLOYMENT_TAKEN_BACK',
        message: expect.stringMatching(/version 1 serves again$/),
      });
      expect(await running(stage, 'iris-api')).toEqual([1]);
    },
  );

  it('is stopped where nothing served before it', async () => {
    expect((await unhealthy('modelApis.listVersions')).failure?.code).toBe('DEPLOYMENT_TAKEN_BACK');
    expect(await running(stage, 'iris-api')).toEqual([]);
  });

  it('is stopped where it did not come to serve in time', async () => {
    const { deploy } = await retrainInput(stage, '0.8');
    const never = { deploy: { ...deploy, modelApi: 'never-api' } };
    await retrain('first', '0.8', { ...never, watch: { for: '1s' } });
    const runId = await begin('second', '0.9', { ...never, watch: { serveWithin: '5s' } });
    await until(stage.client, runId, (run) => statuses(run)['deploy'] === 'waiting');
    await stage.inject({ endpoint: 'modelApis.listVersions', kind: 'status', status: 200, body: [] });
    expect((await ended(runId)).failure?.code).toBe('DEPLOYMENT_TAKEN_BACK');
    expect(await running(stage, 'never-api')).toEqual([1]);
  });
});
