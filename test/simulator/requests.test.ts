import { describe, expect, it } from '@jest/globals';
import { onStage } from './stage.js';

describe('requests', () => {
  it(
    'lets in the key in either header, and nobody else',
    onStage({ apiKey: 'secret' }, async ({ call }) => {
      const self = (headers: Record<string, string>) => call('GET', '/api/users/v1/self', undefined, headers);
      expect((await self({ 'x-domino-api-key': 'secret' })).body.user.userName).toBe('ada');
      expect((await self({ authorization: 'Bearer secret' })).status).toBe(200);
      const refused = await self({ 'x-domino-api-key': 'simulator-key' });
      expect([refused.status, Object.keys(refused.body)]).toEqual([401, ['errors', 'requestId']]);
      expect((await self({})).status).toBe(401);
      expect((await call('GET', '/_simulator/ledger', undefined, {})).status).toBe(200);
    }),
  );

  it(
    'refuses a missing field in the words of Play, an unknown thing with 404, on each surface in its own shape',
    onStage({}, async ({ post, get, projectId }) => {
      const start = async (fields: object) =>
        post('/api/jobs/v1/jobs', { projectId: await projectId(), runCommand: 'x', ...fields });
      expect(await start({ runCommand: null })).toMatchObject({
        status: 400,
        body: { error: 'Json validation error: /runCommand error.path.missing' },
      });
      expect(await start({ runCommand: 5 })).toMatchObject({
        body: { error: 'Json validation error: /runCommand error.expected.jsstring' },
      });
      expect(await start({ hardwareTier: 'huge' })).toMatchObject({
        status: 404,
        body: { error: 'No hardware tier "huge" was found' },
      });
      expect((await start({ projectId: 'nowhere' })).status).toBe(404);
      expect((await start({ environmentId: 'nowhere' })).status).toBe(404);
      expect((await start({ commitId: 'f'.repeat(40) })).status).toBe(400);
      expect(await get('/v4/jobs/nothing')).toMatchObject({
        status: 404,
        body: { message: 'No job "nothing" was found' },
      });
      expect((await get('/api/jobs/v1/jobs')).status).toBe(404);
    }),
  );

  it(
    'ignores unknown fields, counts null as absent, and does not look at the case of words',
    onStage({}, async ({ post, newEnvironment, projectId }) => {
      await expect(newEnvironment({ visibility: 'Private', colour: 'red' })).resolves.toMatchObject({});
      const job = { projectId: await projectId(), runCommand: 'x', hardwareTierId: 'huge', title: null };
      expect((await post('/api/jobs/v1/jobs', job)).status).toBe(200);
    }),
  );

  it('gives the same ids to the same requests of the same seed, and others to another seed', async () => {
    const ids: string[] = [];
    for (const seed of [7, 7, 8])
      await onStage({ seed }, async ({ get, startJob }) => {
        await get('/version');
        ids.push(await startJob());
      })();
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });

  it(
    'changes what neighbouring endpoints say that they change',
    onStage({}, async ({ get, post, call, projectId }) => {
      const id = await projectId();
      const project = `/api/projects/v1/projects/${id}`;
      const collaborator = { id: (await get('/api/users/v1/self')).body.user.id, role: 'contributor' };
      await post(`${project}/collaborators`, collaborator);
      expect((await get(project)).body.project.collaborators).toEqual([collaborator]);
      expect((await post(`${project}/collaborators`, { ...collaborator, id: 'user-1' })).status).toBe(404);
      await call('DELETE', `${project}/collaborators/${collaborator.id}`);
      expect((await get(project)).body.project.collaborators).toEqual([]);
      const { repository } = (await post(`${project}/repositories`, { uri: 'https://git.test/a/b' })).body;
      expect((await get(`${project}/repositories`)).body.repositories).toEqual([repository]);
      const created = await post('/api/datasetrw/v1/datasets', { name: 'd', projectId: id });
      const datasetId = created.body.dataset.id;
      await post(`${project}/shared-datasets`, { datasetId });
      expect((await get(`${project}/shared-datasets`)).body.dataset.sharedDatasetIds).toEqual([datasetId]);
      expect((await post(`${project}/shared-datasets`, { datasetId: 'd1' })).status).toBe(404);
      const copy = (await post(`${project}/copy-project`, { copyDatasets: false })).body.project;
      expect(copy.name).toBe('iris-copy');
      await call('DELETE', `/api/projects/beta/projects/${copy.id}`);
      expect((await get('/api/projects/beta/projects')).body.metadata.totalCount).toBe(1);
      await call('DELETE', '/api/hardwaretiers/v1/hardwaretiers/small-k8s');
      expect((await get(`/v4/projects/${id}/hardwareTiers`)).list).toEqual([]);
    }),
  );

  it(
    'describes what it serves as OpenAPI 3.1',
    onStage({}, async ({ get }) => {
      const { body } = await get('/_simulator/openapi.json');
      expect(body).toMatchObject({
        openapi: '3.1.0',
        paths: {
          '/api/jobs/v1/jobs': {
            post: {
              operationId: 'jobs.start',
              requestBody: {
                content: { 'application/json': { schema: { required: ['projectId', 'runCommand'] } } },
              },
            },
          },
          '/v4/jobs/{jobId}': { get: { parameters: [{ name: 'jobId', in: 'path', required: true }] } },
        },
      });
    }),
  );
});

it(
  'refuses a body that is too large in the platform’s shape, and has it in its ledger',
  onStage({}, async ({ post, simulator }) => {
    const { status, body } = await post('/api/jobs/v1/jobs', { runCommand: 'x'.repeat(2_000_000) });
    expect([status, body]).toMatchObject([413, { error: 'The body is too large' }]);
    expect(simulator.ledger().at(-1)).toMatchObject({ endpoint: 'jobs.start', status: 413 });
  }),
);
