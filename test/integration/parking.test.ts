import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Json } from '../../src/run/steps.js';
import { eventually } from '../support/eventually.js';
import { calls, created } from '../support/ledger.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

let stage: Stage;
beforeEach(async () => {
  stage = await createStage();
  await stage.startWorker();
});
afterEach(() => stage.close());

const by = { actor: 'ada', reason: 'quota raised' };

/** Starts a run that parks at `train`, for the platform refuses the job. */
async function parkedRun(
  status = 403,
  body: object = { errors: ['Compute quota exceeded'], requestId: 'r-1' },
  more: object = {},
): Promise<string> {
  await stage.inject({ endpoint: 'jobs.start', kind: 'status', status, body });
  const train = { command: 'python train.py' };
  const input = { connection: stage.connection, project: 'ada/iris', train, ...more };
  const { runId } = await stage.client.start('train-and-deploy', input, { key: 'parked' });
  const run = await until(stage.client, runId, (seen) => seen.status === 'parked');
  expect(statuses(run)['train']).toBe('parked');
  return runId;
}

describe('a step that a person can repair', () => {
  it('parks with the reason, is listed by it, and goes on when retried', async () => {
    const runId = await parkedRun();
    const parked = await stage.client.get(runId);
    expect(parked.failure).toMatchObject({ code: 'QUOTA_EXCEEDED', step: 'train' });
    expect(parked.failure?.message).toContain('Compute quota exceeded (request r-1)');
    expect(parked.failure?.message).not.toContain(stage.simulator.apiKey);
    await eventually(async () => {
      const { runs } = await stage.client.page({ status: 'parked', failure: 'QUOTA_EXCEEDED' }, { size: 10 });
      return runs.length === 1 && runs[0]?.runId === runId;
    });

    await stage.client.resolve(runId, { ...by, step: 'train', action: 'retry' });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run.status).toBe('succeeded');
    expect(run.steps.find(({ name }) => name === 'train')?.tries).toBe(2);
    expect(run.failure).toBeUndefined();
    expect(created(stage.simulator, 'job')).toHaveLength(1);
  });

  it('may be skipped for a step that then finds at once that it lacks something', async () => {
    const runId = await parkedRun(
      403,
      { errors: ['Compute quota exceeded'] },
      { register: { model: 'iris' } },
    );
    const output = { projectId: 'p', jobId: 'j', number: 7, metrics: {}, outputCommitId: null };
    const resolution = { ...by, step: 'train', action: 'skip' as const };
    await stage.client.resolve(runId, { ...resolution, output: { ...output, experimentRunId: null } });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run).toMatchObject({
      status: 'failed',
      failure: { code: 'EXPERIMENT_RUN_UNKNOWN', step: 'register' },
    });
    expect(statuses(run)['register']).toBe('failed');
    expect(calls(stage.simulator, 'registeredModels.register')).toBe(0);
  });

  it('is skipped with an output that a person supplies, and only if it holds what later steps need', async () => {
    const runId = await parkedRun();
    const skip = (output: Json) =>
      stage.client.resolve(runId, { ...by, step: 'train', action: 'skip', output });
    await expect(skip({ jobId: 'x' })).rejects.toMatchObject({
      code: 'RESOLUTION_INVALID',
      message: 'the output of "train" lacks projectId, metrics, experimentRunId, outputCommitId',
    });
    await skip({ projectId: 'p', jobId: 'j', metrics: {}, experimentRunId: null, outputCommitId: null });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run.status).toBe('succeeded');
    expect(run.steps.find(({ name }) => name === 'train')?.state).toMatchObject({
      status: 'skipped',
      reason: 'ada: quota raised',
    });
    expect(created(stage.simulator, 'job')).toHaveLength(0);
  });

  it('ends the run when aborted, saying who and why', async () => {
    const runId = await parkedRun();
    await stage.client.resolve(runId, {
      step: 'train',
      action: 'abort',
      actor: 'ada',
      reason: 'not worth it',
    });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run).toMatchObject({ status: 'failed', failure: { code: 'ABORTED', step: 'train' } });
    expect(run.failure?.message).toContain('ada: not worth it (parked for QUOTA_EXCEEDED');
  });

  it('can be cancelled while parked', async () => {
    const runId = await parkedRun();
    await stage.client.cancel(runId, { reason: 'no longer needed' });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run.status).toBe('cancelled');
    expect(statuses(run)['train']).toBe('cancelled');
  });

  it('refuses to resolve what is not parked, and changes nothing', async () => {
    const runId = await parkedRun();
    const resolve = (step: string, actor = 'ada') =>
      stage.client.resolve(runId, { step, actor, reason: 'r', action: 'retry' });
    await expect(resolve('build')).rejects.toMatchObject({
      code: 'STEP_NOT_PARKED',
      message: '"build" cannot be resolved: the parked step is "train"',
    });
    await expect(resolve('train', ' ')).rejects.toMatchObject({ code: 'RESOLUTION_INVALID' });
    expect((await stage.client.get(runId)).status).toBe('parked');
    expect(calls(stage.simulator, 'jobs.start')).toBe(1);
  });

  it('parks when the platform ends a job with an error, and starts another job only when asked for a fresh one', async () => {
    await stage.close();
    stage = await createStage({ world: new URL('../support/broken-job.yaml', import.meta.url).pathname });
    await stage.startWorker();
    const input = {
      connection: stage.connection,
      project: 'ada/iris',
      train: { command: 'python broken.py' },
    };
    const { runId } = await stage.client.start('train-and-deploy', input, { key: 'broken' });
    const run = await until(stage.client, runId, (seen) => seen.status === 'parked');
    expect(run.failure?.code).toBe('JOB_BROKEN');

    await stage.client.resolve(runId, { ...by, step: 'train', action: 'retry' });
    await until(
      stage.client,
      runId,
      (seen) => seen.status === 'parked' && seen.steps.some(({ tries }) => tries === 2),
    );
    expect(created(stage.simulator, 'job')).toHaveLength(1);

    await stage.client.resolve(runId, { ...by, step: 'train', action: 'retry', fresh: true });
    await until(
      stage.client,
      runId,
      (seen) => seen.status === 'parked' && seen.steps.some(({ tries }) => tries === 3),
    );
    expect(created(stage.simulator, 'job')).toHaveLength(2);
  });
});

