import { describe, expect, it } from '@jest/globals';
import { type Stage, onStage } from './stage.js';

async function register({ post }: Stage, fields: object, experimentRunId: string) {
  return post('/api/registeredmodels/v2', {
    modelName: 'iris / best',
    create: true,
    modelSource: { sourceType: 'mlflow', mlflowSource: { experimentRunId } },
    ...fields,
  });
}

async function trained({ get, pass, startJob }: Stage): Promise<string> {
  const id = await startJob();
  await pass(80);
  const stats = (await get(`/api/jobs/beta/jobs/${id}`)).body.job.dominoStats;
  return stats.find(({ name }) => name === 'mlflow_run_id')?.value ?? '';
}

const modelApis = '/api/modelServing/v1/modelApis';

async function newVersion({ projectId }: Stage, fields: object = {}) {
  return {
    projectId: await projectId(),
    source: { type: 'File', file: 'predict.js', function: 'predict' },
    logHttpRequestResponse: false,
    monitoringEnabled: false,
    ...fields,
  };
}

async function createModelApi(stage: Stage, fields: object = {}) {
  return stage.post(modelApis, {
    name: 'iris',
    description: 'serves [lh:abc234def567]',
    environmentId: await stage.environmentId(),
    environmentVariables: [],
    isAsync: false,
    strictNodeAntiAffinity: false,
    version: await newVersion(stage, { description: 'v1 [lh:zzz234def567]' }),
    ...fields,
  });
}

describe('registered models', () => {
  it(
    'are made once by name from the run of a job, and get versions after that',
    onStage({}, async (stage) => {
      const run = await trained(stage);
      const first = await register(stage, { description: 'good [lh:abc234def567]' }, run);
      expect(first.body).toMatchObject({
        registeredModel: { name: 'iris / best', latestVersion: 1, ownerUsername: 'ada' },
        modelVersion: { modelVersion: 1, experimentRunId: run },
      });
      expect(await register(stage, {}, run)).toMatchObject({
        status: 400,
        body: { error: 'A registered model named "iris / best" already exists' },
      });
      expect((await register(stage, { create: false }, run)).body.modelVersion).toMatchObject({
        modelVersion: 2,
      });
      const model = `/api/registeredmodels/v1/${encodeURIComponent('iris / best')}`;
      expect((await stage.get(model)).body).toMatchObject({ latestVersion: 2 });
      const { items } = (await stage.get(`${model}/versions`)).body;
      expect(items).toMatchObject([{ modelVersion: 2 }, { modelVersion: 1 }]);
      expect((await stage.get(`${model}/versions/3`)).status).toBe(404);
      const effects = stage.simulator.ledger().flatMap((row) => row.effects);
      expect(effects.slice(1, 3)).toEqual([
        { change: 'created', kind: 'registeredModel', id: 'iris / best', marker: 'lh:abc234def567' },
        { change: 'created', kind: 'modelVersion', id: 'iris / best/1' },
      ]);
    }),
  );

  it(
    'need a run that is known, and a model that exists unless they make one',
    onStage({}, async (stage) => {
      expect((await register(stage, {}, 'f'.repeat(32))).status).toBe(404);
      const run = await trained(stage);
      expect((await register(stage, { create: false }, run)).status).toBe(404);
    }),
  );

  it(
    'are listed by token',
    onStage({}, async (stage) => {
      const run = await trained(stage);
      for (const modelName of ['a', 'b', 'c']) await register(stage, { modelName }, run);
      const first = (await stage.get('/api/registeredmodels/v2?maxResults=2')).body;
      expect(first.items.map(({ name }) => name)).toEqual(['a', 'b']);
      const { nextPageToken } = first.metadata;
      const rest = (await stage.get(`/api/registeredmodels/v2?maxResults=2&pageToken=${nextPageToken}`)).body;
      expect(rest.items.map(({ name }) => name)).toEqual(['c']);
      expect(rest.metadata.nextPageToken).toBeUndefined();
    }),
  );
});

describe('model APIs', () => {
  it(
    'take a version through its life, and serve the new one once it runs',
    onStage({}, async (stage) => {
      const { get, post, pass } = stage;
      const created = await createModelApi(stage);
      expect(created.status).toBe(201);
      const path = `${modelApis}/${created.body.id}`;
      const firstId = created.body.activeVersion.id;
      const seen: unknown[] = [];
      for (const seconds of [0, 11, 60, 30]) {
        if (seconds > 0) await pass(seconds);
        seen.push((await get(`${path}/versions/${firstId}`)).body.deployment);
      }
      expect(seen).toEqual([
        { status: 'Preparing to build', isPending: true },
        { status: 'Building', isPending: true },
        { status: 'Starting', isPending: true },
        { status: 'Running', isPending: false },
      ]);
      const second = await post(`${path}/versions`, await newVersion(stage));
      expect([second.status, second.body.number]).toEqual([201, 2]);
      expect((await get(path)).body.activeVersion.id).toBe(firstId);
      await pass(100);
      expect((await get(path)).body.activeVersion.id).toBe(second.body.id);
      expect((await get(`${path}/versions`)).list.map(({ number }) => number)).toEqual([2, 1]);
    }),
  );

  it(
    'stop and start a version, and give predictions only while it runs',
    onStage({}, async (stage) => {
      const { get, post, pass } = stage;
      const { id, activeVersion } = (await createModelApi(stage)).body;
      const ask = async () => (await post(`/models/${id}/latest/model`, { data: { x: 1 } })).status;
      expect(await ask()).toBe(503);
      await pass(100);
      expect((await post(`/models/${id}/1/model`, { data: {} })).body.result).toEqual({ simulated: true });
      const order = (verb: string) => post(`/v4/models/${id}/${activeVersion.id}/${verb}ModelDeployment`);
      const state = async () =>
        (await get(`${modelApis}/${id}/versions/${activeVersion.id}`)).body.deployment;
      expect((await order('stop')).list).toMatchObject([{ modelId: id, modelVersionId: activeVersion.id }]);
      await pass(2);
      expect(await state()).toEqual({ status: 'Stopped', isPending: false });
      expect(await ask()).toBe(503);
      await order('start');
      expect(await state()).toEqual({ status: 'Starting', isPending: true });
      await pass(30);
      expect(await ask()).toBe(200);
    }),
  );

  it(
    'are found by a regular expression of their name, replaced by PUT, and gone from the list once archived',
    onStage({}, async (stage) => {
      const { get, call, environmentId } = stage;
      const { id } = (await createModelApi(stage)).body;
      await createModelApi(stage, { name: 'iris-2' });
      const names = async (query: string) =>
        (await get(`${modelApis}?${query}`)).body.items.map(({ name }) => name);
      expect(await names(`name=${encodeURIComponent('^iris$')}`)).toEqual(['iris']);
      expect(await names('name=iris&limit=1&offset=1')).toEqual(['iris-2']);
      const put = { name: 'flowers', description: '', environmentId: await environmentId() };
      expect((await call('PUT', `${modelApis}/${id}`, put)).status).toBe(400);
      expect((await call('PUT', `${modelApis}/${id}`, { ...put, replicas: 3 })).body.name).toBe('flowers');
      expect((await call('DELETE', `${modelApis}/${id}`)).status).toBe(204);
      expect(await names('')).toEqual(['iris-2']);
    }),
  );
});
