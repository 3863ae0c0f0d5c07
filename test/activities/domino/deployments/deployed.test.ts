/** The baseline is what was last deployed, whatever its state: against the simulator over HTTP. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { findDeployed, findPrevious } from '../../../../src/activities/domino/deployments/deployed.js';
import { createLiveModels } from '../../../../src/activities/domino/models/live-model.js';
import { createModelActivities } from '../../../../src/activities/domino/models/models.js';
import type { ServingVersion } from '../../../../src/run/undoing/effects.js';
import { type Setting, addVersion, openSetting, repeatedAttempt } from '../../retraining-stage.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function open(): Promise<Setting> {
  const setting = await openSetting({
    more: `jobs: [{ command: train, status: Succeeded, stats: { accuracy: '0.95' } }]`,
  });
  closing.push(() => setting.close());
  return setting;
}

const deployed = async (setting: Setting) =>
  findDeployed(setting.deps, await setting.projectId(), 'iris-api');
const previous = async (setting: Setting) =>
  findPrevious(setting.deps, await setting.projectId(), 'iris-api');
const baseline = async ({ deps, projectId }: Setting) => {
  const [id, modelApi] = [await projectId(), 'iris-api'];
  const serving = await findDeployed(deps, id, modelApi);
  return serving && createLiveModels(deps)({ projectId: id, modelApi, serving });
};

describe('what was last deployed', () => {
  it.each(['modelApis.list', 'modelApis.listVersions'])(
    'is not nothing where %s is answered with 404 for longer',
    async (endpoint) => {
      const setting = await open();
      const { modelApiId, versionId } = await setting.deploy();
      await setting.post('/_simulator/health', { modelApiId, versionId, status: 'Failed' });
      await setting.inject({ endpoint, kind: 'status', status: 404, body: { error: 'no' }, times: 6 });
      await expect(deployed(setting)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
      await expect(previous(setting)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    },
  );

  it.each(['Running', 'Unreachable', 'Stalled', 'Failed'])('is the version that is %s', async (status) => {
    const setting = await open();
    const { modelApiId, versionId } = await setting.deploy();
    await setting.post('/_simulator/health', { modelApiId, versionId, status });
    expect(await deployed(setting)).toEqual({ modelApiId, versionId, number: 1 });
    expect(await baseline(setting)).toMatchObject({
      model: 'iris',
      modelVersion: 1,
      metrics: { accuracy: 0.95 },
    });
    expect(await previous(setting)).toEqual(
      status === 'Failed' ? null : { modelApiId, versionId, number: 1 },
    );
  });

  it('is the version that was stopped, but nobody goes back to that one', async () => {
    const setting = await open();
    const { modelApiId, versionId } = await setting.deploy();
    await setting.post(`/v4/models/${modelApiId}/${versionId}/stopModelDeployment`);
    await setting.pass(60);
    expect(await deployed(setting)).toEqual({ modelApiId, versionId, number: 1 });
    expect(await previous(setting)).toBeNull();
  });

  describe('by a run that asks what was there before it', () => {
    const own = '[lh:abcdefghijkl]';
    const before = async (setting: Setting, known: { replaced?: ServingVersion | null } = {}) =>
      findPrevious(setting.deps, await setting.projectId(), 'iris-api', { ownMarkers: [own], ...known });

    it('is the version before its own that has not failed, although its own have stopped it', async () => {
      const setting = await open();
      const { modelApiId, versionId } = await setting.deploy();
      await setting.deploy();
      for (let made = 0; made < 2; made += 1) await setting.deploy(`by the run ${own}`);
      const { list } = await setting.get(`/api/modelServing/v1/modelApis/${modelApiId}/versions`);
      const failed = { deployment: { status: 'Failed', isPending: false } };
      const body = list.map((version) => ({ ...version, ...(version.number === 2 && failed) }));
      for (const answer of [[], body])
        await setting.inject({
          endpoint: 'modelApis.listVersions',
          kind: 'status',
          status: 200,
          body: answer,
        });
      expect(await before(setting)).toEqual({ modelApiId, versionId, number: 1 });
    });

    it('is what it was told before it deployed, where it knows, as long as its own is live', async () => {
      const setting = await open();
      const { modelApiId, versionId } = await setting.deploy();
      await setting.deploy('taken back');
      await setting.deploy(`by the run ${own}`);
      const replaced = { modelApiId, versionId, number: 1 };
      expect(await before(setting, { replaced })).toEqual(replaced);
      expect(await before(setting, { replaced: null })).toBeNull();
      await setting.deploy('by hand');
      expect(await before(setting, { replaced })).toMatchObject({ number: 4 });
    });

    it('is none where its own is the first', async () => {
      const setting = await open();
      await setting.deploy(`by the run ${own}`);
      expect(await before(setting)).toBeNull();
    });

    it('is the version of somebody else that came after its own', async () => {
      const setting = await open();
      await setting.deploy(`by the run ${own}`);
      const { modelApiId, versionId } = await setting.deploy();
      expect(await before(setting)).toEqual({ modelApiId, versionId, number: 2 });
    });
  });

  it('is there from its first moment on', async () => {
    const setting = await open();
    const modelApi = {
      ...{ name: 'iris-api', description: '', environmentId: await setting.environmentId() },
      ...{ environmentVariables: [], isAsync: false, strictNodeAntiAffinity: false },
      version: {
        ...{ projectId: await setting.projectId(), source: { type: 'File', file: 'a.py', function: 'f' } },
        ...{ logHttpRequestResponse: false, monitoringEnabled: false },
      },
    };
    await setting.post('/api/modelServing/v1/modelApis', modelApi);
    expect(await deployed(setting)).toMatchObject({ number: 1 });
  });

  it('is nothing only when a second look shows no version either', async () => {
    const setting = await open();
    expect(await deployed(setting)).toBeNull();
    expect(setting.asked().filter((endpoint) => endpoint === 'modelApis.list')).toHaveLength(2);
  });

  const nothing = { items: [], metadata: { offset: 0, limit: 100 } };
  it.each([
    ['an empty list', { endpoint: 'modelApis.list', status: 200, body: nothing }],
    ['a list that is not found', { endpoint: 'modelApis.list', status: 404, body: { error: 'gone' } }],
    [
      'a version that is not found',
      { endpoint: 'modelApis.getVersion', status: 404, body: { error: 'gone' } },
    ],
    [
      'a model that is not found',
      { endpoint: 'registeredModels.getVersion', status: 404, body: { error: 'gone' } },
    ],
    [
      'no job',
      { endpoint: 'jobs.list', status: 200, body: { jobs: [], metadata: { offset: 0, limit: 100 } } },
    ],
  ])('is not taken for nothing after %s', async (_, fault) => {
    const setting = await open();
    await setting.deploy();
    await setting.inject({ ...fault, kind: 'status' });
    expect(await baseline(setting)).toMatchObject({ metrics: { accuracy: 0.95 } });
  });

  it.each([
    ['404', { status: 404, body: { error: 'gone' } }],
    ['400', { status: 400, body: { error: 'no' } }],
  ])('is unknown, and not missing, while its version is answered with %s', async (_, fault) => {
    const setting = await open();
    await setting.deploy();
    await setting.inject({ ...fault, kind: 'status', endpoint: 'modelApis.getVersion', times: 5 });
    await expect(baseline(setting)).rejects.toMatchObject({ code: 'BASELINE_UNKNOWN' });
  });

  it.each(['modelApis.list', 'modelApis.listVersions'])(
    'is unknown, and no failure of the run, where %s is refused',
    async (endpoint) => {
      const setting = await open();
      const { modelApiId, versionId } = await setting.deploy();
      await setting.post('/_simulator/health', { modelApiId, versionId, status: 'Failed' });
      const deps = { ...setting.deps, foreseeing: repeatedAttempt() };
      const { getLiveModel } = createModelActivities(deps, createLiveModels(deps));
      const asked = { connection: 'domino-test', project: 'ada/iris', modelApi: 'iris-api' };
      for (const status of [400, 405, 422]) {
        await setting.inject({ endpoint, kind: 'status', status, body: { error: 'no' } });
        await expect(getLiveModel(asked)).rejects.toMatchObject({ code: 'BASELINE_UNKNOWN' });
      }
      expect(await getLiveModel(asked)).toMatchObject({ metrics: { accuracy: 0.95 } });
    },
  );

  it('is found however many jobs came after its training', async () => {
    const setting = await open();
    await setting.deploy();
    for (let started = 0; started < 250; started += 50)
      await Promise.all(Array.from({ length: 50 }, () => setting.startJob({ runCommand: 'other' })));
    expect(await baseline(setting)).toMatchObject({ metrics: { accuracy: 0.95 } });
  });

  it('is what its training has measured, not what a later evaluation of it has', async () => {
    const setting = await open();
    const { trainingJob } = await setting.deploy();
    await setting.startJob({ runCommand: 'evaluate' });
    await setting.pass(200);
    const query = `projectId=${await setting.projectId()}`;
    const { body } = await setting.get(`/api/jobs/beta/jobs?${query}`);
    const { dominoStats = [] } = body.jobs.find(({ id }) => id === trainingJob) ?? {};
    const trained = dominoStats.find(({ name }) => name === 'mlflow_run_id')?.value ?? '';
    const evaluated = [
      { name: 'evaluated_run', value: trained },
      { name: 'accuracy', value: '0.71' },
    ];
    const jobs = body.jobs.map((job) => (job.id === trainingJob ? job : { ...job, dominoStats: evaluated }));
    const answer = { status: 200, body: { ...body, jobs }, times: 10 };
    await setting.inject({ endpoint: 'jobs.list', kind: 'status', ...answer });
    expect(await baseline(setting)).toMatchObject({ metrics: { accuracy: 0.95 } });
  });

  describe('whose training a list leaves out, or what that has measured', () => {
    /** Answers of the list of jobs: what an evaluation has measured alone, or the training without its metric. */
    const listing = async (setting: Setting, what: 'evaluation' | 'nothing measured', times: number) => {
      const { trainingJob } = await setting.deploy();
      const { body } = await setting.get(`/api/jobs/beta/jobs?projectId=${await setting.projectId()}`);
      const [training] = body.jobs.filter(({ id }) => id === trainingJob);
      const run = training?.dominoStats.find(({ name }) => name === 'mlflow_run_id');
      const dominoStats =
        what === 'evaluation'
          ? [
              { name: 'evaluated_run', value: run?.value },
              { name: 'accuracy', value: '0.71' },
            ]
          : [run];
      const answer = { status: 200, body: { ...body, jobs: [{ ...training, dominoStats }] }, times };
      await setting.inject({ endpoint: 'jobs.list', kind: 'status', ...answer });
    };
    const reader = async ({ deps, projectId }: Setting) => {
      const [id, read] = [await projectId(), createLiveModels(deps)];
      const serving = await findDeployed(deps, id, 'iris-api');
      if (serving === null) throw new Error('nothing is deployed');
      return () => read({ projectId: id, modelApi: 'iris-api', serving, metrics: ['accuracy'] });
    };

    it('is not an evaluation of it that one list shows alone', async () => {
      const setting = await open();
      await listing(setting, 'evaluation', 1);
      expect(await (await reader(setting))()).toMatchObject({ metrics: { accuracy: 0.95 } });
    });

    it.each([
      ['evaluation', { accuracy: 0.71 }],
      ['nothing measured', {}],
    ] as const)('is read anew after all lists have shown %s', async (what, metrics) => {
      const setting = await open();
      // A page that may have others behind it is followed by one that brings nothing new.
      await listing(setting, what, 4);
      const read = await reader(setting);
      expect(await read()).toMatchObject({ metrics });
      await setting.call('DELETE', '/_simulator/faults');
      expect(await read()).toMatchObject({ metrics: { accuracy: 0.95 } });
      const asked = setting.asked().length;
      expect(await read()).toMatchObject({ metrics: { accuracy: 0.95 } });
      expect(setting.asked()).toHaveLength(asked);
    });
  });

  it('is unknown when it was deployed from a file', async () => {
    const setting = await open();
    await addVersion(setting, { type: 'File', file: 'predict.js', function: 'predict' });
    await expect(baseline(setting)).rejects.toMatchObject({
      code: 'BASELINE_UNKNOWN',
      message: 'the live version of iris-api was deployed from a file, not from a registered model',
    });
  });
});
