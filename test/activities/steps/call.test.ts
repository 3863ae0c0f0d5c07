/** The step that calls an endpoint, against the simulator: what is sent how often, and what is found again. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { call as room } from '../../../src/activities/steps/call.js';
import { createCallActivities } from '../../../src/activities/steps/calls.js';
import { dominoActivities } from '../../../src/activities/domino/index.js';
import { createForesight } from '../../../src/activities/replay/foresight.js';
import { LonghaulError } from '../../../src/run/failures/errors.js';
import type { CallSpec } from '../../../src/run/documents/requests.js';
import type { Json } from '../../../src/run/steps.js';
import { createPlatformClient } from '../../../src/platform/client.js';
import { dominoWing } from '../../../src/platform/domino/index.js';
import { call } from '../../../src/steps/call.js';
import { type Performing, contextOf } from '../performing.js';
import { type Setting, openSetting } from '../retraining-stage.js';

const origin = { runId: 'x.y', firstAttemptId: 'a', step: 'make', generation: 1 };
const marker = expect.stringMatching(/^old data \[lh:[a-z2-7]{12}\]$/);

interface Ids {
  readonly projectId: string;
  readonly environmentId: string;
  readonly modelApiId: string;
  readonly experimentRunId: string;
  readonly deploymentTargetId: string;
  readonly resourceConfigurationId: string;
}

let setting: Setting;
let create: CallSpec;
beforeEach(async () => {
  setting = await openSetting();
  const projectId = await setting.projectId();
  const body = { name: 'archive', description: 'old data', projectId };
  create = { endpoint: 'domino.datasets.create', body };
});
afterEach(() => setting.close());

async function perform(spec: CallSpec, more: Partial<Performing> = {}): Promise<Json> {
  const between = () => setting.pass(5);
  const { step } = contextOf(createCallActivities(setting.deps), { origin, between, ...more });
  return call.perform(step, spec);
}
const asked = (endpoint: string) => setting.asked().filter((one) => one === endpoint).length;
const archives = async () => {
  const { body } = await setting.get('/api/datasetrw/v2/datasets');
  const { datasets } = body as unknown as { datasets: { dataset: { name: string; description: string } }[] };
  return datasets.flatMap(({ dataset }) => (dataset.name === 'archive' ? [dataset.description] : []));
};
async function newTarget() {
  const [type] = (await setting.get('/api/admin/v1/deploymentTargetTypes')).list;
  const { body } = await setting.post('/api/admin/v1/deploymentTargets', {
    ...{ name: 'aws', deploymentTargetTypeId: type?.id, configuration: { region: 'eu-central-1' } },
    ...{ isGloballyAccessible: true, userAndOrganizationIds: [] },
    resourceConfigurations: [{ name: 'small', configuration: { instanceType: 'ml.m5.large' } }],
  });
  return {
    deploymentTargetId: body.id,
    resourceConfigurationId: body.resourceConfigurations[0]?.id ?? '',
  };
}
const snapshot = async (): Promise<CallSpec> => {
  const { body } = await setting.get('/api/datasetrw/v2/datasets');
  const { datasets } = body as unknown as { datasets: { dataset: { id: string } }[] };
  return {
    endpoint: 'domino.datasets.createSnapshot',
    params: { datasetId: datasets[0]?.dataset.id ?? '' },
    body: { relativeFilePaths: ['.'] },
  };
};

describe('an endpoint that is safe or idempotent', () => {
  it('is called with its parameters and query, and again where its answer is lost', async () => {
    await setting.inject({ endpoint: 'projects.find', kind: 'lose-answer' });
    const query = { ownerName: 'ada', projectName: 'iris' };
    const before = asked('projects.find');
    const found = await perform({ endpoint: 'domino.projects.find', query });
    expect(asked('projects.find')).toBe(before + 2);
    expect(found).toEqual({ body: { id: await setting.projectId(), name: 'iris' } });
  });

  it('hands over what is selected of its answer', async () => {
    const select = { name: '/datasets/0/dataset/name', none: '/datasets/9' };
    expect(await perform({ endpoint: 'domino.datasets.list', select })).toEqual({
      body: { name: 'measurements' },
    });
  });

  it('waits for a person where what it is given does not fit, and sends nothing', async () => {
    const query = { ownerName: 'ada' };
    const before = asked('projects.find');
    await expect(perform({ endpoint: 'domino.projects.find', query })).rejects.toMatchObject({
      type: 'EXPRESSION_FAILED',
      message: expect.stringContaining('query.projectName of domino.projects.find does not fit'),
    });
    expect(asked('projects.find')).toBe(before);
  });

  it.each(['..', '.', ''])(
    'waits for a person where a value of its path would lead elsewhere, and sends nothing: %j',
    async (datasetId) => {
      const before = setting.asked().length;
      await expect(perform({ endpoint: 'domino.datasets.get', params: { datasetId } })).rejects.toMatchObject(
        {
          type: 'EXPRESSION_FAILED',
          message: `params.datasetId of domino.datasets.get came to ${JSON.stringify(datasetId)}, which would lead to another address; nothing was sent`,
        },
      );
      expect(setting.asked().length).toBe(before);
    },
  );

  const archive = async (): Promise<string> => {
    const { body } = (await perform({ ...create, select: { id: '/dataset/id' } })) as {
      body: { id: string };
    };
    return body.id;
  };
  const missing = { kind: 'status', status: 404, body: { errors: ['no such dataset'] } };

  it('is called again where what it names is not shown yet, and fails where it stays so', async () => {
    const params = { datasetId: await archive() };
    await setting.inject({ endpoint: 'datasets.get', ...missing, times: 2 });
    await setting.inject({ endpoint: 'datasets.update', ...missing, times: 2 });
    const spec = { endpoint: 'domino.datasets.get', params, select: { id: '/dataset/id' } };
    expect(await perform(spec)).toEqual({ body: { id: params.datasetId } });
    const update = { ...spec, endpoint: 'domino.datasets.update', body: { description: 'old' } };
    expect(await perform(update)).toEqual({ body: { id: params.datasetId } });
    await setting.inject({ endpoint: 'datasets.get', ...missing, times: 100 });
    const asksAfter = async (given: Pick<CallSpec, 'given'>): Promise<number> => {
      const before = asked('datasets.get');
      await expect(perform({ ...spec, ...given })).rejects.toMatchObject({ type: 'NOT_FOUND' });
      return asked('datasets.get') - before;
    };
    expect(await asksAfter({})).toBe(4);
    expect(await asksAfter({ given: true })).toBe(1);
  });

  it('has deleted what is gone after a lost answer, and only then', async () => {
    const spec = { endpoint: 'domino.datasets.delete', params: { datasetId: await archive() } };
    await setting.inject({ endpoint: 'datasets.delete', kind: 'lose-answer' });
    expect(await perform(spec)).toEqual({ body: null });
    await expect(perform(spec)).rejects.toMatchObject({ type: 'NOT_FOUND' });
    await expect(perform(spec, { begunBefore: true })).rejects.toMatchObject({ type: 'NOT_FOUND' });
    expect(await perform(spec, { firstTry: 2 })).toEqual({ body: null });
  });

  it('waits for a person where it is refused after a lost answer: it may be done already', async () => {
    const { modelApiId, versionId } = await setting.deploy();
    const spec = { endpoint: 'domino.modelApis.stopVersion', params: { modelApiId, versionId } };
    const refused = { kind: 'status', status: 400, body: { message: 'it is stopped' } };
    await setting.inject({ endpoint: 'modelApis.stopVersion', kind: 'lose-answer' });
    await setting.inject({ endpoint: 'modelApis.stopVersion', ...refused, occurrence: 2, times: 100 });
    await expect(perform(spec)).rejects.toMatchObject({
      type: 'EFFECT_UNKNOWN',
      message: expect.stringMatching(
        /it is stopped; an earlier try of domino\.modelApis\.stopVersion may have done it/,
      ),
    });
    await expect(perform(spec)).rejects.toMatchObject({ type: 'REQUEST_REJECTED' });
  });

  it('refuses what takes an upload before it is sent', async () => {
    const params = { owner: 'ada', project: 'iris', path: 'notes.txt' };
    const put: CallSpec = { endpoint: 'domino.projectFiles.upload', params, body: 'hello' };
    await expect(perform(put)).rejects.toMatchObject({
      type: 'EXPRESSION_FAILED',
      message: expect.stringContaining('it takes an upload'),
    });
    expect(asked('projectFiles.upload')).toBe(0);
  });
});

describe('an endpoint that creates what can be found again', () => {
  it('marks what it makes, and answers as the platform does', async () => {
    expect(await perform(create)).toMatchObject({
      body: { dataset: { name: 'archive', description: marker } },
    });
    expect(await archives()).toEqual([marker]);
  });

  it.each(['lose-answer', 'truncate', 'lose-request'])(
    'makes one where something is lost: %s',
    async (kind) => {
      await setting.inject({ endpoint: 'datasets.create', kind });
      const { body, inDoubt } = (await perform(create)) as { body: Json; inDoubt?: true };
      expect(body).toMatchObject({ dataset: { name: 'archive', description: marker } });
      expect(inDoubt).toBe(true);
      expect(await archives()).toEqual([marker]);
    },
  );

  it('takes it over by another worker where its worker has died, and in another attempt', async () => {
    const spec = { ...create, select: { id: '/dataset/id' } };
    const made = (await perform(spec)) as { body: Json };
    expect(await perform(spec, { firstTry: 2 })).toEqual({ ...made, inDoubt: true });
    expect(await perform(spec, { begunBefore: true })).toEqual({ ...made, inDoubt: true });
    expect(await archives()).toHaveLength(1);
  });

  it('fails where another one has the name', async () => {
    await perform(create);
    await expect(perform(create, { origin: { ...origin, generation: 2 } })).rejects.toMatchObject({
      type: 'REQUEST_REJECTED',
    });
  });

  const version = {
    source: { type: 'Registry', registeredModelName: 'iris', registeredModelVersion: 1 },
    ...{ logHttpRequestResponse: false, monitoringEnabled: false },
  };
  const modelApi = { environmentVariables: [], isAsync: false, strictNodeAntiAffinity: false };
  const noConfigs = { sharedConfig: {}, modelConfigs: {} };
  const image = 'registry.example/base:2';
  /** What each is called with, and where its answer says what carries the marker. */
  const cases: Record<string, (ids: Ids) => Pick<CallSpec, 'body' | 'params'> & { readonly text: string }> = {
    'jobs.start': ({ projectId }) => ({ body: { projectId, runCommand: 'train' }, text: '/job/title' }),
    'environments.create': () => ({
      body: { name: 'mine', image, addBaseDependencies: true },
      text: '/environment/name',
    }),
    'projects.create': () => ({
      body: { name: 'mine', description: 'of mine', visibility: 'Private' },
      text: '/project/description',
    }),
    'modelApis.create': ({ projectId, environmentId }) => ({
      body: { ...modelApi, name: 'mine', description: '', environmentId, version: { ...version, projectId } },
      text: '/description',
    }),
    'modelApis.createVersion': ({ projectId, modelApiId }) => ({
      params: { modelApiId },
      body: { ...version, projectId, description: 'again' },
      text: '/description',
    }),
    'apps.create': ({ projectId }) => ({
      body: { name: 'mine', projectId, visibility: 'PUBLIC', version: {} },
      text: '/description',
    }),
    'modelDeployments.create': ({ environmentId, deploymentTargetId, resourceConfigurationId }) => ({
      body: {
        ...{ name: 'mine', deploymentTargetId, resourceConfigurationId },
        models: [
          {
            ...{ name: 'iris', environmentId },
            source: {
              ...{ registeredModelName: 'iris', registeredModelVersion: 1 },
              registeredModelType: 'MODELREGISTRY',
            },
          },
        ],
        configuration: { ...noConfigs, deploymentType: { ...noConfigs, type: 'SYNC_ENDPOINT' } },
      },
      text: '/description',
    }),
    'registeredModels.createVersion': ({ experimentRunId }) => ({
      params: { modelName: 'iris' },
      body: { experimentRunId, artifact: 'model', description: 'again' },
      text: '/modelVersionDescription',
    }),
  };

  it.each(Object.keys(cases))('finds what was made where its answer is lost: %s', async (name) => {
    const { modelApiId, trainingJob } = await setting.deploy();
    const stats = (await setting.get(`/api/jobs/beta/jobs/${trainingJob}`)).body.job.dominoStats;
    const ids = {
      ...{ modelApiId, projectId: await setting.projectId(), environmentId: await setting.environmentId() },
      experimentRunId: stats.find((stat) => stat.name === 'mlflow_run_id')?.value ?? '',
      ...(await newTarget()),
    };
    const { text, ...given } = cases[name]?.(ids) ?? { text: '' };
    const before = asked(name);
    await setting.inject({ endpoint: name, kind: 'lose-answer' });
    const spec = { ...given, endpoint: `domino.${name}`, select: { text } };
    const { body } = (await perform(spec)) as { body: { text: string } };
    expect(asked(name)).toBe(before + 1);
    expect(body.text).toEqual(
      name === 'environments.create' ? 'mine' : expect.stringMatching(/(^| )\[lh:[a-z2-7]{12}\]$/),
    );
  });

  it('is not called again while what its first request makes may still come', async () => {
    const { deps } = setting;
    const waits = { ...deps.waits, settleMs: 5, sweepMs: 500 };
    const body = { projectId: await setting.projectId(), runCommand: 'train' };
    await setting.inject({ endpoint: 'jobs.start', kind: 'late-commit', ms: 150 });
    const between = () => delay(10);
    const { step } = contextOf(createCallActivities({ ...deps, waits }), { origin, between });
    const { body: made } = (await call.perform(step, { endpoint: 'domino.jobs.start', body })) as {
      body: Json;
    };
    expect(made).toMatchObject({ job: { title: expect.stringMatching(/\[lh:/) as unknown } });
    expect(asked('jobs.start')).toBe(1);
  });
});

