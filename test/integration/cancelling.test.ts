import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Run } from '../../src/client.js';
import { eventually } from '../support/eventually.js';
import { addRevision } from '../support/by-hand.js';
import { calls, created } from '../support/ledger.js';
import { isArchived, modelApi } from '../support/platform.js';
import { retrainInput, world } from '../support/retraining.js';
import { type Stage, createStage, fullInput, statuses, until } from '../support/stage.js';

let stage: Stage;
beforeEach(async () => {
  // Slow enough that a build and a job are under way for some seconds.
  stage = await createStage({ speed: 10 });
  await stage.startWorker();
});
afterEach(() => stage.close());

const get = async (path: string): Promise<unknown> => {
  const response = await fetch(new URL(path, stage.simulator.url), {
    headers: { 'x-domino-api-key': stage.simulator.apiKey },
  });
  return response.json();
};

const setSpeed = async (speed: number): Promise<void> => {
  const body = JSON.stringify({ speed });
  const headers = { 'content-type': 'application/json' };
  await fetch(new URL('/_simulator/clock', stage.simulator.url), { method: 'POST', headers, body });
};

describe('cancelling a run', () => {
  it('cancels the build that it waits for', async () => {
    const { runId } = await stage.client.start('train-and-deploy', fullInput(stage.connection), {
      key: 'building',
    });
    await until(stage.client, runId, (run) => statuses(run)['build'] === 'waiting');
    await stage.client.cancel(runId, { reason: 'wrong base image' });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });

    const [environment] = created(stage.simulator, 'environment');
    const [revision] = created(stage.simulator, 'revision');
    expect(run).toMatchObject({
      status: 'cancelled',
      cleanup: { undone: [{ kind: 'revision', id: revision }], leftBehind: [] },
    });
    expect(statuses(run)).toMatchObject({ environment: 'succeeded', build: 'cancelled', train: 'skipped' });
    expect(await get(`/v4/environments/${environment}/environmentRevision/${revision}`)).toMatchObject({
      status: 'Killed',
    });
    expect(created(stage.simulator, 'job')).toEqual([]);
  });

  it('cancels also the build of what was carried out after it had been sent again', async () => {
    const fault = { endpoint: 'environments.createRevision', kind: 'late-commit', ms: 300, after: 'repeat' };
    await stage.inject(fault);
    const { id } = (await get('/v4/environments/defaultEnvironment')) as { id: string };
    const input = { ...fullInput(stage.connection), environment: { id } };
    const { runId } = await stage.client.start('train-and-deploy', input, { key: 'built-twice' });
    const revisions = () => created(stage.simulator, 'revision');
    const isBuilding = (run: Run): boolean => statuses(run)['build'] === 'waiting';
    await until(stage.client, runId, (run) => isBuilding(run) && revisions().length === 2);
    await stage.client.cancel(runId, { reason: 'wrong base image' });
    await stage.client.wait(runId, { timeoutMs: 90_000 });
    for (const revision of revisions())
      await eventually(async () => {
        const seen = await get(`/v4/environments/${id}/environmentRevision/${revision}`);
        return JSON.stringify(seen).includes('"Killed"');
      });
  });

  it('stops the job that it waits for, and archives the environment only when told to clean up', async () => {
    const input = { ...fullInput(stage.connection), revision: undefined, cleanup: true };
    const { runId } = await stage.client.start('train-and-deploy', input, { key: 'training' });
    await until(stage.client, runId, (run) => statuses(run)['train'] === 'waiting');
    await stage.client.cancel(runId, { reason: 'wrong data' });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });

    const [environment] = created(stage.simulator, 'environment');
    const [job] = created(stage.simulator, 'job');
    expect(run.status).toBe('cancelled');
    expect(run.cleanup?.undone).toEqual([
      { kind: 'job', id: job },
      { kind: 'environment', id: environment },
    ]);
    expect(await get(`/v4/jobs/${job}`)).toMatchObject({
      statuses: { executionStatus: expect.stringMatching(/^Stop/) },
    });
  });

  it('starts again what served before, where its own version has taken over and was not seen to', async () => {
    await setSpeed(120);
    const { gate: _gate, ...input } = fullInput(stage.connection);
    const first = await stage.client.start('train-and-deploy', input, { key: 'first' });
    expect(await stage.client.wait(first.runId, { timeoutMs: 90_000 })).toMatchObject({
      status: 'succeeded',
    });
    const [modelApiId = ''] = created(stage.simulator, 'modelApi');
    const versions = () => created(stage.simulator, 'modelApiVersion');
    const serves = async () => (await modelApi(stage.simulator, modelApiId)).serves;
    await stage.inject({
      endpoint: 'modelApis.getVersion',
      kind: 'status',
      status: 503,
      body: {},
      times: 1_000,
    });
    const train = { command: 'python train.py 2' };
    const { runId } = await stage.client.start('train-and-deploy', { ...input, train }, { key: 'second' });
    await eventually(async () => versions().length === 2 && (await serves()) === versions()[1]);
    await until(stage.client, runId, (run) => statuses(run)['deploy'] === 'waiting');
    await stage.client.cancel(runId, { reason: 'the wrong one' });
    await stage.heal();
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run).toMatchObject({
      status: 'cancelled',
      cleanup: { undone: [{ kind: 'modelApiVersion', id: versions()[1] }], leftBehind: [] },
    });
    expect(await serves()).toBe(versions()[0]);
  });

  it('starts again what served before, where its own version has taken over and its request was never answered', async () => {
    await setSpeed(120);
    const { gate: _gate, ...input } = fullInput(stage.connection);
    const first = await stage.client.start('train-and-deploy', input, { key: 'first' });
    await stage.client.wait(first.runId, { timeoutMs: 90_000 });
    const [modelApiId = ''] = created(stage.simulator, 'modelApi');
    const versions = () => created(stage.simulator, 'modelApiVersion');
    await stage.inject({ endpoint: 'modelApis.createVersion', kind: 'lose-answer' });
    const unread = { endpoint: 'modelApis.*', requests: 'reads', occurrence: 2, times: 1_000 };
    await stage.inject({ ...unread, kind: 'status', status: 503, body: {} });
    const { runId } = await stage.client.start('train-and-deploy', input, { key: 'second' });
    await eventually(() => versions().length === 2);
    await stage.control('clock', { advanceSeconds: 600 });
    await stage.client.cancel(runId, { reason: 'the wrong one' });
    await stage.heal();
    expect(await modelApi(stage.simulator, modelApiId)).toMatchObject({ serves: versions()[1] });
    expect((await stage.client.wait(runId, { timeoutMs: 90_000 })).cleanup?.leftBehind).toEqual([]);
    expect(await modelApi(stage.simulator, modelApiId)).toMatchObject({ serves: versions()[0] });
  });

  it('stops a job whose start was never answered', async () => {
    await setSpeed(1);
    await stage.inject({ endpoint: 'jobs.start', kind: 'lose-answer' });
    await stage.inject({ endpoint: 'jobs.list', kind: 'status', status: 503, body: {}, times: 3 });
    const input = {
      connection: stage.connection,
      project: 'ada/iris',
      train: { command: 'python train.py' },
    };
    const { runId } = await stage.client.start('train-and-deploy', input, { key: 'unanswered' });
    await until(stage.client, runId, () => created(stage.simulator, 'job').length === 1);
    await stage.client.cancel(runId, { reason: 'too slow' });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });

    const [job] = created(stage.simulator, 'job');
    expect(run).toMatchObject({
      status: 'cancelled',
      cleanup: { undone: [{ kind: 'job', id: job }], leftBehind: [] },
    });
  });

  it('cancels the first build of an environment whose creation was never answered', async () => {
    await setSpeed(1);
    await stage.inject({ endpoint: 'environments.create', kind: 'lose-answer' });
    await stage.inject({ endpoint: 'environments.listOwn', kind: 'status', status: 503, body: {}, times: 3 });
    const input = { ...fullInput(stage.connection), revision: undefined };
    const { runId } = await stage.client.start('train-and-deploy', input, { key: 'unanswered-environment' });
    await until(stage.client, runId, () => created(stage.simulator, 'environment').length === 1);
    await stage.client.cancel(runId, { reason: 'wrong base image' });
    await stage.client.wait(runId, { timeoutMs: 90_000 });
    await eventually(async () => (await stage.client.get(runId)).cleanup?.afterwards === 'done');

    const [environment] = created(stage.simulator, 'environment');
    const [revision] = created(stage.simulator, 'revision');
    expect((await stage.client.get(runId)).cleanup).toMatchObject({
      undone: [{ kind: 'revision', id: revision }],
      leftBehind: [],
    });
    expect(await get(`/v4/environments/${environment}/environmentRevision/${revision}`)).toMatchObject({
      status: 'Killed',
    });
  });

  it('archives the second of two environments that nobody has adopted, and leaves the first', async () => {
    await setSpeed(1);
    const late = { endpoint: 'environments.create', kind: 'late-commit', ms: 100, after: 'repeat' };
    await stage.inject(late);
    const input = { ...fullInput(stage.connection), revision: undefined };
    const { runId } = await stage.client.start('train-and-deploy', input, { key: 'twice-unanswered' });
    await until(stage.client, runId, () => calls(stage.simulator, 'environments.create') === 1);
    await stage.inject({ endpoint: 'environments.create', kind: 'lose-answer' });
    await until(stage.client, runId, () => calls(stage.simulator, 'environments.create') === 2);
    await stage.inject({ endpoint: 'environments.listOwn', kind: 'status', status: 503, body: {}, times: 3 });
    await until(stage.client, runId, () => created(stage.simulator, 'environment').length === 2);
    await stage.client.cancel(runId, { reason: 'wrong base image' });
    await stage.client.wait(runId, { timeoutMs: 90_000 });
    await eventually(async () => (await stage.client.get(runId)).cleanup?.afterwards === 'done');

    const [first = '', second = ''] = created(stage.simulator, 'environment').toSorted();
    expect(await isArchived(stage.simulator, first)).toBe(false);
    expect(await isArchived(stage.simulator, second)).toBe(true);
  });

  it('cancels the first build of an environment also where another revision is built, and nobody else’s', async () => {
    await setSpeed(1);
    const down = { endpoint: 'environments.details', kind: 'status', status: 503, body: {}, times: 1_000 };
    await stage.inject(down);
    const { runId } = await stage.client.start('train-and-deploy', fullInput(stage.connection), {
      key: 'hidden-revision',
    });
    await until(stage.client, runId, (run) => statuses(run)['revision'] === 'running');
    const [environment = ''] = created(stage.simulator, 'environment');
    // It hides the first one, so that the run adds its instructions once more.
    await addRevision(stage.simulator, environment);
    await stage.heal();
    await until(stage.client, runId, (run) => statuses(run)['build'] === 'waiting');
    await stage.client.cancel(runId, { reason: 'wrong base image' });
    await stage.client.wait(runId, { timeoutMs: 90_000 });

    const revisions = created(stage.simulator, 'revision');
    const status = async (id: string) =>
      ((await get(`/v4/environments/${environment}/environmentRevision/${id}`)) as { status: string }).status;
    expect(await Promise.all(revisions.map(status))).toEqual([
      'Killed',
      expect.not.stringMatching('Killed'),
      'Killed',
    ]);
  });

  it('cancels the first build of an environment before a step has come to wait for it', async () => {
    await setSpeed(1);
    await stage.inject({
      endpoint: 'environments.details',
      kind: 'status',
      status: 503,
      body: {},
      times: 1_000,
    });
    const { runId } = await stage.client.start('train-and-deploy', fullInput(stage.connection), {
      key: 'before-revision',
    });
    await until(stage.client, runId, (run) => statuses(run)['revision'] === 'running');
    await stage.client.cancel(runId, { reason: 'wrong base image' });
    await stage.heal();
    await stage.client.wait(runId, { timeoutMs: 90_000 });

    const [environment] = created(stage.simulator, 'environment');
    const [revision] = created(stage.simulator, 'revision');
    expect(await get(`/v4/environments/${environment}/environmentRevision/${revision}`)).toMatchObject({
      status: 'Killed',
    });
  });
});

