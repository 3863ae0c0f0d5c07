/** What only Domino's Python client asks; `npm run real-clients` runs the client itself. */
import { describe, expect, it } from '@jest/globals';
import { type Stage, onStage } from '../stage.js';

const id = expect.stringMatching(/^[0-9a-f]{24}$/);
const parsed = (text: string): unknown => JSON.parse(text);

describe('jobs of /v4', () => {
  it(
    'take their own names of fields, leave out what is null, and pin a revision by an object',
    onStage({}, async ({ get, post, projectId, environmentId }) => {
      const environment = await environmentId();
      const { latestRevision } = (await get(`/v4/environments/${environment}`)).body;
      const started = await post('/v4/jobs/start', {
        projectId: await projectId(),
        commandToRun: 'main.py',
        overrideHardwareTierId: 'small-k8s',
        environmentId: environment,
        environmentRevisionSpec: { revisionId: latestRevision.id },
        commitId: null,
        computeClusterProperties: null,
        externalVolumeMounts: null,
      });
      expect(started).toMatchObject({ status: 200, body: { id, jobRunCommand: 'main.py' } });
      const runtime = await get(`/v4/jobs/${started.body.id}/runtimeExecutionDetails`);
      expect(runtime.body.environment.environmentRevisionId).toBe(latestRevision.id);
    }),
  );

  it(
    'are listed three at a time, newest first, unless the query says otherwise',
    onStage({}, async ({ get, startJob, projectId }) => {
      for (let job = 0; job < 5; job += 1) await startJob();
      const list = async (query: string) =>
        (await get(`/v4/jobs?projectId=${await projectId()}&show_archived=False${query}`)).body;
      const first = await list('');
      expect(first).toMatchObject({
        totalCount: 5,
        pagination: { limit: 3, offset: 0, orderBy: 'number', sortBy: 'desc' },
      });
      expect(first.jobs.map(({ number }) => number)).toEqual([5, 4, 3]);
      const second = await list('&order_by=number&sort_by=asc&page_size=2&page_no=2&status=all');
      expect(second.jobs.map(({ number }) => number)).toEqual([3, 4]);
      expect((await get(`/v4/jobs?projectId=${await projectId()}&page_size=-1`)).status).toBe(400);
    }),
  );
});

describe('an environment', () => {
  it(
    'takes its variables under either name',
    onStage({}, async ({ post }) => {
      const create = (variable: object) =>
        post('/api/environments/beta/environments', {
          name: 'e',
          image: 'base:1',
          addBaseDependencies: false,
          environmentVariables: [variable],
        });
      expect((await create({ name: 'A', value: '1' })).status).toBe(200);
      expect((await create({ key: 'A', value: '1' })).status).toBe(200);
      expect((await create({ value: '1' })).status).toBe(400);
    }),
  );
});

describe('a file of a project', () => {
  it(
    'is read by a path whose slashes are not encoded, also one that begins with a slash, and never from outside',
    onStage({ files: { 'a.csv': 'one' } }, async ({ get, call, projectId, newestCommit }) => {
      await call('PUT', '/v1/projects/ada/iris/data/b.csv', 'two');
      const commit = await newestCommit();
      const read = async (path: string) =>
        get(`/api/projects/v1/projects/${await projectId()}/files/${commit}/${path}/content`);
      expect(await read('data/b.csv')).toMatchObject({ status: 200, text: '"two"' });
      expect(await read('/a.csv')).toMatchObject({ status: 200, text: 'one' });
      expect((await read('data%2Fb.csv')).text).toBe('"two"');
      expect((await read('data/none')).status).toBe(404);
      expect((await read('..%2F..%2Fetc/passwd')).status).toBe(404);
    }),
  );
});

