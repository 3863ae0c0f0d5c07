import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import type { Release } from '../../src/pipelines/release.js';
import type { Run } from '../../src/run/steps.js';
import { calls, created } from '../support/ledger.js';
import { type Stage, createStage, fullInput, statuses, until } from '../support/stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
  await stage.startWorker();
});
afterAll(() => stage.close());

const release = (run: Run): Release => run.result as unknown as Release;

describe('train-and-deploy', () => {
  it('goes from environment to a model API that serves, and hands over every id and metric', async () => {
    const { client, simulator } = stage;
    const { runId, created: isNew } = await client.start('train-and-deploy', fullInput(stage.connection), {
      key: 'first',
    });
    expect({ runId, isNew }).toEqual({ runId: 'train-and-deploy.first', isNew: true });

    const run = await client.wait(runId, { timeoutMs: 90_000 });
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(statuses(run)).toEqual({
      environment: 'succeeded',
      revision: 'succeeded',
      build: 'succeeded',
      train: 'succeeded',
      gate: 'succeeded',
      register: 'succeeded',
      deploy: 'succeeded',
    });
    const result = release(run);
    expect(created(simulator, 'environment')).toEqual([result.environment?.environmentId]);
    expect(created(simulator, 'job')).toEqual([result.job.jobId]);
    expect(created(simulator, 'modelApi')).toEqual([result.deployment?.modelApiId]);
    expect(result.job.metrics).toEqual({ accuracy: 0.95 });
    expect(result.job.revisionId).toBe(result.revision?.id);
    expect(result.registered).toEqual({ model: 'iris', version: 1, created: true });
    expect(result.gate?.verdicts.map(({ holds }) => holds)).toEqual([true, true]);
    expect(result.gate?.baseline).toBeNull();

    const prediction = await fetch(result.deployment?.predictUrl ?? '', {
      method: 'POST',
      headers: { 'x-domino-api-key': simulator.apiKey, 'content-type': 'application/json' },
      body: '{"data":{}}',
    });
    expect(prediction.status).toBe(200);
  });

  it('builds a new environment once, reuses what has the same content, and compares with the live model', async () => {
    const { client, simulator } = stage;
    const revisions = created(simulator, 'revision').length;
    const looks = calls(simulator, 'environments.getRevision');
    const { runId } = await client.start('train-and-deploy', fullInput(stage.connection), { key: 'second' });
    const run = await client.wait(runId, { timeoutMs: 90_000 });

    expect(run.status).toBe('succeeded');
    expect(created(simulator, 'revision')).toHaveLength(revisions);
    expect(calls(simulator, 'environments.createRevision')).toBe(0);
    const result = release(run);
    expect(result.revision).toEqual(release(await client.get('train-and-deploy.first')).revision);
    // Whoever found it saw that it is built.
    expect(calls(simulator, 'environments.getRevision')).toBe(looks);
    expect(run.steps.find(({ name }) => name === 'build')?.references).toEqual([
      { kind: 'revision', id: result.revision?.id },
    ]);
    expect(result.environment?.created).toBe(false);
    expect(result.registered?.version).toBe(2);
    expect(result.deployment).toMatchObject({ number: 2, modelApiCreated: false });
    expect(result.gate?.baseline).toMatchObject({
      model: 'iris',
      modelVersion: 1,
      metrics: { accuracy: 0.95 },
    });
    expect(result.gate?.verdicts[1]).toMatchObject({ value: 0.95, bound: 0.95, holds: true });
  });

  it.each([
    ['first', 60],
    ['second', 54],
  ])('keeps seven steps of the %s run within %d events', async (key, most) => {
    const connection = await Connection.connect({ address: stage.temporalAddress });
    const handle = new Client({ connection, namespace: stage.namespace }).workflow.getHandle(
      `train-and-deploy.${key}`,
    );
    const { historyLength } = await handle.describe();
    await connection.close();
    expect(historyLength).toBeLessThanOrEqual(most);
  });

  it('trains alone when the other parts are left out', async () => {
    const { connection, client } = stage;
    const input = { connection, project: 'ada/iris', train: { command: 'python train.py' } };
    const { runId } = await client.start('train-and-deploy', input, { key: 'train-only' });
    const run = await client.wait(runId, { timeoutMs: 90_000 });
    expect(statuses(run)).toEqual({
      environment: 'skipped',
      revision: 'skipped',
      build: 'skipped',
      train: 'succeeded',
      gate: 'skipped',
      register: 'skipped',
      deploy: 'skipped',
    });
  });

  it('makes one run of one key, however often it is started', async () => {
    const { client, connection } = stage;
    const input = { connection, project: 'ada/iris', train: { command: 'python once.py' } };
    const starts = await Promise.all(
      Array.from({ length: 30 }, () => client.start('train-and-deploy', input, { key: 'once' })),
    );
    expect(new Set(starts.map(({ attemptId }) => attemptId)).size).toBe(1);
    expect(starts.filter((start) => start.created)).toHaveLength(1);

    const other = { ...input, train: { command: 'python other.py' } };
    await expect(client.start('train-and-deploy', other, { key: 'once' })).rejects.toMatchObject({
      code: 'RUN_KEY_REUSED',
    });
    await client.wait('train-and-deploy.once', { timeoutMs: 90_000 });
  });

  it('lists and watches runs', async () => {
    const { client, connection } = stage;
    const input = { connection, project: 'ada/iris', train: { command: 'python watched.py' } };
    const { runId } = await client.start('train-and-deploy', input, {
      key: 'watched',
      trigger: { kind: 'cli', by: 'ada' },
    });
    const seen = new Set<string>();
    for await (const run of client.watch(runId, { everyMs: 50 })) seen.add(statuses(run)['train'] ?? 'none');
    expect([...seen]).toEqual(expect.arrayContaining(['waiting', 'succeeded']));

    const listed = [];
    for await (const summary of client.list({ status: 'succeeded', connection })) listed.push(summary.runId);
    expect(listed).toContain(runId);
    await expect(client.get('train-and-deploy.none')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });
});

describe('a run that fails by itself', () => {
  const parts = (change: object) => ({
    connection: stage.connection,
    project: 'ada/iris',
    train: { command: 'python train.py' },
    ...change,
  });

  it.each<[string, () => object, string, string, RegExp]>([
    [
      'a Dockerfile that does not build',
      () => ({
        environment: { name: 'broken', base: { image: 'base:1' } },
        revision: { dockerfile: 'RUN false' },
      }),
      'build',
      'BUILD_FAILED',
      /revision \d+ of environment/,
    ],
    [
      'a command that exits with an error',
      () => ({ train: { command: 'exit 3' } }),
      'train',
      'JOB_FAILED',
      /job \d+ failed/,
    ],
    [
      'a gate that says no',
      () => ({ gate: { conditions: ['accuracy >= 0.99'] } }),
      'gate',
      'GATE_REFUSED',
      /accuracy >= 0.99 does not hold: 0.95 against 0.99/,
    ],
    [
      'a metric that was not written',
      () => ({ gate: { conditions: ['auc >= 0.5'] } }),
      'gate',
      'METRIC_MISSING',
      /no metric for auc >= 0.5; the training wrote accuracy/,
    ],
    [
      'a hardware tier that is not there',
      () => ({ train: { command: 'x', hardwareTier: 'huge' } }),
      'train',
      'REQUEST_REJECTED|NOT_FOUND',
      /huge|tier/i,
    ],
    ['a project that is not there', () => ({ project: 'ada/none' }), 'train', 'NOT_FOUND', /find/i],
  ])('says so for %s', async (name, change, step, code, message) => {
    const { client } = stage;
    const { runId } = await client.start('train-and-deploy', parts(change()), {
      key: name.replaceAll(' ', '-'),
    });
    const run = await client.wait(runId, { timeoutMs: 90_000 });
    expect(run.status).toBe('failed');
    expect(run.failure).toMatchObject({
      step,
      code: expect.stringMatching(code),
      message: expect.stringMatching(message),
    });
    expect(statuses(run)[step]).toBe('failed');
    await until(client, runId, ({ status }) => status === 'failed');
  });
});
