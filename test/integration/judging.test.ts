/** What a run makes of what a platform says of a model: the live one, and the one that was trained. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PipelineInput } from '../../src/client.js';
import type { Release } from '../../src/pipelines/release.js';
import type { Run } from '../../src/run/steps.js';
import { ask } from '../support/retraining.js';
import { type Stage, createStage, until } from '../support/stage.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-judging-'));
const world = join(folder, 'world.yaml');
const many = Object.fromEntries(
  Array.from({ length: 40_000 }, (_, index) => [`metric/${index}`, `${index}.25`]),
);

let stage: Stage;
beforeAll(async () => {
  writeFileSync(
    world,
    JSON.stringify({
      user: 'ada',
      projects: [{ owner: 'ada', name: 'iris' }],
      environments: [{ name: 'Standard', image: 'base:1', default: true }],
      hardwareTiers: [{ id: 'small-k8s', default: true }],
      jobs: [
        { command: 'better', status: 'Succeeded', stats: { accuracy: '0.95' } },
        { command: 'worse', status: 'Succeeded', stats: { accuracy: '0.80' } },
        { command: 'many', status: 'Succeeded', stats: { ...many, 'val accuracy': '0.93' } },
        { command: 'broken', status: 'Succeeded', stats: { accuracy: 'NaN' } },
        { command: 'misnamed', status: 'Succeeded', stats: { mlflow_run_id: 'runs:/0123' } },
      ],
    }),
  );
  stage = await createStage({ world });
  await stage.startWorker();
});
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true });
});

async function input(command: string, more: Partial<PipelineInput<'train-and-deploy'>> = {}) {
  const { id } = await ask<{ id: string }>(stage, '/v4/environments/defaultEnvironment');
  return {
    ...{ connection: stage.connection, project: 'ada/iris', train: { command } },
    gate: { conditions: ['accuracy >= baseline'], baseline: 'live' as const },
    register: { model: 'iris' },
    deploy: { modelApi: 'iris-api', environmentId: id },
    ...more,
  };
}

async function run(command: string, more: Partial<PipelineInput<'train-and-deploy'>> = {}): Promise<Run> {
  const { runId } = await stage.client.start('train-and-deploy', await input(command, more));
  return stage.client.wait(runId, { timeoutMs: 90_000 });
}

describe('a gate against the live model', () => {
  it.each(['Unreachable', 'Failed'])('refuses a worse model while the live one is %s', async (status) => {
    const first = await run('better');
    expect(first).toMatchObject({ status: 'succeeded' });
    const { deployment } = first.result as unknown as Release;
    const { modelApiId = '', versionId = '' } = deployment ?? {};
    await stage.control('health', { modelApiId, versionId, status });
    expect(await run('worse')).toMatchObject({
      status: 'failed',
      failure: {
        ...{ code: 'GATE_REFUSED', step: 'gate' },
        message: 'accuracy >= baseline does not hold: 0.8 against 0.95',
      },
    });
  });

  it('parks as BASELINE_UNKNOWN while the live version cannot be read, and goes on when it can', async () => {
    await run('better');
    await stage.inject({
      ...{ kind: 'status', status: 404, body: { error: 'Version not found' } },
      ...{ endpoint: 'registeredModels.getVersion', times: 2 },
    });
    const { runId } = await stage.client.start('train-and-deploy', await input('worse'));
    const parked = await until(stage.client, runId, ({ status }) => status === 'parked');
    expect(parked.failure).toMatchObject({ code: 'BASELINE_UNKNOWN', step: 'gate' });
    const resolution = { step: 'gate', action: 'retry', actor: 'ada', reason: 'it is there' } as const;
    await stage.client.resolve(runId, resolution);
    expect(await stage.client.wait(runId, { timeoutMs: 30_000 })).toMatchObject({
      failure: { code: 'GATE_REFUSED' },
    });
  });
});

it('a metric that is not a number fails the gate, and is said as what it is', async () => {
  const ended = await run('broken', { gate: { conditions: ['accuracy >= 0.9'] } });
  expect(ended).toMatchObject({
    status: 'failed',
    failure: { code: 'METRIC_NOT_A_NUMBER', message: 'accuracy is "NaN", which is not a number' },
  });
});

it('an MLflow run that is named by no id fails the registration, and is said as what it is', async () => {
  const { runId } = await stage.client.start('train-and-deploy', {
    ...{ connection: stage.connection, project: 'ada/iris', train: { command: 'misnamed' } },
    register: { model: 'iris' },
  });
  const { failure } = await stage.client.wait(runId, { timeoutMs: 90_000 });
  expect(failure).toMatchObject({
    code: 'EXPERIMENT_RUN_UNKNOWN',
    message: expect.stringMatching(
      /^of job \d+, mlflow_run_id is "runs:\/0123", which is no id of an MLflow run/,
    ),
  });
});

describe('a training that writes 40,000 metrics', () => {
  const gate = { conditions: ['"val accuracy" >= .9'] };

  it('is judged by the one that the gate names, and the others are kept up to a bound', async () => {
    const ended = await run('many', { gate });
    expect(ended.status).toBe('succeeded');
    const { job, gate: judged } = ended.result as unknown as Release;
    expect(judged?.verdicts).toEqual([
      { condition: '"val accuracy" >= .9', value: 0.93, bound: 0.9, holds: true },
    ]);
    expect(Object.keys(job.metrics).length).toBeGreaterThan(500);
    expect(job.metrics).toMatchObject({ 'val accuracy': 0.93, 'metric/0': 0.25 });
    expect(job.metricsLeftOut).toBe(40_001 - Object.keys(job.metrics).length);
    expect(Buffer.byteLength(JSON.stringify(ended))).toBeLessThan(256 * 1024);
  });

  it('can be cancelled', async () => {
    await stage.inject({
      endpoint: 'registeredModels.register',
      kind: 'status',
      status: 403,
      body: { errors: ['no'] },
      times: 50,
    });
    const { runId } = await stage.client.start('train-and-deploy', await input('many', { gate }));
    await until(stage.client, runId, ({ steps }) =>
      steps.some(({ name, state }) => name === 'register' && state.status !== 'pending'),
    );
    await stage.client.cancel(runId, { reason: 'enough' });
    expect(await stage.client.wait(runId, { timeoutMs: 30_000 })).toMatchObject({ status: 'cancelled' });
  });
});