describe('projects of /v4', () => {
  it(
    'are made with tags, which projects share by their names',
    onStage({}, async ({ get, post, call, projectId }) => {
      const made = await post('/v4/projects', {
        name: 'churn',
        tags: { tagNames: ['fraud'] },
        description: null,
      });
      expect(made.body).toMatchObject({ id, name: 'churn', visibility: 'Public', tags: [{ name: 'fraud' }] });
      const added = await post(`/v4/projects/${await projectId()}/tags`, { tagNames: ['fraud'] });
      const [tag] = made.body.tags as unknown as { id: string }[];
      expect(added.list).toEqual([{ id: tag?.id, name: 'fraud', isApproved: false }]);
      expect((await get(`/projectTags/${tag?.id}`)).body).toMatchObject({
        _id: tag?.id,
        lastAdded: expect.any(String),
      });
      expect((await call('DELETE', `/v4/projects/${made.body.id}/tags/${tag?.id}`)).status).toBe(200);
      expect((await get(`/v4/projects/${made.body.id}`)).body.tags).toEqual([]);
      expect((await call('DELETE', `/v4/projects/${made.body.id}`)).status).toBe(200);
      const { list } = await get('/v4/gateway/projects?relationship=Owned&showCompleted=true');
      expect(list.map(({ name }) => name)).toEqual(['iris']);
    }),
  );

  it(
    'are made by a form too, and forked with their files',
    onStage({ files: { 'a.csv': 'one' } }, async ({ simulator, get, post, projectId, newestCommit }) => {
      const form = await fetch(`${simulator.url}/project`, {
        method: 'POST',
        headers: { 'x-domino-api-key': simulator.apiKey },
        body: new URLSearchParams({ projectName: 'plain', ownerOverrideUsername: 'ada' }),
      });
      expect(form.status).toBe(200);
      await post(`/v4/projects/${await projectId()}/fork`, { name: 'fork' });
      const commit = await newestCommit('fork');
      const { data } = (await get(`/v1/projects/ada/fork/files/${commit}//`)).body;
      expect(data).toContainEqual(expect.objectContaining({ path: 'a.csv' }));
      expect(parsed((await get('/ada/plain/collaborators')).text)).toEqual(['ada']);
    }),
  );

  it(
    'are charged to a billing tag only while that is active',
    onStage({}, async ({ get, post, call, projectId }) => {
      const path = `/v4/projects/${await projectId()}/billingtag`;
      expect((await post(path, { tag: 'research' })).status).toBe(400);
      await post('/v4/cost/billingtags', { billingTags: ['research'] });
      expect((await get(path)).text).toBe('null');
      expect((await post(path, { tag: 'research' })).body).toMatchObject({ billingTag: { tag: 'research' } });
      const all = '/v4/projects/billingtags/projects';
      expect((await get(`${all}?billingTag=research`)).body).toMatchObject({ totalMatches: 1 });
      expect((await get(`${all}?missingBillingTagOnly=true`)).body).toMatchObject({
        totalMatches: 0,
        page: [],
      });
      await call('DELETE', '/v4/cost/billingtags/research');
      expect((await post(path, { tag: 'research' })).status).toBe(400);
      expect((await call('PUT', '/v4/cost/billingtagSettings/mode', { mode: 'Never' })).status).toBe(400);
    }),
  );
});

describe('a budget', () => {
  it(
    'is for one label by default, and for one object when it is overridden',
    onStage({}, async ({ get, post, call }) => {
      const budget = { budgetLabel: 'Project', limit: 5, window: 'monthly' };
      const byDefault = await call('PUT', '/v4/cost/budgets/defaults/Project', {
        ...budget,
        budgetType: 'Default',
      });
      expect(byDefault.body).toMatchObject({ limit: 5 });
      expect((await get('/v4/cost/budgets/defaults')).list).toHaveLength(3);
      const overrides = '/v4/cost/budgets/overrides';
      const override = { ...budget, budgetType: 'Override', labelId: 'p1' };
      expect((await post(overrides, override)).status).toBe(200);
      expect((await post(overrides, override)).status).toBe(400);
      expect((await call('PUT', `${overrides}/none`, override)).status).toBe(404);
      expect((await post(overrides, { ...override, labelId: 'p2', limit: -1 })).status).toBe(400);
      expect((await call('DELETE', `${overrides}/p1`)).status).toBe(200);
      expect((await get(overrides)).list).toEqual([]);
    }),
  );
});

