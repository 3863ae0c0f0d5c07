/** Each creating effect of a deployment and of a request on UbiOps, with its worker killed after the commit; and a cancellation. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { documentIn } from '../support/documents.js';
import { eventually } from '../support/eventually.js';
import { created } from '../support/ledger.js';
import { statuses, until } from '../support/stage.js';
import { type UbiOpsStage, createUbiOpsStage, deployingEcho } from '../support/ubiops.js';

const document = (data = 'hello') =>
  documentIn(`
longhaul: pipeline/v1
pipeline: serve
connection: ubiops-dev
steps:${deployingEcho('iris')}  ask:
    uses: request
    with: { project: iris, deployment: '\${{ steps.deploy }}', data: { text: ${data} }, marker: text }
outputs: { said: '\${{ steps.ask.result.text }}' }
`);

let stage: UbiOpsStage;
beforeEach(async () => {
  stage = await createUbiOpsStage();
  await stage.startWorker();
});
afterEach(() => stage.close());

const kinds = [
  'deployment',
  'deploymentVersion',
  'environmentVariable',
  'deploymentRevision',
  'deploymentRequest',
];
const counted = () => Object.fromEntries(kinds.map((kind) => [kind, created(stage.ubiops, kind).length]));
const once = Object.fromEntries(kinds.map((kind) => [kind, 1]));

/** Each creation, the kind of its object, and with which code a second one of a name is refused. */
const creations = [
  ['deployments.create', 'deployment', 400],
  ['versions.create', 'deploymentVersion', 409],
  ['versionVariables.create', 'environmentVariable', 400],
  ['deploymentRevisions.upload', 'deploymentRevision', 409],
  ['versionRequests.createBatch', 'deploymentRequest', 400],
] as const;

describe.each(creations)('%s', (endpoint, kind, duplicates) => {
  it('is adopted by another worker when its worker is killed after the commit', async () => {
    await stage.tellUbiOps('behaviour', { duplicates });
    await stage.tellUbiOps('faults', { endpoint, kind: 'hold-answer', ms: 60_000 });
    const { runId } = await stage.client.startPipeline(document(), {});
    await eventually(() => created(stage.ubiops, kind).length === 1);
    await stage.killWorkers();
    await stage.startWorker();
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(run.result).toEqual({
      outputs: { said: expect.stringMatching(/^hello \[lh:\w{12}\]$/) as unknown },
    });
    expect(counted()).toEqual(once);
  });
});

it('a call that creates under a name is adopted by another worker when its worker is killed after the commit', async () => {
  const calling = documentIn(`
longhaul: pipeline/v1
pipeline: calling
connection: ubiops-dev
steps:
  make:
    uses: call
    with:
      endpoint: ubiops.deployments.create
      params: { projectName: iris }
      body: { name: mine, input_type: plain, output_type: plain }
      select: { name: /name }
outputs: { made: '\${{ steps.make.body.name }}' }
`);
  await stage.tellUbiOps('faults', { endpoint: 'deployments.create', kind: 'hold-answer', ms: 60_000 });
  const { runId } = await stage.client.startPipeline(calling, {});
  await eventually(() => created(stage.ubiops, 'deployment').length === 1);
  await stage.killWorkers();
  await stage.startWorker();
  const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
  expect({ status: run.status, result: run.result }).toEqual({
    status: 'succeeded',
    result: { outputs: { made: 'mine' } },
  });
  expect(created(stage.ubiops, 'deployment')).toHaveLength(1);
});

describe('a name that does not exist', () => {
  const asking = (more: string) =>
    documentIn(`
longhaul: pipeline/v1
pipeline: asking
connection: ubiops-dev
steps:
  deploy:
    uses: deployment
    with: { project: iris, deployment: echo, input: plain, output: plain, environment: python3-12, files: { deployment.py: 'class Deployment: pass' } }
  other: { uses: request, needs: [deploy], with: { project: churn, ${more}, data: { a: b } } }
`);

  it('ends the run at once, before anything is made, although a later step names it', async () => {
    const { runId } = await stage.client.startPipeline(asking('deployment: chrun'), {});
    const { status, failure } = await stage.client.wait(runId, { timeoutMs: 60_000 });
    expect({ status, failure }).toMatchObject({
      status: 'failed',
      failure: {
        ...{ code: 'NOT_FOUND', step: 'deploy' },
        message: expect.stringContaining(
          'steps.other.with.deployment: there is no deployment "chrun"; there are none',
        ) as unknown,
      },
    });
    expect(counted()).toEqual(Object.fromEntries(kinds.map((kind) => [kind, 0])));
  });

  it('is found by a dry run, with what there is instead', async () => {
    const { ok, findings } = await stage.client.dryRun(asking('deployment: chrun, version: v1'), {});
    expect({ ok, missing: findings.filter(({ verdict }) => verdict !== 'found') }).toMatchObject({
      ok: false,
      missing: [
        {
          kind: 'deployment',
          value: 'chrun',
          project: 'churn',
          verdict: 'missing',
          detail: 'there are none',
        },
        { kind: 'version', value: 'v1', within: 'chrun', verdict: 'unknown' },
      ],
    });
  });
});

it('a run that is cancelled while its package builds deletes its version', async () => {
  await stage.tellUbiOps('clock', { speed: 0.01 });
  const { runId } = await stage.client.startPipeline(document(), {});
  await until(stage.client, runId, (run) => statuses(run)['deploy'] === 'waiting');
  await eventually(() => created(stage.ubiops, 'deploymentRevision').length === 1);
  await stage.client.cancel(runId, { reason: 'wrong model' });
  const { cleanup } = await stage.client.wait(runId, { timeoutMs: 60_000 });
  const version = expect.stringMatching(/^lh-/) as unknown;
  expect(cleanup).toEqual({ undone: [{ kind: 'deploymentVersion', id: version }], leftBehind: [] });
});

it('a run that is cancelled while its request runs cancels that, and leaves what serves', async () => {
  const { runId } = await stage.client.startPipeline(document('slow'), {});
  await until(stage.client, runId, (run) => statuses(run)['ask'] === 'waiting');
  await stage.client.cancel(runId, { reason: 'wrong question' });
  const { cleanup } = await stage.client.wait(runId, { timeoutMs: 60_000 });
  const request = expect.stringMatching(/^iris\/echo\/lh-\w+\//) as unknown;
  expect(cleanup).toEqual({ undone: [{ kind: 'job', id: request }], leftBehind: [] });
});