describe('a credential that the platform rejects', () => {
  it('parks the step, and neither the run nor the log shows it', async () => {
    const errors = ['the key simulator-key is revoked'];
    await stage.inject({
      endpoint: 'jobs.start',
      kind: 'status',
      status: 401,
      times: 1_000,
      body: { errors },
    });
    const train = { command: 'python train.py' };
    const input = { connection: stage.connection, project: 'ada/iris', train };
    const { runId } = await stage.client.start('train-and-deploy', input);
    const run = await until(stage.client, runId, (seen) => seen.status === 'parked');
    expect(run.failure?.code).toBe('CREDENTIALS_REJECTED');
    expect(JSON.stringify(run)).not.toContain(stage.simulator.apiKey);
  });
});

describe('a run that has ended', () => {
  it('is neither cancelled nor resolved, and says how it ended', async () => {
    const runId = await parkedRun();
    await stage.client.resolve(runId, { ...by, step: 'train', action: 'abort' });
    await stage.client.wait(runId, { timeoutMs: 90_000 });
    const ended = { code: 'RUN_ENDED', message: expect.stringContaining('it has ended (failed)') };
    await expect(stage.client.cancel(runId, { reason: 'r' })).rejects.toMatchObject(ended);
    await expect(
      stage.client.resolve(runId, { ...by, step: 'train', action: 'retry' }),
    ).rejects.toMatchObject(ended);
  });
});