describe('an upload into a dataset', () => {
  const opened = async ({ post, simulator, projectId }: Stage) => {
    const dataset = { datasetName: 'd', projectId: await projectId(), description: '' };
    const { datasetId } = (await post('/dataset', dataset)).body as unknown as { datasetId: string };
    const path = `/v4/datasetrw/datasets/${datasetId}/snapshot/file`;
    const start = async (fileCollisionSetting: string) =>
      parsed((await post(`${path}/start`, { filePaths: [], fileCollisionSetting })).text) as string;
    const send = (
      key: string,
      file: string,
      piece: { number: number; of: number; text: string; md5: string },
    ) => {
      const form = new FormData();
      form.set(file, new Blob([piece.text]), 'file');
      const query = new URLSearchParams({
        key,
        resumableRelativePath: file,
        resumableChunkNumber: String(piece.number),
        resumableTotalChunks: String(piece.of),
        checksum: piece.md5,
      });
      const headers = { 'x-domino-api-key': simulator.apiKey };
      return fetch(`${simulator.url}${path}?${query.toString()}`, { method: 'POST', body: form, headers });
    };
    return { path, start, send };
  };
  const a = { text: 'a', md5: '0CC175B9C0F1B6A831C399E269772661' };

  it(
    'asks for each piece, checks it, and ends when all have come',
    onStage({}, async (stage) => {
      const { path, start, send } = await opened(stage);
      const key = await start('Ignore');
      expect((await stage.get(`${path}/test?key=${key}`)).status).toBe(204);
      expect((await send(key, 'f.csv', { number: 1, of: 2, ...a })).status).toBe(200);
      expect((await send(key, 'f.csv', { number: 2, of: 2, ...a, text: 'b' })).status).toBe(400);
      expect((await stage.get(`${path}/end/${key}`)).status).toBe(400);
      await send(key, 'f.csv', { number: 2, of: 2, ...a });
      expect(parsed((await stage.get(`${path}/end/${key}`)).text)).toEqual(['f.csv']);
      expect((await stage.get(`${path}/test?key=${key}`)).status).toBe(404);
    }),
  );

  it(
    'leaves out, replaces or renames a file that is there already, as it says',
    onStage({}, async (stage) => {
      const { path, start, send } = await opened(stage);
      const write = async (setting: string) => {
        const key = await start(setting);
        await send(key, 'f.csv', { number: 1, of: 1, ...a });
        return parsed((await stage.get(`${path}/end/${key}?targetRelativePath=below`)).text);
      };
      expect(await write('Ignore')).toEqual(['below/f.csv']);
      expect(await write('Ignore')).toEqual([]);
      expect(await write('Overwrite')).toEqual(['below/f.csv']);
      expect(await write('Rename')).toEqual(['below/f_1.csv']);
      expect(await write('Rename')).toEqual(['below/f_2.csv']);
    }),
  );
});

describe('an app', () => {
  it(
    'is created without a status, and started and stopped again and again',
    onStage({}, async ({ get, post, pass, projectId }) => {
      const project = await projectId();
      const { id: app } = (
        await post('/v4/modelProducts', { projectId: project, modelProductType: 'APP', name: '' })
      ).body;
      const status = async () => (await get(`/v4/modelProducts/${app}`)).body.status;
      expect(await status()).toBe('');
      const started = await post(`/v4/modelProducts/${app}/start`, { hardwareTierId: 'small-k8s' });
      expect(parsed(started.text)).toBe(app);
      expect(await status()).toBe('Queued');
      await pass(100);
      expect(await status()).toBe('Running');
      await post(`/v4/modelProducts/${app}/stop`);
      await pass(5);
      expect(await status()).toBe('Stopped');
      expect((await get(`/v4/modelProducts?projectId=${project}`)).list.map(({ id: one }) => one)).toEqual([
        app,
      ]);
    }),
  );
});

describe('the ledger', () => {
  it(
    'has what these routes changed, and faults strike them by their names',
    onStage({}, async ({ simulator, post, projectId }) => {
      const start = { projectId: await projectId(), commandToRun: 'a', title: 'a [lh:abc123]' };
      await post('/_simulator/faults', {
        endpoint: 'v4Jobs.start',
        kind: 'status',
        status: 409,
        body: { redirectPath: '/' },
      });
      expect((await post('/v4/jobs/start', start)).status).toBe(409);
      await post('/v4/jobs/start', start);
      expect(simulator.ledger().filter(({ endpoint }) => endpoint === 'v4Jobs.start')).toMatchObject([
        { status: 409, fault: 'status', effects: [] },
        { status: 200, effects: [{ change: 'created', kind: 'job', marker: 'lh:abc123' }] },
      ]);
    }),
  );
});