describe('an endpoint that creates what cannot be found again', () => {
  it('is called once, and a person looks where its answer is lost', async () => {
    const spec = await snapshot();
    await setting.inject({ endpoint: 'datasets.createSnapshot', kind: 'lose-answer' });
    await expect(perform(spec)).rejects.toMatchObject({ type: 'EFFECT_UNKNOWN', details: ['MAY_BE_MADE'] });
    expect(asked('datasets.createSnapshot')).toBe(1);
  });

  it('is not called by a worker or an attempt that does not know whether it was', async () => {
    const spec = await snapshot();
    await expect(perform(spec, { firstTry: 2 })).rejects.toMatchObject({ type: 'EFFECT_UNKNOWN' });
    await expect(perform(spec, { begunBefore: true })).rejects.toMatchObject({ type: 'EFFECT_UNKNOWN' });
    expect(asked('datasets.createSnapshot')).toBe(0);
  });

  it('is called where its credential was missing before', async () => {
    const spec = await snapshot();
    let isMissing = true;
    const credential = () => {
      if (isMissing)
        throw new LonghaulError('CREDENTIALS_MISSING', 'the environment variable KEY is not set');
      return { kind: 'apiKey' as const, value: setting.simulator.apiKey };
    };
    const connection = { name: 'domino-test', url: setting.simulator.url, dialect: 'v6' };
    const platform = { ...connection, requestTimeoutMs: 30_000, credential };
    const deps = { ...setting.deps, domino: createPlatformClient(dominoWing, platform) };
    const between = () => {
      isMissing = false;
      return setting.pass(5);
    };
    const { step } = contextOf(createCallActivities(deps), { origin, between });
    expect(await call.perform(step, spec)).toMatchObject({ body: { snapshot: {} } });
    expect(asked('datasets.createSnapshot')).toBe(1);
  });

  it('is called again where the platform has refused it before it was taken', async () => {
    const spec = await snapshot();
    await setting.inject({
      endpoint: 'datasets.createSnapshot',
      kind: 'status',
      status: 429,
      body: { errors: ['slow down'] },
    });
    expect(await perform(spec)).toMatchObject({ body: { snapshot: { datasetId: expect.any(String) } } });
    expect(asked('datasets.createSnapshot')).toBe(2);
  });
});

describe('the plan of a call', () => {
  const plan = (spec: CallSpec) =>
    room.foresee(
      createForesight(dominoActivities, setting.deps),
      { connection: 'domino-test', origin, begunBefore: true },
      spec,
    );

  it('says what would be sent, and what is there already', async () => {
    expect(await plan({ endpoint: 'domino.datasets.list' })).toEqual({
      why: 'calls domino.datasets.list',
      calls: [],
    });
    expect(await plan(create)).toEqual({
      why: 'nothing carries its marker: calls domino.datasets.create',
      calls: [{ endpoint: 'datasets.create', on: 'the platform' }],
    });
    await perform(create);
    expect(await plan(create)).toEqual({
      why: 'what domino.datasets.create has made carries its marker: it is taken over',
      calls: [],
    });
    const spec = await snapshot();
    expect(await plan(spec)).toEqual({
      why: 'calls domino.datasets.createSnapshot, unless an earlier attempt may have: then a person is asked',
      calls: [{ endpoint: 'datasets.createSnapshot', on: spec.params?.['datasetId'] }],
    });
    expect(asked('datasets.createSnapshot')).toBe(0);
  });
});
