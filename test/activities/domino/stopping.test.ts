/** Requests to stop something that a platform refuses, although it is there: against the simulator over HTTP. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { markerOf } from '../../../src/activities/effect/attempt.js';
import { stopEach } from '../../../src/activities/domino/jobs/stop-job.js';
import { stopVersions } from '../../../src/activities/domino/deployments/stop-version.js';
import { createDeploymentUndoing } from '../../../src/activities/domino/deployments/undo-deployments.js';
import { createEnvironmentActivities } from '../../../src/activities/domino/environments/environments.js';
import { createEnvironmentUndoing } from '../../../src/activities/domino/environments/undo-environments.js';
import { PlatformError } from '../../../src/platform/errors.js';
import { type Setting, openSetting } from '../retraining-stage.js';
import { alone } from '../ubiops/setting.js';

const origin = { runId: 'train-and-deploy.x', firstAttemptId: 'a', step: 'train', generation: 1 };
const marker = markerOf(origin);
const effect = { connection: 'domino-test', origin, begunBefore: false };
const refusals = [403, 404, 409, 500];

let setting: Setting;
beforeEach(async () => {
  setting = await openSetting();
  // As the very first try of each undoing, whose time is over after it.
  const words = { unsettled: null, heldMs: 0, remember: () => undefined, hasStayed: () => false };
  const attempt = { number: 1, elapsedMs: 0, ...words };
  const inAMinute = () => performance.now() + 60_000;
  const clocks = { nowMs: () => Date.now(), deadlineMs: inAMinute, endsMs: inAMinute };
  setting = { ...setting, deps: { ...setting.deps, foreseeing: { ...attempt, ...clocks } } };
});
afterEach(() => setting.close());

const refuse = (endpoint: string, status: number) =>
  setting.inject({ endpoint, kind: 'status', status, body: { message: 'no' }, times: 10 });
const stillThere = (kind: string, id: string) => [
  expect.objectContaining({ state: 'left', left: expect.objectContaining({ kind, id }), isMissing: false }),
];

it.each(refusals)(
  'a job that goes on is left, and not gone, where stopping it is answered %i',
  async (status) => {
    const id = await setting.startJob({ title: `train ${marker}` });
    await setting.pass(20);
    await refuse('jobs.stop', status);
    const projectId = () => setting.projectId();
    expect(await stopEach(setting.deps, { ids: [id], marker, projectId })).toEqual(stillThere('job', id));
  },
);

it.each(['Stopped', 'Succeeded', 'Failed', 'Error'])(
  'a job that is %s is over, although the platform does not say that it is completed',
  async (executionStatus) => {
    const id = await setting.startJob({ title: `train ${marker}` });
    const { job } = (await setting.get(`/api/jobs/beta/jobs/${id}`)).body;
    const body = { job: { ...job, status: { executionStatus } } };
    await setting.inject({ endpoint: 'jobs.get', kind: 'status', status: 200, body, times: 10 });
    await refuse('jobs.stop', 400);
    const projectId = () => setting.projectId();
    expect(await stopEach(setting.deps, { ids: [id], marker, projectId })).toEqual([
      executionStatus === 'Stopped'
        ? { state: 'undone', object: { kind: 'job', id } }
        : { state: 'ended', id },
    ]);
  },
);

it('a job that goes on is left, and not gone, where its project has another name now', async () => {
  const id = await setting.startJob({ title: `train ${marker}` });
  const projectId = () => Promise.reject(new PlatformError('NOT_FOUND', 'no such project'));
  expect(await stopEach(setting.deps, { ids: [id], marker, projectId })).toEqual(stillThere('job', id));
});

describe('what does not carry its marker any more', () => {
  const lasting = (kind: string, id: string) => [
    {
      state: 'left',
      left: { kind, id, lasting: true, reason: `it does not carry ${marker}, so it was not stopped` },
    },
  ];

  it.each<true | undefined>([true, undefined])(
    'is stopped where the run was told of it, else it is left: a job',
    async (isOwn) => {
      const id = await setting.startJob({ title: 'renamed by somebody' });
      await setting.pass(20);
      const made = { id, ...(isOwn && { isOwn }) };
      const stopped = await stopEach(setting.deps, { ids: [id], marker, made, projectId: setting.projectId });
      expect(setting.asked().includes('jobs.stop')).toBe(isOwn === true);
      if (isOwn !== true) expect(stopped).toEqual(lasting('job', id));
    },
  );

  it.each<true | undefined>([true, undefined])(
    'is stopped where the run was told of it, else it is left: a version',
    async (isOwn) => {
      const { modelApiId, versionId: id } = await setting.deploy('described anew');
      const stopped = await stopVersions(setting.deps, [{ id, modelApiId, isOwn }], marker);
      expect(setting.asked().includes('modelApis.stopVersion')).toBe(isOwn === true);
      if (isOwn !== true) expect(stopped).toEqual(lasting('modelApiVersion', id));
    },
  );

  it('has ended where it has: a job', async () => {
    const id = await setting.startJob({ title: 'renamed by somebody' });
    await setting.pass(200);
    expect(await stopEach(setting.deps, { ids: [id], marker, projectId: setting.projectId })).toEqual([
      { state: 'ended', id },
    ]);
  });
});

it.each(refusals)('a version that serves is left where stopping it is answered %i', async (status) => {
  const { modelApiId, versionId } = await setting.deploy(marker);
  await refuse('modelApis.stopVersion', status);
  expect(await stopVersions(setting.deps, [{ id: versionId, modelApiId }], marker)).toEqual(
    stillThere('modelApiVersion', versionId),
  );
});

it('a version that is known is stopped, although its project has another name now', async () => {
  const { modelApiId, versionId } = await setting.deploy(marker);
  const gone = () => Promise.reject(new PlatformError('NOT_FOUND', 'no such project'));
  const { stopModelApiVersion } = createDeploymentUndoing(setting.deps, gone);
  const of = { project: 'ada/iris', name: 'iris-api', made: { id: versionId, parent: modelApiId } };
  const stopping = { kind: 'modelApiVersion', id: versionId, reason: 'it is stopping', ending: true };
  await setting.inject({ endpoint: 'modelApis.list', kind: 'status', status: 503, body: {} });
  expect(await stopModelApiVersion({ ...effect, ...of })).toEqual({
    undone: [],
    leftBehind: [
      stopping,
      { kind: 'modelApiVersion', reason: expect.stringContaining('nothing else can be looked for') },
    ],
  });
  expect(await stopModelApiVersion({ ...effect, ...of })).toEqual({ undone: [], leftBehind: [stopping] });
});

it('what served before a version is started again, although its project has another name now', async () => {
  const before = await setting.deploy();
  const own = await setting.deploy(marker);
  const gone = () => Promise.reject(new PlatformError('NOT_FOUND', 'no such project'));
  const { takeBackModelApiVersion } = createDeploymentUndoing(setting.deps, gone);
  const previous = { modelApiId: before.modelApiId, versionId: before.versionId, number: 1 };
  const of = { project: 'ada/iris', name: 'iris-api', made: { id: own.versionId, parent: own.modelApiId } };
  await takeBackModelApiVersion({ ...effect, ...of, previous });
  await setting.pass(100);
  expect((await takeBackModelApiVersion({ ...effect, ...of, previous })).leftBehind).toEqual([]);
  const { list } = await setting.get(`/api/modelServing/v1/modelApis/${own.modelApiId}/versions`);
  expect(list.map(({ deployment }) => deployment.status).reverse()).toEqual(['Running', 'Stopped']);
});

describe('a version that has taken over from another one', () => {
  const statusesOf = async (modelApiId: string) => {
    const { list } = await setting.get(`/api/modelServing/v1/modelApis/${modelApiId}/versions`);
    return list.map(({ deployment }) => deployment.status).reverse();
  };

  it.each<[string, boolean | 'looked for', string[]]>([
    ['leaves nothing to serve', false, ['Stopped', 'Stopped']],
    ['is replaced by that one again, which is known', true, ['Running', 'Stopped']],
    ['is replaced by that one again, which is looked for', 'looked for', ['Running', 'Stopped']],
  ])('%s when it is stopped', async (_, restores, expected) => {
    const { modelApiId, versionId } = await setting.deploy();
    const own = await setting.deploy(marker);
    const { stopModelApiVersion } = createDeploymentUndoing(setting.deps, setting.projectId);
    const previous = { modelApiId, versionId, number: null };
    await stopModelApiVersion({
      ...{ ...effect, project: 'ada/iris', name: 'iris-api' },
      made: { id: own.versionId, parent: modelApiId },
      ...(restores !== false && { restoring: restores === true ? { previous } : {} }),
    });
    await setting.pass(150);
    expect(await statusesOf(modelApiId)).toEqual(expected);
  });
});

describe('a version that has taken over from the one that was adopted', () => {
  const sweep = async ({ modelApiId, versionId }: { modelApiId: string; versionId: string }) => {
    const { stopModelApiVersion } = createDeploymentUndoing(setting.deps, setting.projectId);
    const made = { id: versionId, parent: modelApiId };
    await stopModelApiVersion({ ...effect, project: 'ada/iris', name: 'iris-api', made, keep: true });
    const { list } = await setting.get(`/api/modelServing/v1/modelApis/${modelApiId}/versions`);
    return list.map(({ deployment }) => deployment.status).reverse();
  };
  const swept = async (adopted: Parameters<typeof sweep>[0], prepare = () => Promise.resolve()) => {
    await prepare();
    const before = await sweep(adopted);
    for (let times = 0; times < 2; times += 1) {
      await setting.pass(150);
      await prepare();
      await sweep(adopted);
    }
    return { before, after: await sweep(adopted) };
  };

  it('goes when that one serves again', async () => {
    const adopted = await setting.deploy(marker);
    await setting.deploy(marker);
    const { before, after } = await swept(adopted);
    expect(before[1]).toBe('Running');
    expect(after).toEqual(['Running', 'Stopped']);
  });

  it('goes too where it takes over between the look at it and its stop', async () => {
    const adopted = await setting.deploy(marker);
    const { modelApiId, versionId } = await setting.deploy(marker);
    const path = `/api/modelServing/v1/modelApis/${modelApiId}/versions/${versionId}`;
    const body = { ...(await setting.get(path)).body, deployment: { status: 'Starting', isPending: true } };
    await setting.inject({ endpoint: 'modelApis.getVersion', kind: 'status', status: 200, body });
    expect((await swept(adopted)).after).toEqual(['Running', 'Stopped']);
  });

  it('goes when what somebody else has deployed in between serves again', async () => {
    const adopted = await setting.deploy(marker);
    await setting.deploy('by another run');
    await setting.deploy(marker);
    const { before, after } = await swept(adopted);
    expect(before[2]).toBe('Running');
    expect(after).toEqual(['Stopped', 'Running', 'Stopped']);
  });

  it('goes when what served before serves again, where that one has failed', async () => {
    await setting.deploy();
    const { modelApiId, versionId } = await setting.deploy(marker);
    await setting.deploy(marker);
    const path = `/api/modelServing/v1/modelApis/${modelApiId}/versions/${versionId}`;
    const body = { ...(await setting.get(path)).body, deployment: { status: 'Failed', isPending: false } };
    // The first that is read is the one that serves.
    const failed = { endpoint: 'modelApis.getVersion', kind: 'status', status: 200, body, occurrence: 2 };
    const { before, after } = await swept({ modelApiId, versionId }, () => setting.inject(failed));
    expect(before[2]).toBe('Running');
    expect(after).toEqual(['Running', 'Stopped', 'Stopped']);
  });
});

it.each(refusals)('an environment is left where archiving it is answered %i', async (status) => {
  const { id } = await setting.newEnvironment({ description: marker });
  await setting.pass(300);
  await refuse('environments.archive', status);
  const { archiveEnvironment } = createEnvironmentUndoing(setting.deps, alone);
  expect(await archiveEnvironment({ ...effect, made: { id } })).toMatchObject({
    undone: [],
    leftBehind: [{ kind: 'environment', id }],
  });
});

it('an environment is perhaps archived where the look after the request is refused', async () => {
  const { id } = await setting.newEnvironment({ description: marker });
  await setting.pass(300);
  await setting.inject({ endpoint: 'environments.get', kind: 'status', status: 403, occurrence: 2 });
  const failures: unknown[] = [];
  const { archiveEnvironment } = createEnvironmentUndoing(setting.deps, {
    undoAlone: (_, _of, undo) =>
      undo().catch((error: unknown) => {
        failures.push(error);
        throw error;
      }),
  });
  expect(await archiveEnvironment({ ...effect, made: { id } })).toMatchObject({ leftBehind: [{ id }] });
  expect(setting.asked()).toContain('environments.archive');
  expect(failures).toMatchObject([{ status: 403, ambiguous: true }]);
});

it('an environment that another run has taken over stays, although its build is over and no job uses it', async () => {
  const other = { ...effect, origin: { ...origin, runId: 'train-and-deploy.y' } };
  const adopted = new Map<string, string>();
  const { ensureEnvironment } = createEnvironmentActivities(setting.deps, {
    ...alone,
    check: () => Promise.resolve(false),
    adopt: ({ origin: { runId } }, { name }) => {
      adopted.set(name, runId);
      return Promise.resolve();
    },
  });
  const spec = { name: 'shared', base: { image: 'base:1' } };
  const { environmentId: id } = await ensureEnvironment({ ...effect, ...spec });
  await ensureEnvironment({ ...effect, origin: { ...origin, step: 'later' }, ...spec });
  expect(adopted.size).toBe(0);
  const before = setting.asked().length;
  expect(await ensureEnvironment({ ...other, ...spec })).toMatchObject({ environmentId: id, created: false });
  expect(setting.asked().slice(before)).toEqual(['environments.listOwn']);
  expect([...adopted]).toEqual([[id, other.origin.runId]]);
  const stays = { kind: 'environment', id, reason: 'taken over', lasting: true } as const;
  const { archiveEnvironment } = createEnvironmentUndoing(setting.deps, {
    undoAlone: (_, { name }, undo) =>
      adopted.has(name) ? Promise.resolve({ state: 'left', left: stays }) : undo(),
  });
  expect(await archiveEnvironment({ ...effect, made: { id } })).toEqual({ undone: [], leftBehind: [stays] });
  expect(setting.asked()).not.toContain('environments.archive');
});

it('a build that another user has begun in an environment goes on when the environment is archived', async () => {
  const { id } = await setting.newEnvironment({ description: marker, summary: marker });
  const path = `/api/environments/beta/environments/${id}/revisions`;
  const body = { dockerfileInstructions: 'RUN by hand', summary: 'by hand' };
  const theirs = (await setting.post(path, body)).body.environmentRevision.id;
  const { archiveEnvironment } = createEnvironmentUndoing(setting.deps, alone);
  await archiveEnvironment({ ...effect, made: { id } });
  const { status } = (await setting.get(`/v4/environments/${id}/environmentRevision/${theirs}`)).body;
  expect(status).not.toBe('Killed');
});

it('an environment that another run has made is left alone, whatever names it', async () => {
  const { id, revisionId } = await setting.newEnvironment({ description: 'of another run' });
  const { archiveEnvironment } = createEnvironmentUndoing(setting.deps, alone);
  expect(await archiveEnvironment({ ...effect, made: { id } })).toEqual({ undone: [], leftBehind: [] });
  expect(setting.asked()).not.toContain('environments.archive');
  const path = `/v4/environments/${id}/environmentRevision/${revisionId}`;
  expect((await setting.get(path)).body.status).not.toBe('Killed');
});

it('a build that was cancelled before, and that another run has begun again, is left alone', async () => {
  const { id: environmentId, revisionId } = await setting.newEnvironment({ summary: marker });
  const { cancelBuild } = createEnvironmentUndoing(setting.deps, alone);
  const told = [{ kind: 'revision' as const, id: revisionId }];
  for (const known of [{ revisionId }, { made: { id: revisionId } }, {}])
    await cancelBuild({ ...effect, environmentId, ...known, told });
  const path = `/v4/environments/${environmentId}/environmentRevision/${revisionId}`;
  expect((await setting.get(path)).body.status).not.toBe('Killed');
  await cancelBuild({ ...effect, environmentId, revisionId });
  expect((await setting.get(path)).body.status).toBe('Killed');
});

it('a build that is cancelled only if it is marked is left alone where it is somebody else’s', async () => {
  const { cancelBuild } = createEnvironmentUndoing(setting.deps, alone);
  const statusAfter = async (summary: string): Promise<unknown> => {
    const { id: environmentId, revisionId } = await setting.newEnvironment({ summary });
    await cancelBuild({ ...effect, environmentId, revisionId, ifMarked: true });
    return (await setting.get(`/v4/environments/${environmentId}/environmentRevision/${revisionId}`)).body
      .status;
  };
  expect(await statusAfter('by hand')).not.toBe('Killed');
  expect(await statusAfter(marker)).toBe('Killed');
});

it('a build that goes on after the platform has taken the request to cancel it is not cancelled again', async () => {
  const { id: environmentId, revisionId } = await setting.newEnvironment({ summary: marker });
  const { cancelBuild } = createEnvironmentUndoing(setting.deps, alone);
  const asked = [{ kind: 'revision' as const, id: revisionId }];
  for (const known of [{ revisionId }, { made: { id: revisionId } }, {}])
    expect(await cancelBuild({ ...effect, environmentId, ...known, asked })).toEqual({
      undone: [],
      leftBehind: [{ kind: 'revision', id: revisionId, reason: 'it still builds', ending: true }],
    });
  await setting.pass(200);
  expect(await cancelBuild({ ...effect, environmentId, revisionId, asked })).toEqual({
    undone: [],
    leftBehind: [],
  });
});

it('the first build of an environment is cancelled when the environment is archived', async () => {
  const { id, revisionId } = await setting.newEnvironment({ description: marker, summary: marker });
  const { archiveEnvironment } = createEnvironmentUndoing(setting.deps, alone);
  await archiveEnvironment({ ...effect, made: { id } });
  const path = `/v4/environments/${id}/environmentRevision/${revisionId}`;
  expect((await setting.get(path)).body.status).toBe('Killed');
});
