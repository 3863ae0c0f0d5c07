/** What retraining reads: datasets, commits and files, costs; and versions of which one serves, and not for ever. */
import { describe, expect, it } from '@jest/globals';
import { type Stage, fixedWorld, onStage } from './stage.js';

const datasets = '/api/datasetrw/v1/datasets';
const modelApis = '/api/modelServing/v1/modelApis';
const legacy = '/v1/projects/ada/iris';
const label = 'label:dominodatalab.com/project-id';

/** What answers hold beyond what the stage reads. */
interface File {
  readonly path: string;
  readonly key: string;
}

const upload = ({ simulator }: Stage, path: string, text: string): Promise<Response> =>
  fetch(`${simulator.url}${legacy}/${path}`, {
    method: 'PUT',
    headers: { 'x-domino-api-key': simulator.apiKey },
    body: new TextEncoder().encode(text),
  });

const filesAt = async ({ get }: Stage, commitId: string, path = ''): Promise<readonly File[]> =>
  (await get(`${legacy}/files/${commitId}/${path}`)).body.data as unknown as readonly File[]; // its documented items

const commits = async ({ get }: Stage): Promise<string[]> =>
  JSON.parse((await get(`${legacy}/commits`)).text) as string[];

describe('datasets', () => {
  it(
    'are listed by project, in wrapped items, and are unique by name',
    onStage({}, async ({ get, post, projectId }) => {
      const id = (await post(datasets, { name: 'measurements', projectId: await projectId() })).body.dataset
        .id;
      const list = (projects: string) => get(`/api/datasetrw/v2/datasets?projectIdsToInclude=${projects}`);
      expect((await list(await projectId())).body).toMatchObject({
        datasets: [{ dataset: { id, name: 'measurements', projectId: await projectId(), snapshotIds: [] } }],
        metadata: { totalCount: 1 },
      });
      expect((await list('000000000000000000000000')).body).toMatchObject({ datasets: [] });
      expect((await get(`${datasets}/${id}`)).body).toMatchObject({ dataset: { id } });
      const again = await post(datasets, { name: 'measurements', projectId: await projectId() });
      expect([again.status, again.body.error]).toEqual([
        400,
        'A dataset named "measurements" already exists in the project',
      ]);
    }),
  );

  it(
    'of a world are there from the beginning',
    onStage(
      { yaml: fixedWorld.replace('files: files', "files: files, datasets: [{ name: 'measurements' }]") },
      async ({ get }) => {
        expect((await get('/api/datasetrw/v2/datasets')).body).toMatchObject({
          datasets: [{ dataset: { name: 'measurements' } }],
        });
      },
    ),
  );

  it(
    'have snapshots that are copied in the background',
    onStage(
      { yaml: fixedWorld.replace('deploy: [100, 100]', 'deploy: [100, 100], snapshot: [10, 10]') },
      async ({ get, post, projectId, pass, simulator }) => {
        const { id } = (await post(datasets, { name: 'd', projectId: await projectId() })).body.dataset;
        const taken = await post(`${datasets}/${id}/snapshots`, { relativeFilePaths: ['.'] });
        const snapshot = (taken.body as unknown as { snapshot: { id: string; status: string } }).snapshot;
        expect(snapshot.status).toBe('pending');
        const status = async () => (await get(`/api/datasetrw/v1/snapshots/${snapshot.id}`)).text;
        await pass(5);
        expect(await status()).toContain('"status":"copying"');
        await pass(5);
        expect(await status()).toContain('"status":"active"');
        expect((await get(`${datasets}/${id}/snapshots`)).body).toMatchObject({
          snapshots: [{ id: snapshot.id, datasetId: id, status: 'active' }],
        });
        expect((await post(`${datasets}/${id}/snapshots`, { relativeFilePaths: [] })).status).toBe(400);
        const kinds = simulator.ledger().flatMap(({ effects }) => effects.map(({ kind }) => kind));
        expect(kinds).toEqual(['dataset', 'snapshot']);
      },
    ),
  );

  it(
    'have tags, each of which is on one snapshot and moves',
    onStage({}, async ({ call, get, post, projectId }) => {
      const { id } = (await post(datasets, { name: 'd', projectId: await projectId() })).body.dataset;
      const take = async () =>
        (await post(`${datasets}/${id}/snapshots`, { relativeFilePaths: ['.'] })).body.snapshot.id;
      const tag = (snapshotId: string) => post(`${datasets}/${id}/tags`, { snapshotId, tagName: 'v1' });
      const untag = () => call('DELETE', `${datasets}/${id}/tags/v1`);
      const tags = async () => (await get(`${datasets}/${id}`)).body.dataset.tags;
      const [first, second] = [await take(), await take()];
      expect((await tag(first)).body.dataset.tags).toEqual({ v1: first });
      await tag(second);
      expect(await tags()).toEqual({ v1: second });
      expect((await tag('nosuch')).status).toBe(404);
      expect((await untag()).status).toBe(200);
      expect(await tags()).toEqual({});
      expect((await untag()).status).toBe(404);
    }),
  );
});

