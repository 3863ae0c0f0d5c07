/** Resets: what was begun before is adopted, what a person said for a later moment is not said again. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { connectClient } from '../../src/client.js';
import { resetPrefix } from '../../src/run/ids.js';
import { eventually } from '../support/eventually.js';
import { calls, created, fromNowOn } from '../support/ledger.js';
import { retrainInput, world } from '../support/retraining.js';
import { type Stage, createStage, fullInput, statuses, until } from '../support/stage.js';

const slow = new URL('../support/slow-job.yaml', import.meta.url).pathname;
const why = { reason: 'the node was replaced' };

let stage: Stage;
/** Of the tests that do not set one of their own. */
let shared: Stage | undefined;
afterEach(() => (stage === shared ? stage.heal() : stage.close()));

const training = (command = 'python train.py') => ({
  connection: stage.connection,
  project: 'ada/iris',
  train: { command },
});

/** A run that has a job under way. */
async function trainingRun(key = 'slow'): Promise<string> {
  const { runId } = await stage.client.start('train-and-deploy', training('python slow.py'), { key });
  await until(stage.client, runId, (run) => statuses(run)['train'] === 'waiting');
  return runId;
}

/** A run that has failed for another reason than the end of something on the platform. */
async function failedAtDeploy(): Promise<string> {
  await stage.inject({ endpoint: 'modelApis.create', kind: 'status', status: 422, body: { errors: ['no'] } });
  const { runId } = await stage.client.start('train-and-deploy', fullInput(stage.connection), {
    key: 'deploy',
  });
  const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
  expect(run.failure).toMatchObject({ code: 'REQUEST_REJECTED', step: 'deploy' });
  return runId;
}