describe('a run that is stopping', () => {
  /** What it does until the platform lets an environment be archived, or six seconds are over. */
  const refuseArchiving = () =>
    stage.inject({
      ...{ endpoint: 'environments.archive', kind: 'status', status: 401, times: 100_000 },
      body: { errors: ['Unauthorized'] },
    });
  const environment = { name: 'stopping', base: { image: 'registry.example/base:1' } };
  const stopping = async (runId: string): Promise<void> => {
    await refuseArchiving();
    await stage.client.cancel(runId, { reason: 'wrong data' });
    await until(stage.client, runId, (run) => Object.values(statuses(run)).includes('cancelled'));
    const run = await stage.client.get(runId);
    expect(run).toMatchObject({ status: 'running', stopping: true });
    expect(run.failure).toBeUndefined();
  };
  const isCancelled = async (runId: string): Promise<void> => {
    await stage.heal();
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run.status).toBe('cancelled');
    expect(run.stopping).toBeUndefined();
  };

  it('takes no resolution of the step that it was parked at, and no replay', async () => {
    await stage.inject({ endpoint: 'jobs.start', kind: 'status', status: 403, body: { errors: ['quota'] } });
    const train = { command: 'python train.py' };
    const input = { connection: stage.connection, project: 'ada/iris', environment, train, cleanup: true };
    const { runId } = await stage.client.start('train-and-deploy', input, { key: 'parked' });
    await until(stage.client, runId, ({ status }) => status === 'parked');
    await stopping(runId);
    const retry = { step: 'train', action: 'retry', actor: 'ada', reason: 'quota raised' } as const;
    await expect(stage.client.resolve(runId, retry)).rejects.toMatchObject({ code: 'STEP_NOT_PARKED' });
    await expect(stage.client.replays.plan({ runId })).rejects.toMatchObject({
      code: 'REPLAY_REFUSED',
      message: expect.stringContaining('was asked to stop'),
    });
    await isCancelled(runId);
  });

  it('takes no decision on what it had asked for', async () => {
    await stage.close();
    stage = await createStage({ world });
    await stage.startWorker();
    const more = { environment, cleanup: true, compare: undefined, approval: { within: '1h' } };
    const input = await retrainInput(stage, '0.9', more);
    const { runId } = await stage.client.start('retrain', input, { key: 'asking' });
    await until(stage.client, runId, (run) => statuses(run)['approve'] === 'waiting');
    await stopping(runId);
    const decision = { action: 'approve', actor: 'grace', names: ['grace'], reason: 'good' } as const;
    await expect(stage.client.decideApproval(runId, decision)).rejects.toMatchObject({
      code: 'APPROVAL_NOT_AWAITED',
    });
    await isCancelled(runId);
  });
});

