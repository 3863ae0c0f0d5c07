/** What a run may leave on UbiOps: requests whose answers are lost, refused or late, and those of steps that come last. */
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Run } from '../../src/client.js';
import { eventually } from '../support/eventually.js';
import { calls, created, fromNowOn } from '../support/ledger.js';
import { statuses, until } from '../support/stage.js';
import {
  type UbiOpsStage,
  createUbiOpsStage,
  deployingEcho,
  settledRun,
  startOnUbiOps,
} from '../support/ubiops.js';

const asking = 'uses: request, with: { project: iris, deployment: echo, data: { text: slow }, marker: text }';

let stage: UbiOpsStage;
beforeAll(async () => {
  stage = await createUbiOpsStage();
  await stage.startWorker();
  await stage.client.wait(await start('serve', deployingEcho('iris')), { timeoutMs: 60_000 });
});
afterAll(() => stage.close());
const heal = () => fetch(new URL('/_simulator/faults', stage.ubiops.url), { method: 'DELETE' });
beforeEach(async () => {
  await heal();
});

const start = (name: string, steps: string): Promise<string> => startOnUbiOps(stage, name, steps);
const settled = (runId: string): Promise<Run> => settledRun(stage, runId);
const listed = async (path: string): Promise<readonly Record<string, unknown>[]> => {
  const url = new URL(`/v2.1/projects/iris/deployments/echo/versions${path}`, stage.ubiops.url);
  const answer = await fetch(url, { headers: { authorization: `Token ${stage.ubiops.apiKey}` } });
  return (await answer.json()) as Record<string, unknown>[];
};
/** How many requests wait or run. */
async function open(): Promise<number> {
  const [served] = await listed('');
  const of = (status: string) => listed(`/${String(served?.['version'])}/requests?status=${status}`);
  return (await of('pending')).length + (await of('processing')).length;
}

it('a request that is sent last is cancelled where it cannot be awaited, and nobody is asked', async () => {
  const body = { error: 'Request was not found' };
  const missing = { endpoint: 'versionRequests.get', kind: 'status', status: 404, body, times: 1_000 };
  await stage.tellUbiOps('faults', missing);
  const runId = await start(
    'last',
    `
  first: { uses: pause, with: { for: 1s } }
finally:
  within: 60s
  steps:
    ask: { ${asking} }
`,
  );
  await until(stage.client, runId, (run) => statuses(run)['ask'] === 'failed');
  await heal();
  const run = await settled(runId);
  expect([run.status, statuses(run)]).toEqual(['succeeded', { first: 'succeeded', ask: 'failed' }]);
  expect(run.cleanup?.leftBehind ?? []).toEqual([]);
  expect(await open()).toBe(0);
});

it('a request is cancelled with its run although that is refused at first', async () => {
  const runId = await start('refused', `  ask: { ${asking} }\n`);
  await until(stage.client, runId, (run) => statuses(run)['ask'] === 'waiting');
  const refusal = { kind: 'status', status: 401, body: { error: 'Invalid token' }, times: 3 };
  await stage.tellUbiOps('faults', { endpoint: 'versionRequests.update', ...refusal });
  await stage.client.cancel(runId, { reason: 'wrong question' });
  const { status, cleanup } = await settled(runId);
  expect([status, cleanup]).toEqual([
    'cancelled',
    { undone: [expect.objectContaining({ kind: 'job' })], leftBehind: [] },
  ]);
  expect(await open()).toBe(0);
});

it('a version that is made only after its run was cancelled is deleted', async () => {
  await stage.tellUbiOps('faults', { endpoint: 'versions.create', kind: 'late-commit', ms: 3_000 });
  const ubiops = fromNowOn(stage.ubiops);
  const runId = await start('late', deployingEcho('other'));
  await eventually(() => calls(ubiops, 'versions.create') > 0);
  await stage.client.cancel(runId, { reason: 'wrong model' });
  const { status, cleanup } = await settled(runId);
  expect([status, cleanup]).toMatchObject([
    'cancelled',
    { undone: [{ kind: 'deploymentVersion' }], leftBehind: [], afterwards: 'done' },
  ]);
  expect(await listed('')).toHaveLength(1);
});

it('a request that is carried out after it was sent again is cancelled beside the one that is adopted', async () => {
  const late = { kind: 'late-commit', ms: 500, after: 'repeat' };
  await stage.tellUbiOps('faults', { endpoint: 'versionRequests.createBatch', ...late });
  const ubiops = fromNowOn(stage.ubiops);
  const runId = await start('twice', `  ask: { ${asking} }\n`);
  await until(stage.client, runId, (run) => statuses(run)['ask'] === 'waiting');
  await eventually(() => created(ubiops, 'deploymentRequest').length === 2);
  await eventually(async () => (await open()) === 1);
  await stage.client.cancel(runId, { reason: 'enough' });
  expect(await settled(runId)).toMatchObject({ cleanup: { leftBehind: [] } });
  expect(await open()).toBe(0);
});

it('a version of before that is put live only after the run was cancelled which reuses it is not live for long', async () => {
  const live = async (): Promise<unknown> => {
    const url = new URL('/v2.1/projects/iris/deployments/echo', stage.ubiops.url);
    const answer = await fetch(url, { headers: { authorization: `Token ${stage.ubiops.apiKey}` } });
    return ((await answer.json()) as { default_version: unknown }).default_version;
  };
  await stage.client.wait(await start('rival', deployingEcho('rival')), { timeoutMs: 60_000 });
  const rival = await live();
  await stage.tellUbiOps('faults', { endpoint: 'deployments.update', kind: 'late-commit', ms: 2_500 });
  const ubiops = fromNowOn(stage.ubiops);
  const runId = await start('back', deployingEcho('iris'));
  await eventually(() => calls(ubiops, 'deployments.update') > 0);
  await stage.client.cancel(runId, { reason: 'wrong model' });
  const { status, cleanup } = await settled(runId);
  // The one that came late, and the one that takes it back.
  expect([calls(ubiops, 'deployments.update'), await live()]).toEqual([2, rival]);
  expect([status, cleanup]).toMatchObject([
    'cancelled',
    { undone: [{ kind: 'deploymentVersion' }], leftBehind: [], afterwards: 'done' },
  ]);
});