describe('a reset run', () => {
  it('adopts the job that it had started before the reset', async () => {
    stage = await createStage({ world: slow });
    await stage.startWorker();
    const runId = await trainingRun();
    const before = await stage.client.get(runId);
    const reset = await stage.client.reset(runId, { ...why, step: 'train', stopFirst: true });
    expect(reset).toMatchObject({ runId, step: 'train', resetAttemptId: before.attemptId, asksAgain: false });

    const run = await until(stage.client, runId, (seen) => statuses(seen)['train'] === 'waiting');
    expect(run.attemptId).toBe(reset.attemptId);
    expect(run.attemptId).not.toBe(before.attemptId);
    expect(created(stage.simulator, 'job')).toHaveLength(1);
    expect(calls(stage.simulator, 'jobs.start')).toBe(1);
    expect(run.steps.find(({ name }) => name === 'train')?.references).toEqual(
      before.steps.find(({ name }) => name === 'train')?.references,
    );
  });

  it('sends nothing a second time that was under way when it was terminated, before it can be seen', async () => {
    stage = await createStage({ world: slow });
    await stage.startWorker();
    await stage.inject({ endpoint: 'jobs.start', kind: 'hold-answer', ms: 60_000 });
    const input = training('python slow.py');
    const { runId } = await stage.client.start('train-and-deploy', input, { key: 'cut-off' });
    await eventually(() => created(stage.simulator, 'job').length === 1);
    const connection = await Connection.connect({ address: stage.temporalAddress });
    const temporal = new Client({ connection, namespace: stage.namespace });
    await temporal.workflow.getHandle(runId).terminate('by hand');
    await connection.close();
    await stage.inject({ endpoint: 'jobs.list', kind: 'stale', ms: 600_000, times: 3 });

    await stage.client.reset(runId, { ...why, step: 'train' });
    const run = await until(stage.client, runId, (seen) => statuses(seen)['train'] === 'waiting');
    const [job] = created(stage.simulator, 'job');
    expect(run.steps.find(({ name }) => name === 'train')?.references).toMatchObject([{ id: job }]);
    expect(created(stage.simulator, 'job')).toHaveLength(1);
  });

  it('goes on from the step that failed, and repeats nothing before it', async () => {
    stage = await createStage();
    await stage.startWorker();
    const runId = await failedAtDeploy();
    const builds = calls(stage.simulator, 'environments.create');
    await stage.client.reset(runId, { ...why, step: 'deploy' });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run.status).toBe('succeeded');
    expect(created(stage.simulator, 'job')).toHaveLength(1);
    expect(created(stage.simulator, 'modelVersion')).toHaveLength(1);
    expect(created(stage.simulator, 'modelApiVersion')).toHaveLength(1);
    expect(calls(stage.simulator, 'environments.create')).toBe(builds);
  });

  it('applies no resolution again that was made after the point', async () => {
    stage = await createStage();
    await stage.startWorker();
    const refuse = () =>
      stage.inject({ endpoint: 'jobs.start', kind: 'status', status: 403, body: { errors: ['quota'] } });
    const resolve = (action: 'abort' | 'retry') =>
      stage.client.resolve(runId, { step: 'train', action, actor: 'ada', reason: 'r' });
    await refuse();
    const { runId } = await stage.client.start('train-and-deploy', training(), { key: 'again' });
    await until(stage.client, runId, ({ status }) => status === 'parked');
    await resolve('abort');
    expect(await stage.client.wait(runId, { timeoutMs: 90_000 })).toMatchObject({ status: 'failed' });

    await refuse();
    await stage.client.reset(runId, { ...why, step: 'train' });
    await until(stage.client, runId, ({ status }) => status === 'parked');
    await resolve('retry');
    expect(await stage.client.wait(runId, { timeoutMs: 90_000 })).toMatchObject({ status: 'succeeded' });
  });

  it('of a cancelled run is not cancelled again by the request of before', async () => {
    stage = await createStage();
    await stage.startWorker();
    await stage.inject({
      endpoint: 'jobs.start',
      kind: 'status',
      status: 403,
      body: { errors: ['quota exceeded'] },
    });
    const { runId } = await stage.client.start('train-and-deploy', training(), { key: 'cancelled' });
    await until(stage.client, runId, ({ status }) => status === 'parked');
    await stage.client.cancel(runId, { reason: 'for now' });
    expect(await stage.client.wait(runId, { timeoutMs: 90_000 })).toMatchObject({ status: 'cancelled' });
    await stage.client.reset(runId, { ...why, step: 'train' });
    expect(await stage.client.wait(runId, { timeoutMs: 90_000 })).toMatchObject({ status: 'succeeded' });
  });

  it('asks again for the approval that came in the moment in which the step began', async () => {
    stage = await createStage({ world });
    await stage.startWorker();
    const input = await retrainInput(stage, '0.9', { compare: undefined, approval: { within: '1h' } });
    const { runId } = await stage.client.start('retrain', input, { key: 'approved' });
    const isAsked = (run: Parameters<typeof statuses>[0]) => statuses(run)['approve'] === 'waiting';
    await until(stage.client, runId, isAsked);
    const decision = { action: 'approve' as const, actor: 'grace', names: ['grace'], reason: 'good' };
    await stage.client.decideApproval(runId, decision);
    expect(await stage.client.wait(runId, { timeoutMs: 90_000 })).toMatchObject({ status: 'succeeded' });

    const reset = await stage.client.reset(runId, { ...why, step: 'deploy' });
    expect(reset.asksAgain).toBe(true);
    await until(stage.client, runId, isAsked);
    await stage.client.decideApproval(runId, decision);
    expect(await stage.client.wait(runId, { timeoutMs: 90_000 })).toMatchObject({ status: 'succeeded' });
    expect(created(stage.simulator, 'modelApiVersion')).toHaveLength(1);
  });

  it('is reset once when several ask for it at once', async () => {
    stage = await createStage();
    await stage.startWorker();
    const runId = await failedAtDeploy();
    const asked = [1, 2, 3].map(() => stage.client.reset(runId, { ...why, step: 'deploy' }));
    const outcomes = await Promise.allSettled(asked);
    const done = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value.attemptId] : []));
    const refusals = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    expect(done).toHaveLength(1);
    expect(refusals).toEqual(Array(2).fill(expect.objectContaining({ code: 'RESET_REFUSED' })));
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run).toMatchObject({ status: 'succeeded', attemptId: done[0] });
    const connection = await Connection.connect({ address: stage.temporalAddress });
    const temporal = new Client({ connection, namespace: stage.namespace });
    const { startTime, raw } = await temporal.workflow.getHandle(`${resetPrefix}${runId}`).describe();
    await connection.close();
    // Nobody resets it beside one that takes its time.
    const endsMs = Number(raw.workflowExtendedInfo?.executionExpirationTime?.seconds) * 1_000;
    expect(endsMs - startTime.getTime()).toBeGreaterThan(50_000);
  });

  it('tells what it told before the reset no second time, and what comes after it', async () => {
    const webhooks = {
      outgoing: { team: { url: 'http://127.0.0.1:9', secret: { env: 'HOOK' }, internal: true } },
    };
    stage = await createStage({
      settings: { webhooks },
      env: { HOOK: `whsec_${Buffer.alloc(32).toString('base64')}` },
    });
    await stage.startWorker();
    await stage.inject({
      endpoint: 'modelApis.create',
      kind: 'status',
      status: 422,
      body: { errors: ['no'] },
    });
    const events = ['run.started', 'run.failed', 'run.succeeded'] as const;
    const client = await connectClient({
      temporal: { connectionOptions: { address: stage.temporalAddress }, namespace: stage.namespace },
      receivers: { team: { pipelines: ['*'], events } },
    });
    const { runId } = await client.start('train-and-deploy', fullInput(stage.connection), { key: 'told' });
    await client.wait(runId, { timeoutMs: 90_000 });
    for (const times of [1, 2]) {
      await client.reset(runId, { ...why, step: times === 1 ? 'train' : 'gate' });
      expect(await client.wait(runId, { timeoutMs: 90_000 })).toMatchObject({ status: 'succeeded' });
    }
    const told: string[] = [];
    for await (const { event } of client.deliveries()) told.push(event.type);
    await client.close();
    expect(told.sort()).toEqual(['run.failed', 'run.started', 'run.succeeded', 'run.succeeded']);
  });
});

