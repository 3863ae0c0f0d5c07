/** What a replay leaves behind: it is stopped or taken back, and what another run has made is left alone. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ReplayRequest } from '../../src/client.js';
import { addToCleanUp } from '../../src/client/cleanups.js';
import { eventually } from '../support/eventually.js';
import { created } from '../support/ledger.js';
import { isArchived, jobStatus } from '../support/platform.js';
import { retrainInput, running, world } from '../support/retraining.js';
import { type Stage, createStage, fullInput, statuses, until, withTemporal } from '../support/stage.js';
import { undoCall } from '../support/undo-call.js';

const slow = new URL('../support/slow-job.yaml', import.meta.url).pathname;

let stage: Stage;
afterEach(() => stage.close());

async function open(options: Parameters<typeof createStage>[0] = {}): Promise<void> {
  stage = await createStage(options);
  await stage.startWorker();
}

async function apply(request: ReplayRequest): Promise<string> {
  const { hash, runId } = await stage.client.replays.plan(request);
  await stage.client.replays.apply(request, { plan: hash, by: 'ada', reason: 'try otherwise' });
  return runId;
}
const ended = (runId: string) => stage.client.wait(runId, { timeoutMs: 90_000 });
const jobs = (): string[] => created(stage.simulator, 'job');
const revisionStatus = async (environmentId = '', revisionId = ''): Promise<unknown> => {
  const path = `/v4/environments/${environmentId}/environmentRevision/${revisionId}`;
  const headers = { 'x-domino-api-key': stage.simulator.apiKey };
  const answer = await fetch(new URL(path, stage.simulator.url), { headers });
  return ((await answer.json()) as { readonly status: unknown }).status;
};

describe('a fork', () => {
  it('leaves the build alone that the run it comes from waits for, also when it is cancelled', async () => {
    await open({ speed: 60 });
    const { runId } = await stage.client.start('train-and-deploy', fullInput(stage.connection), {
      key: 'origin',
    });
    await until(stage.client, runId, (run) => statuses(run)['build'] === 'waiting');
    await stage.control('clock', { speed: 0.1 });
    const fork = await apply({ runId, forkTo: 'fork' });
    await until(stage.client, fork, (run) => statuses(run)['build'] === 'waiting');
    await stage.client.cancel(fork, { reason: 'not needed' });
    expect((await ended(fork)).cleanup).toEqual({ undone: [], leftBehind: [] });
    const [environment] = created(stage.simulator, 'environment');
    const [revision] = created(stage.simulator, 'revision');
    expect(await revisionStatus(environment, revision)).not.toBe('Killed');
  });

  it('does not say that a version was stopped which another run has deployed', async () => {
    await open({ world });
    const input = await retrainInput(stage, '0.9', { watch: { for: '10m' } });
    const { runId } = await stage.client.start('retrain', input, { key: 'origin' });
    await until(stage.client, runId, (run) => statuses(run)['watch'] === 'waiting');
    const fork = await apply({ runId, forkTo: 'fork' });
    await until(stage.client, fork, (run) => statuses(run)['watch'] === 'waiting');
    const [modelApiId] = created(stage.simulator, 'modelApi');
    const [versionId] = created(stage.simulator, 'modelApiVersion');
    await stage.control('health', { modelApiId, versionId, status: 'Failed' });
    expect((await ended(fork)).failure).toMatchObject({
      code: 'DEPLOYMENT_TAKEN_BACK',
      message: expect.stringContaining('it was not stopped'),
    });
  });
});

describe('a retraining that is replayed while it watches', () => {
  it('has its version taken back where the new attempt does not come to deploy', async () => {
    await open({ world });
    const first = await stage.client.start('retrain', await retrainInput(stage, '0.8'), { key: 'first' });
    expect((await ended(first.runId)).status).toBe('succeeded');
    const input = await retrainInput(stage, '0.9', { watch: { for: '10m' } });
    const { runId } = await stage.client.start('retrain', input, { key: 'second' });
    await until(stage.client, runId, (run) => statuses(run)['watch'] === 'waiting');
    expect(await running(stage, 'iris-api')).toEqual([2]);

    const set = { gate: { conditions: ['accuracy >= 0.95'] } };
    await apply({ runId, stopFirst: true, from: 'train', set });
    expect((await ended(runId)).failure).toMatchObject({ code: 'GATE_REFUSED' });
    await eventually(async () => JSON.stringify(await running(stage, 'iris-api')) === '[1]');
  });
});

describe('a replay that supplies the output of a step', () => {
  it('stops the job that the step has begun', async () => {
    await open({ world: slow });
    const train = { command: 'python slow.py' };
    const input = { connection: stage.connection, project: 'ada/iris', train };
    const { runId } = await stage.client.start('train-and-deploy', input, { key: 'given' });
    await until(stage.client, runId, (run) => statuses(run)['train'] === 'waiting');
    const output = { projectId: 'p', jobId: 'elsewhere', metrics: {} };
    const given = { ...output, experimentRunId: null, outputCommitId: null };
    await apply({ runId, stopFirst: true, skip: { train: given } });
    expect((await ended(runId)).status).toBe('succeeded');
    await eventually(async () => (await jobStatus(stage.simulator, jobs()[0] ?? '')).startsWith('Stop'));
    expect(jobs()).toHaveLength(1);
  });
});

describe('a replay that cannot stop what must be stopped', () => {
  it('has it stopped later, for it has ended the attempt that would have', async () => {
    await open({ world: slow });
    const train = { command: 'python slow.py' };
    const input = { connection: stage.connection, project: 'ada/iris', train };
    const { runId } = await stage.client.start('train-and-deploy', input, { key: 'half-way' });
    await until(stage.client, runId, (run) => statuses(run)['train'] === 'waiting');
    const [id = ''] = jobs();
    // What attempts before have left goes on beside it, where no worker is.
    const { attemptId } = await stage.client.get(runId);
    const calls = [undoCall('before', { connection: 'nowhere', told: [] })];
    await withTemporal(stage, (client) =>
      addToCleanUp(client, { connection: stage.connection, runId, attemptId, calls }),
    );
    const forbidden = { kind: 'status', status: 403, body: { errors: ['Forbidden'] }, times: 100_000 };
    await stage.inject({ ...forbidden, endpoint: 'jobs.stop' });
    const request = { runId, stopFirst: true, set: { 'train.command': 'python train.py' } };
    await expect(apply(request)).rejects.toMatchObject({
      code: 'REPLAY_REFUSED',
      message: expect.stringContaining('what "train" has left could not be stopped'),
    });
    expect(await stage.client.get(runId)).toMatchObject({
      status: 'terminated',
      cleanup: { leftBehind: [{ kind: 'job', id }], afterwards: 'going-on' },
    });
    await stage.heal();
    await eventually(async () => (await jobStatus(stage.simulator, id)) === 'Stopped');
    expect(jobs()).toHaveLength(1);
    await withTemporal(stage, (client) => client.workflow.getHandle(`cleanup.${runId}`).terminate('seen'));
  });
});

describe('a run that cleans up after itself, and is replayed', () => {
  it('archives also the environment that an attempt before has made; a fork leaves it alone', async () => {
    await open({ world: slow });
    const { environment } = fullInput(stage.connection);
    const train = { command: 'python slow.py' };
    const input = { connection: stage.connection, project: 'ada/iris', environment, train, cleanup: true };
    const { runId } = await stage.client.start('train-and-deploy', input, { key: 'tidy' });
    const cancelled = async (id: string) => {
      await until(stage.client, id, (run) => statuses(run)['train'] === 'waiting');
      await stage.client.cancel(id, { reason: 'wrong data' });
      return ended(id);
    };
    await until(stage.client, runId, (run) => statuses(run)['train'] === 'waiting');
    const [id = ''] = created(stage.simulator, 'environment');
    await cancelled(await apply({ runId, forkTo: 'fork' }));
    expect(await isArchived(stage.simulator, id)).toBe(false);

    await apply({ runId, stopFirst: true, set: { 'train.command': 'python slow.py 2' } });
    expect((await cancelled(runId)).cleanup?.undone).toContainEqual({ kind: 'environment', id });
    expect(await isArchived(stage.simulator, id)).toBe(true);
  });
});