describe('files of a project', () => {
  it(
    'that are uploaded make a commit that keeps the older one as it was',
    onStage({ files: { 'a.csv': 'one' } }, async (stage) => {
      const before = await commits(stage);
      expect(before).toHaveLength(1);
      const answer = await upload(stage, 'data/new%20rows.csv', 'two');
      expect(answer.status).toBe(201);
      expect(await answer.json()).toMatchObject({
        path: 'data/new rows.csv',
        size: 3,
        key: 'ad782ecdac770fc6eb9a62e44f90873fb97fb26b',
      });
      const [head = '', first = ''] = await commits(stage);
      expect([first]).toEqual(before);
      const paths = async (commitId: string, path?: string) =>
        (await filesAt(stage, commitId, path)).map((file) => file.path);
      expect(await paths(head)).toEqual(['a.csv', 'data/new rows.csv', 'world.yaml']);
      expect(await paths(head, 'data')).toEqual(['data/new rows.csv']);
      expect(await paths(head, '/')).toEqual(['a.csv', 'data/new rows.csv', 'world.yaml']);
      expect(await paths(first)).toEqual(['a.csv', 'world.yaml']);
      expect((await stage.get(`${legacy}/files/${first}/data`)).status).toBe(404);
      const { inputCommitId } = (await stage.get(`/api/jobs/beta/jobs/${await stage.startJob()}`)).body.job
        .commitDetails;
      expect(inputCommitId).toBe(head);
    }),
  );

  it(
    'are not written outside of the project',
    onStage({ files: { 'a.csv': 'one' } }, async (stage) => {
      for (const path of ['..%2Fout.csv', 'a.csv%2Finner', '%2E%2E/%2E%2E/out.csv', 'folder%2F'])
        expect([path, (await upload(stage, path, 'x')).status >= 400]).toEqual([path, true]);
      expect(await commits(stage)).toHaveLength(1);
    }),
  );

  it(
    'that are uploaded are there for the commands of later jobs',
    onStage({ execute: true, speed: 100, files: {} }, async (stage) => {
      await upload(stage, 'data/rows.csv', 'one\ntwo\n');
      const id = await stage.startJob({ runCommand: 'wc -l < data/rows.csv' });
      const job = async () => (await stage.get(`/api/jobs/beta/jobs/${id}`)).body.job;
      while (!(await job()).status.isCompleted) await new Promise((resolve) => setTimeout(resolve, 20));
      const { logs } = (await stage.get(`/api/jobs/beta/jobs/${id}/logs?logType=stdOut`)).body;
      expect(logs.logContent.map(({ log }) => log.trim())).toEqual(['2']);
    }),
  );
});

describe('costs', () => {
  it(
    'are the time of jobs at the price of their tier, within the window that is asked for',
    onStage({}, async ({ get, startJob, pass, projectId }) => {
      await startJob();
      await pass(3_600);
      const id = await projectId();
      const total = async (window: string, aggregate = label) =>
        get(`/api/cost/v1/allocation?window=${window}&aggregate=${aggregate}&accumulate=true`);
      // 60 s of running and 3 s of finishing, at a cent a minute.
      expect((await total('7d')).body).toEqual({
        code: 200,
        data: [{ [id]: { name: id, minutes: 1.05, totalCost: 0.0105 } }],
      });
      expect((await total('10m')).body.data).toEqual([{ [id]: { name: id, minutes: 0, totalCost: 0 } }]);
      expect((await total('2020-01-01T00:00:00Z,2020-02-01T00:00:00Z')).status).toBe(200);
      expect((await total('yesterday')).status).toBe(400);
      expect((await total('7d', 'user')).status).toBe(400);
    }),
  );

  it.each([
    ['forbidden', 403],
    ['absent', 404],
  ])('are %s where the world says so', async (costApi, status) => {
    await onStage({ yaml: `${fixedWorld}\ncostApi: ${costApi}` }, async ({ get }) => {
      expect((await get(`/api/cost/v1/allocation?window=7d&aggregate=${label}`)).status).toBe(status);
    })();
  });
});

