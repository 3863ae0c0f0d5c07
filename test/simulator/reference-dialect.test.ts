import { describe, expect, it } from '@jest/globals';
import { createSimulator } from '../../src/simulator/index.js';
import { onStage } from './stage.js';

const reference = { dialect: 'reference' } as const;

describe('the reference dialect', () => {
  it(
    'takes an environment from a base and answers flat, with Title-Case statuses',
    onStage(reference, async ({ get, post, call, pass, environmentId }) => {
      const created = await post('/api/environments/beta/environments', {
        name: 'training',
        description: 'for training',
        visibility: 'Private',
        baseEnvironmentId: await environmentId(),
      });
      expect(created).toMatchObject({ status: 200, body: { name: 'training', visibility: 'Private' } });
      const { id } = created.body;
      const revision = (
        await post(`/api/environments/beta/environments/${id}/revisions`, { dockerfileInstructions: 'RUN a' })
      ).body;
      expect(revision).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{24}$/), number: 2 });
      await pass(100);
      expect((await get(`/api/environments/v1/environments/${id}`)).body).toMatchObject({
        id,
        description: 'for training',
        dockerfileInstructions: 'RUN a',
        latestRevision: {
          id: revision.id,
          number: 2,
          status: 'Succeeded',
          dockerImage: `registry.simulator.test/environment:${id}-2`,
        },
      });
      const restrict = `/api/environments/beta/environments/${id}/revisions/${revision.id}`;
      expect((await call('PATCH', restrict, { restricted: true })).body).toEqual({ id: revision.id });
      const list = (await get('/api/environments/beta/environments?name=training&limit=50')).body;
      expect(list).toMatchObject({
        data: [{ id, latestRevisionId: revision.id }],
        offset: 0,
        limit: 50,
        totalCount: 1,
      });
    }),
  );

  it(
    'has a status of a revision from the start, where v6 has none',
    onStage(reference, async ({ get, post }) => {
      const environments = '/api/environments/beta/environments';
      const created = await post(environments, { name: 'e', baseEnvironmentId: 'none', image: 'base:1' });
      const { id } = created.body;
      expect(created.body.latestRevision.status).toBe('Queued');
      const revision = await post(`${environments}/${id}/revisions`, { dockerfileInstructions: 'RUN a' });
      expect(revision.body.status).toBe('Queued');
      const { latestRevision } = (await get(`/api/environments/v1/environments/${id}`)).body;
      expect(latestRevision).toMatchObject({ number: 2, status: 'Queued' });
    }),
  );

  it('has a world of its own, with the names that its documents use', async () => {
    const simulator = await createSimulator({ dialect: 'reference', speed: 100_000 });
    const headers = { 'x-domino-api-key': simulator.apiKey };
    const ask = async (path: string, body?: object): Promise<Record<string, unknown>> => {
      const request =
        body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
      const answer = await fetch(simulator.url + path, request);
      return (await answer.json()) as Record<string, unknown>; // an object, as every answer here
    };
    try {
      for (const baseEnvironmentId of ['env-123', 'base-env-id', 'domino-standard-env-id']) {
        const made = { name: 'made', description: 'd', visibility: 'Private', baseEnvironmentId };
        expect(await ask('/api/environments/beta/environments', made)).toMatchObject({ name: 'made' });
      }
      const found = await ask(
        '/v4/gateway/projects/findProjectByOwnerAndName?ownerName=ada&projectName=iris',
      );
      for (const hardwareTierId of ['small', 'medium']) {
        const job = { projectId: found['id'], commandToRun: 'a', environmentId: 'env-123', hardwareTierId };
        expect(await ask('/api/jobs/v1/jobs', job)).toMatchObject({ commandToRun: 'a' });
      }
    } finally {
      await simulator.close();
    }
  });

  it(
    'starts jobs by commandToRun and hardwareTierId, and tells them flat',
    onStage(reference, async ({ get, post, call, pass, projectId }) => {
      const project = await projectId();
      const start = (fields: object) => post('/api/jobs/v1/jobs', { projectId: project, ...fields });
      expect((await start({ runCommand: 'x' })).status).toBe(400);
      expect((await start({ commandToRun: 'x', hardwareTierId: 'huge' })).status).toBe(404);
      const { id } = (await start({ commandToRun: 'node train.js', hardwareTierId: 'small-k8s' })).body;
      await pass(80);
      const job = {
        id,
        number: 1,
        commandToRun: 'node train.js',
        status: 'Succeeded',
        startedAt: expect.any(String),
        endedAt: expect.any(String),
      };
      expect((await get(`/api/jobs/beta/jobs/${id}`)).body).toMatchObject(job);
      const list = (await get(`/api/jobs/beta/jobs?projectId=${project}`)).body;
      expect(list).toMatchObject({ data: [job], offset: 0, limit: 10, totalCount: 1 });
      expect((await get(`/api/jobs/beta/jobs/${id}/logs?logType=stdOut`)).text).toBe(
        '+ node train.js\ndone\n',
      );
      const tag = (await post(`/api/jobs/v1/jobs/${id}/tags`, { name: 'best' })).body;
      expect(tag.name).toBe('best');
      expect((await call('DELETE', `/api/jobs/v1/jobs/${id}/tags/${tag.id}`)).status).toBe(200);
      expect((await get(`/v4/jobs/${id}`)).body.statuses).toMatchObject({ isCompleted: true });
    }),
  );

  it(
    'registers the model of an experiment’s run',
    onStage(reference, async ({ get, post, pass, projectId }) => {
      const started = await post('/api/jobs/v1/jobs', { projectId: await projectId(), commandToRun: 'x' });
      await pass(80);
      const { dominoStats } = (await get(`/api/jobs/beta/jobs/${started.body.id}`)).body;
      const runId = dominoStats.find(({ name }) => name === 'mlflow_run_id')?.value;
      const source = { type: 'experiment', experimentId: '1', runId };
      const body = { name: 'iris', description: 'good', source };
      const registered = await post('/api/registeredmodels/v2', body);
      expect(registered.body).toMatchObject({ name: 'iris', latestVersion: 1, version: 1 });
      expect((await post('/api/registeredmodels/v1/iris/versions', { source })).body).toMatchObject({
        modelVersion: 2,
      });
      expect((await get('/api/registeredmodels/v2?limit=1')).body).toMatchObject({
        data: [{ name: 'iris' }],
        offset: 0,
        limit: 1,
        totalCount: 1,
      });
    }),
  );

  it(
    'deploys a model API from a file and a function, and tells its status at the root',
    onStage(reference, async ({ get, post, pass, projectId, environmentId }) => {
      const created = await post('/api/modelServing/v1/modelApis', {
        projectId: await projectId(),
        name: 'iris',
        description: 'predicts',
        modelFile: 'predict.js',
        modelFunction: 'predict',
        environmentId: await environmentId(),
      });
      expect(created).toMatchObject({ status: 201, body: { name: 'iris', status: 'Preparing to build' } });
      const path = `/api/modelServing/v1/modelApis/${created.body.id}`;
      const version = await post(`${path}/versions`, { modelFile: 'b.js', modelFunction: 'predict' });
      expect(version.body).toMatchObject({ number: 2, source: { type: 'File', file: 'b.js' } });
      await pass(100);
      expect((await get(path)).body.status).toBe('Running');
      expect((await get(`${path}/versions`)).list).toMatchObject([
        { status: 'Running' },
        { status: 'Running' },
      ]);
      expect((await get('/api/modelServing/v1/modelApis')).body).toMatchObject({
        data: [{ status: 'Running' }],
        totalCount: 1,
      });
    }),
  );

  it(
    'unwraps projects and users',
    onStage(reference, async ({ get }) => {
      expect((await get('/api/users/v1/self')).body.userName).toBe('ada');
      const { data } = (await get('/api/projects/beta/projects?name=iris')).body;
      expect((await get(`/api/projects/v1/projects/${data[0]?.id ?? ''}`)).body.name).toBe('iris');
      expect((await get('/api/projects/beta/projects?name=other')).body).toMatchObject({
        data: [],
        totalCount: 0,
      });
    }),
  );
});
