/** Domino's wing against a simulator that speaks the older spelling. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPlatformClient } from '../../../src/platform/client.js';
import { dominoWing } from '../../../src/platform/domino/index.js';
import { probeConnection } from '../../../src/platform/probe.js';
import { platforms } from '../../../src/platform/wings.js';
import { type Stage, openStage } from '../../simulator/stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ dialect: 'reference' });
});
afterAll(() => stage.close());

const connection = () => ({
  ...{ name: 'older', url: stage.simulator.url, dialect: 'reference', requestTimeoutMs: 5_000 },
  credential: () => ({ kind: 'bearer' as const, value: stage.simulator.apiKey }),
});

it('reads jobs and their logs, which are plain text, into the spelling of v6', async () => {
  const { projects, jobs } = createPlatformClient(dominoWing, connection());
  const [project] = (await projects.list({})).projects;
  const { job } = await jobs.start({
    body: { projectId: project?.id ?? '', runCommand: 'train', title: 'a job' },
  });
  await stage.pass(200);
  expect((await jobs.get({ path: { jobId: job.id } })).job).toMatchObject({
    ...{ id: job.id, title: 'a job', runCommand: 'train' },
    status: { executionStatus: 'Succeeded', isCompleted: true },
  });
  const { logs } = await jobs.logs({ path: { jobId: job.id } });
  expect(logs.logContent.map(({ log }) => log)).toEqual([
    'Pulling the image of revision 1',
    'The container started',
    '+ train',
    'done',
  ]);
});

it('is found to work by a probe', async () => {
  expect(await probeConnection(platforms.domino, connection())).toEqual({
    ok: true,
    line: `${stage.simulator.url} is Domino 6.3.0; the credential is ada’s`,
  });
});

it('reads datasets, users and apps, which are flat and listed as data, into the spelling of v6', async () => {
  const { projects, datasets, users, apps, environments } = createPlatformClient(dominoWing, connection());
  const [project] = (await projects.list({})).projects;
  const projectId = project?.id ?? '';
  const { dataset } = await datasets.create({ body: { name: 'measures', projectId } });
  expect(dataset).toMatchObject({ name: 'measures', projectId });
  const path = { datasetId: dataset.id };
  expect((await datasets.list({ query: { projectIdsToInclude: [projectId] } })).datasets).toMatchObject([
    { dataset: { id: dataset.id } },
  ]);
  expect((await datasets.list({ query: { projectIdsToInclude: ['other'] } })).datasets).toEqual([]);
  const { snapshot } = await datasets.createSnapshot({ path, body: { relativeFilePaths: ['.'] } });
  expect((await datasets.listSnapshots({ path })).snapshots).toMatchObject([{ id: snapshot.id }]);
  const [user] = (await users.list({})).users;
  expect(user).toMatchObject({ userName: 'ada' });
  const grant = { targetId: user?.id ?? '', targetRole: 'DatasetRwOwner' as const };
  expect((await datasets.listGrants({ path })).grantDetails).toMatchObject([grant]);
  expect((await datasets.removeGrant({ path, body: grant })).grants).toEqual([]);
  expect((await datasets.update({ path, body: { name: 'new' } })).dataset.name).toBe('new');
  expect((await datasets.delete({ path })).dataset.id).toBe(dataset.id);
  const [environment] = (await environments.list({})).environments;
  const version = { environmentId: environment?.id ?? '', hardwareTierId: 'small-k8s' };
  const app = await apps.create({ body: { name: 'a', projectId, visibility: 'PUBLIC', version } });
  expect(app).toMatchObject({ visibility: 'PUBLIC', currentVersion: version });
  expect((await apps.list({ query: { projectId } })).items).toMatchObject([{ id: app.id }]);
  expect((await apps.listVersions({ path: { appId: app.id } })).items).toHaveLength(1);
});