interface Served {
  readonly id: string;
  readonly versions: readonly string[];
}

/** A model API of two versions, both built and deployed in turn. */
async function twoVersions({ post, get, pass, projectId, environmentId }: Stage): Promise<Served> {
  const version = {
    projectId: await projectId(),
    source: { type: 'File', file: 'predict.js', function: 'predict' },
    logHttpRequestResponse: false,
    monitoringEnabled: false,
  };
  const { id } = (
    await post(modelApis, {
      name: 'iris',
      description: '',
      environmentId: await environmentId(),
      environmentVariables: [],
      isAsync: false,
      strictNodeAntiAffinity: false,
      version,
    })
  ).body;
  await pass(200);
  await post(`${modelApis}/${id}/versions`, version);
  const versions = (await get(`${modelApis}/${id}/versions`)).list.map((one) => one.id).reverse();
  return { id, versions };
}

const states = async ({ get }: Stage, { id, versions }: Served) =>
  Promise.all(
    versions.map(async (versionId) => {
      const { text } = await get(`${modelApis}/${id}/versions/${versionId}`);
      const [, status, isPending] = /"status":"([^"]+)","isPending":(\w+)/.exec(text) ?? [];
      return `${status}${isPending === 'true' ? '…' : ''}`;
    }),
  );

describe('the versions of a model API', () => {
  it(
    'serve one at a time: the older one until the newer one runs, and again when it is started',
    onStage({}, async (stage) => {
      const served = await twoVersions(stage);
      const [older = '', newer = ''] = served.versions;
      expect(await states(stage, served)).toEqual(['Running', 'Preparing to build…']);
      await stage.pass(101);
      expect(await states(stage, served)).toEqual(['Stopped', 'Running']);
      expect((await stage.post(`/models/${served.id}/1/model`, { data: {} })).status).toBe(503);
      const order = (versionId: string, what: string) =>
        stage.post(`/v4/models/${served.id}/${versionId}/${what}ModelDeployment`);
      await order(newer, 'stop');
      await stage.pass(5);
      expect(await states(stage, served)).toEqual(['Stopped', 'Stopped']);
      await order(older, 'start');
      expect(await states(stage, served)).toEqual(['Starting…', 'Stopped']);
      await stage.pass(31);
      expect(await states(stage, served)).toEqual(['Running', 'Stopped']);
      const { activeVersion } = (await stage.get(`${modelApis}/${served.id}`)).body;
      expect(activeVersion.id).toBe(older);
    }),
  );

  it(
    'stand as they are told, until they are started again',
    onStage({}, async (stage) => {
      const served = await twoVersions(stage);
      const [, newer = ''] = served.versions;
      await stage.pass(101);
      const tell = (status: string) =>
        stage.post('/_simulator/health', { modelApiId: served.id, versionId: newer, status });
      expect((await tell('Unreachable')).status).toBe(200);
      expect(await states(stage, served)).toEqual(['Stopped', 'Unreachable']);
      expect((await stage.post(`/models/${served.id}/latest/model`, { data: {} })).status).toBe(503);
      await tell('Running');
      expect(await states(stage, served)).toEqual(['Stopped', 'Running']);
      await tell('Failed');
      await stage.post(`/v4/models/${served.id}/${newer}/startModelDeployment`);
      await stage.pass(31);
      expect(await states(stage, served)).toEqual(['Stopped', 'Running']);
      expect((await tell('Dead')).status).toBe(400);
    }),
  );

  it(
    'sicken by a rule of the world once they have served for so long',
    onStage(
      { yaml: `${fixedWorld}\nmodelApis: [{ name: iris, version: 2, status: Failed, afterMinutes: 2 }]` },
      async (stage) => {
        const served = await twoVersions(stage);
        await stage.pass(101 + 110);
        expect(await states(stage, served)).toEqual(['Stopped', 'Running']);
        await stage.pass(20);
        expect(await states(stage, served)).toEqual(['Stopped', 'Failed']);
      },
    ),
  );
});
