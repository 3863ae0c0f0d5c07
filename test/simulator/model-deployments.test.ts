import { describe, expect, it } from '@jest/globals';
import { type Body, type Stage, fixedWorld, onStage } from './stage.js';

const deployments = '/api/modelServing/v1/modelDeployments';
const targets = '/api/admin/v1/deploymentTargets';

/** A target, and a registered model of the project, and what deploys it there. */
async function newDeployment(stage: Stage, fields: object = {}) {
  const { get, post, pass, startJob, environmentId } = stage;
  const job = await startJob();
  await pass(80);
  const { dominoStats } = (await get(`/api/jobs/beta/jobs/${job}`)).body.job;
  const experimentRunId = dominoStats.find(({ name }) => name === 'mlflow_run_id')?.value;
  const modelSource = { sourceType: 'mlflow', mlflowSource: { experimentRunId } };
  await post('/api/registeredmodels/v2', { modelName: 'iris', create: true, modelSource });
  const [type] = (await get('/api/admin/v1/deploymentTargetTypes')).list;
  const target = await post(targets, {
    name: 'aws',
    deploymentTargetTypeId: type?.id,
    configuration: { region: 'eu-central-1' },
    isGloballyAccessible: true,
    userAndOrganizationIds: [],
    resourceConfigurations: [{ name: 'small', configuration: { instanceType: 'ml.m5.large' } }],
  });
  expect(target.status).toBe(200);
  const empty = { sharedConfig: {}, modelConfigs: {} };
  return {
    name: 'iris',
    description: 'serves [lh:abc234def567]',
    deploymentTargetId: target.body.id,
    resourceConfigurationId: target.body.resourceConfigurations[0]?.id,
    models: [
      {
        name: 'iris',
        environmentId: await environmentId(),
        source: {
          registeredModelName: 'iris',
          registeredModelType: 'MODELREGISTRY',
          registeredModelVersion: 1,
        },
      },
    ],
    configuration: { ...empty, deploymentType: { ...empty, type: 'SYNC_ENDPOINT' } },
    ...fields,
  };
}

async function stateAt({ get }: Stage, path: string): Promise<unknown> {
  const body: Partial<Body> = (await get(path)).body;
  return body.status?.state;
}