describe('cancelling a run whose build others wait for', () => {
  const training = (revision?: { readonly dockerfile: string }) => ({
    connection: stage.connection,
    project: 'ada/iris',
    environment: { name: 'shared', base: { image: 'registry.example/base:1' } },
    ...(revision && { revision }),
    train: { command: 'python train.py' },
  });
  const dockerfile = 'RUN pip install --no-cache-dir pandas==2.0.0';
  const building = async (key: string, revision?: { readonly dockerfile: string }): Promise<string> => {
    const { runId } = await stage.client.start('train-and-deploy', training(revision), { key });
    await until(stage.client, runId, (run) => statuses(run)['build'] === 'waiting');
    return runId;
  };
  const cancel = async (runId: string) => {
    await stage.client.cancel(runId, { reason: 'wrong data' });
    return stage.client.wait(runId, { timeoutMs: 90_000 });
  };
  const trains = async (runId: string): Promise<void> => {
    const run = await until(stage.client, runId, (seen) => statuses(seen)['train'] === 'waiting');
    expect(run.steps.find(({ name }) => name === 'build')?.state).toMatchObject({
      output: { revisionId: created(stage.simulator, 'revision')[0] },
    });
  };

  /** How often a revision was looked at since an endpoint was asked. */
  const looksSince = (endpoint: string): number => {
    const ledger = stage.simulator.ledger();
    const since = ledger.findIndex((entry) => entry.endpoint === endpoint);
    if (since < 0) return 0;
    return ledger.slice(since).filter((entry) => entry.endpoint === 'environments.getRevision').length;
  };

  it('leaves no environment on which later runs cannot train', async () => {
    await cancel(await building('first'));
    await trains(await building('second'));
    expect(calls(stage.simulator, 'environments.rebuildRevision')).toBe(1);
  });

  it('lets one of them build it, which others survive too', async () => {
    await setSpeed(1);
    const [first, second, third] = [
      await building('first', { dockerfile }),
      await building('second', { dockerfile }),
      await building('third', { dockerfile }),
    ];
    expect(created(stage.simulator, 'revision')).toHaveLength(1);
    await cancel(first);
    await eventually(() => looksSince('environments.rebuildRevision') > 0);
    await cancel(second);
    await setSpeed(10);
    await trains(third);
  });

  it('has it built by who needs it, also where what that one has begun is cancelled late', async () => {
    await setSpeed(1);
    const [first, second] = [
      await building('first', { dockerfile }),
      await building('second', { dockerfile }),
    ];
    await cancel(first);
    const [environment] = created(stage.simulator, 'environment');
    const [revision] = created(stage.simulator, 'revision');
    const path = `/v4/environments/${environment}/environmentRevision/${revision}/cancel`;
    const headers = { 'x-domino-api-key': stage.simulator.apiKey };
    for (const rebuilds of [1, 2]) {
      await eventually(() => calls(stage.simulator, 'environments.rebuildRevision') === rebuilds);
      await fetch(new URL(path, stage.simulator.url), { method: 'POST', headers });
    }
    await eventually(() => calls(stage.simulator, 'environments.rebuildRevision') === 3);
    await setSpeed(10);
    await trains(second);
  });

  it('makes the build that is begun again one of the run that began it', async () => {
    await setSpeed(1);
    const first = await building('first', { dockerfile });
    const second = await building('second', { dockerfile });
    await stage.inject({ endpoint: 'environments.rebuildRevision', kind: 'lose-answer' });
    await cancel(first);
    // After the build was begun again: one look finds it, the others await it.
    await eventually(() => looksSince('environments.rebuildRevision') >= 3);
    const [revision] = created(stage.simulator, 'revision');
    expect((await cancel(second)).cleanup).toEqual({
      undone: [{ kind: 'revision', id: revision }],
      leftBehind: [],
    });
  });
});