describe('a reset is refused', () => {
  beforeAll(async () => {
    shared = await createStage({ world: slow });
    await shared.startWorker();
  });
  beforeEach(() => {
    if (shared !== undefined) stage = shared;
  });
  afterAll(() => shared?.close());
  const refused = (runId: string, step: string, message: string, stopFirst = false) =>
    expect(stage.client.reset(runId, { ...why, step, stopFirst })).rejects.toMatchObject({
      code: 'RESET_REFUSED',
      message: expect.stringContaining(message),
    });

  it('to a step that there is not, that the attempt never came to, and of a run that goes on', async () => {
    const runId = await trainingRun();
    await refused(
      runId,
      'trian',
      'train-and-deploy has no step "trian"; its steps are environment, revision',
    );
    await refused(runId, 'deploy', 'never came to "deploy"', true);
    await refused(runId, 'train', 'allow that by --stop-first');
    expect((await stage.client.get(runId)).status).toBe('running');
  });

  it('of a run that is sending something, which cannot be seen yet', async () => {
    const recorded = fromNowOn(stage.simulator);
    await stage.inject({ endpoint: 'jobs.start', kind: 'hold-answer', ms: 60_000 });
    const { runId } = await stage.client.start('train-and-deploy', training(), { key: 'sending' });
    await eventually(() => created(recorded, 'job').length === 1);
    await refused(runId, 'train', 'is sending ensureJob at this moment', true);
  });

  it('of a run whose job has failed, which would be adopted as it is', async () => {
    const { runId } = await stage.client.start('train-and-deploy', training('exit 3'), { key: 'failed' });
    await stage.client.wait(runId, { timeoutMs: 90_000 });
    await refused(runId, 'train', 'ended in "train" for JOB_FAILED: a reset would adopt what ended so');
  });

  it('of a run that has stopped its own job when it was cancelled', async () => {
    const runId = await trainingRun('stopped');
    await stage.client.cancel(runId, { reason: 'for now' });
    await stage.client.wait(runId, { timeoutMs: 90_000 });
    await refused(runId, 'train', 'the run has undone what "train" had made (stopJobs)');
  });

  it('to a step before the deployment while a version is live that nobody has watched to the end', async () => {
    stage = await createStage({ world });
    await stage.startWorker();
    const input = await retrainInput(stage, '0.9', { watch: { for: '10m' } });
    const { runId } = await stage.client.start('retrain', input, { key: 'watched' });
    await until(stage.client, runId, (run) => statuses(run)['watch'] === 'waiting');
    await refused(runId, 'train', 'has deployed a version that nobody has watched to the end', true);
    expect(statuses(await stage.client.get(runId))).toMatchObject({ watch: 'waiting' });
    await stage.client.reset(runId, { ...why, step: 'watch', stopFirst: true });
    await until(stage.client, runId, (run) => statuses(run)['watch'] === 'waiting');
  });

  it('of a run that Temporal does not know', async () => {
    await expect(
      stage.client.reset('train-and-deploy.nobody', { ...why, step: 'train' }),
    ).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });
});