describe('model deployments', () => {
  it(
    'come into service, stop and start, and take no order that does not fit how they stand',
    onStage({}, async (stage) => {
      const { call, post, pass } = stage;
      const { id } = (await post(deployments, await newDeployment(stage))).body;
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-/);
      const path = `${deployments}/${id}`;
      expect(await stateAt(stage, path)).toBeUndefined();
      await pass(1);
      expect(await stateAt(stage, path)).toBe('STARTING');
      expect(await post(`${path}/stop`)).toMatchObject({
        status: 400,
        body: { error: 'The model deployment is STARTING, and must be RUNNING' },
      });
      await pass(100);
      expect(await stateAt(stage, path)).toBe('RUNNING');
      expect((await post(`${path}/start`)).status).toBe(400);
      expect(await post(`${path}/stop`)).toMatchObject({ status: 204, text: '' });
      expect(await stateAt(stage, path)).toBe('STOPPING');
      await pass(2);
      expect(await stateAt(stage, path)).toBe('STOPPED');
      await post(`${path}/start`);
      await pass(100);
      expect(await stateAt(stage, path)).toBe('RUNNING');
      expect((await call('DELETE', path)).status).toBe(204);
      expect(await stateAt(stage, path)).toBe('DELETING');
      await pass(2);
      expect(await stateAt(stage, path)).toBe('DELETED');
      expect(await post(`${path}/start`)).toMatchObject({
        status: 400,
        body: { error: `The model deployment ${id} is deleted` },
      });
      expect((await stage.get(deployments)).body).toMatchObject({ items: [], metadata: { totalCount: 0 } });
      const marked = { kind: 'modelDeployment', id, marker: 'lh:abc234def567' };
      const effects = stage.simulator.ledger().flatMap((row) => row.effects);
      expect(effects.filter(({ kind }) => kind === 'modelDeployment')).toEqual([
        { change: 'created', ...marked },
        ...Array.from({ length: 3 }, () => ({ change: 'changed', ...marked })),
      ]);
    }),
  );

  it(
    'change into another version, and stay what they are where nothing changes',
    onStage({}, async (stage) => {
      const { call, post, pass, get } = stage;
      const asked = await newDeployment(stage);
      const path = `${deployments}/${(await post(deployments, asked)).body.id}`;
      await pass(101);
      expect((await call('PATCH', path, { name: 'iris' })).body).toMatchObject({ version: 1 });
      expect((await call('PATCH', path, { name: 'roses' })).body).toMatchObject({
        ...{ name: 'roses', version: 2, description: asked.description },
        status: { state: 'UPDATING' },
      });
      await pass(50);
      expect(await stateAt(stage, path)).toBe('RUNNING');
      expect((await call('PATCH', path, { deploymentTargetId: 'none' })).status).toBe(404);
      expect((await get(`${deployments}?name=rose&registeredModelName=iris`)).body.items).toHaveLength(1);
      expect(
        (await get(`${deployments}?registeredModelName=iris&registeredModelVersion=2`)).body.items,
      ).toEqual([]);
      expect((await get(`${deployments}?registeredModelVersion=2`)).status).toBe(400);
    }),
  );

  it(
    'give temporary credentials while they serve, and a log by the suffix that their status tells',
    onStage({}, async (stage) => {
      const { get, post, pass } = stage;
      const path = `${deployments}/${(await post(deployments, await newDeployment(stage))).body.id}`;
      expect((await get(`${path}/credentials`)).body.items).toEqual([]);
      await pass(101);
      expect((await get(`${path}/credentials`)).body.items).toMatchObject(
        [{ operationType: 'PREDICT', credentialsType: 'AWS', credentials: { accessKeyId: /./ } }].map(
          (one) => ({ ...one, credentials: { accessKeyId: expect.stringMatching(/^ASIA/) } }),
        ),
      );
      const { logSuffix } = (await get(path)).body.status.sharedState;
      expect((await get(`${path}/logs/${logSuffix}`)).list).toMatchObject([
        { log: 'create iris', streamType: 'stdout' },
        { log: 'The endpoint is in service' },
      ]);
      expect((await get(`${path}/logs/other`)).status).toBe(404);
    }),
  );

  it(
    'fail where the world says so, and are started again from there',
    onStage(
      { yaml: `${fixedWorld}modelDeployments: [{ name: iris, message: no capacity }]\n` },
      async (stage) => {
        const { get, post, pass } = stage;
        const path = `${deployments}/${(await post(deployments, await newDeployment(stage))).body.id}`;
        await pass(101);
        expect((await get(path)).body.status).toMatchObject({ state: 'FAILED', message: 'no capacity' });
        expect((await post(`${path}/start`)).status).toBe(204);
        expect(await stateAt(stage, path)).toBe('STARTING');
      },
    ),
  );

  it(
    'are refused with what is wrong or missing, and nothing comes of it',
    onStage({}, async (stage) => {
      const { get, post } = stage;
      const asked = await newDeployment(stage);
      const refused = async (fields: object) => {
        const { status, body } = await post(deployments, { ...asked, ...fields });
        return `${status} ${body.error}`;
      };
      expect(await refused({ name: '' })).toBe('400 Json validation error: /name error.minLength');
      expect(await refused({ configuration: undefined })).toBe(
        '400 Json validation error: /configuration error.path.missing',
      );
      expect(await refused({ models: [] })).toBe('400 models must not be empty');
      expect(await refused({ deploymentTargetId: 'x' })).toBe('404 No deployment target "x" was found');
      expect(await refused({ resourceConfigurationId: 'x' })).toBe(
        '404 No resource configuration "x" was found',
      );
      const [model] = asked.models;
      const models = [{ ...model, source: { ...model?.source, registeredModelVersion: 7 } }];
      expect(await refused({ models })).toBe('404 No version "iris/7" was found');
      expect((await get(deployments)).body.items).toEqual([]);
      expect((await post(`${deployments}/none/start`)).status).toBe(404);
    }),
  );
});
