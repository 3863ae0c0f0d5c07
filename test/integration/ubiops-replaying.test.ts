/** Replays of what has failed on UbiOps, and approvals of what would go live there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { ApprovalRequest, ReplayPlan } from '../../src/client.js';
import { awaitedApproval } from '../../src/run/approvals/approvals.js';
import { runCommand } from '../support/command.js';
import { documentIn } from '../support/documents.js';
import { eventually } from '../support/eventually.js';
import { created, fromNowOn } from '../support/ledger.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { statuses, until } from '../support/stage.js';
import {
  type UbiOpsStage,
  createUbiOpsStage,
  deployingEcho,
  settledRun,
  startOnUbiOps,
} from '../support/ubiops.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-approving-'));
let stage: UbiOpsStage;
let server: ServerProcess;
let ubiops: ReturnType<typeof fromNowOn>;
beforeAll(async () => {
  write('first = 1');
  stage = await createUbiOpsStage({}, { connection: 'domino-dev', settings: { pipelines: folder } });
  [server] = await Promise.all([startServer(stage), stage.startWorker()]);
});
beforeEach(async () => {
  await fetch(new URL('/_simulator/faults', stage.ubiops.url), { method: 'DELETE' });
  await stage.tellUbiOps('clock', { speed: 120 });
  ubiops = fromNowOn(stage.ubiops);
});
afterAll(async () => {
  await server.close();
  await stage.close();
  rmSync(folder, { recursive: true });
});

const refused = { kind: 'status', status: 400, body: { error: 'no room' }, times: 1_000 };

it('a replay of a deployment that was refused half-way adopts what was made', async () => {
  await stage.tellUbiOps('faults', { endpoint: 'deploymentRevisions.upload', ...refused });
  const runId = await startOnUbiOps(stage, 'serve', deployingEcho('iris'));
  expect(await settledRun(stage, runId)).toMatchObject({ failure: { code: 'REQUEST_REJECTED' } });
  await fetch(new URL('/_simulator/faults', stage.ubiops.url), { method: 'DELETE' });
  const plan = await stage.client.replays.plan({ runId });
  await stage.client.replays.apply({ runId }, { plan: plan.hash, by: 'ada', reason: 'there is room' });
  const run = await settledRun(stage, runId);
  expect([run.status, run.failure, statuses(run)]).toEqual(['succeeded', undefined, { deploy: 'succeeded' }]);
  for (const kind of ['deployment', 'deploymentRevision'])
    expect([kind, created(ubiops, kind).length]).toEqual([kind, 1]);
});

it('a version that is half made is deleted where the replay deploys elsewhere', async () => {
  const document = documentIn(`longhaul: pipeline/v1
pipeline: moving
connection: ubiops-dev
input: { properties: { to: { type: string } }, required: [to] }
steps:${deployingEcho('iris').replace('deployment: echo', 'deployment: "${{ input.to }}"')}`);
  await stage.tellUbiOps('clock', { speed: 0.1 });
  const { runId } = await stage.client.startPipeline(document, { to: 'first' });
  await eventually(() => created(ubiops, 'deploymentRevision').length === 1);
  const request = { runId, stopFirst: true, set: { to: 'second' } };
  // It is refused until the upload has been answered.
  const planned = () => stage.client.replays.plan(request).catch(() => null);
  await eventually(async () => (await planned()) !== null);
  const plan = await stage.client.replays.plan(request);
  await stage.client.replays.apply(request, { plan: plan.hash, by: 'ada', reason: 'wrong place' });
  await stage.tellUbiOps('clock', { speed: 120 });
  expect((await settledRun(stage, runId)).status).toBe('succeeded');
  const versionsOf = async (deployment: string): Promise<number> => {
    const path = `/v2.1/projects/iris/deployments/${deployment}/versions`;
    const headers = { authorization: `Token ${stage.ubiops.apiKey}` };
    const answer = await fetch(new URL(path, stage.ubiops.url), { headers });
    return ((await answer.json()) as readonly unknown[]).length;
  };
  await eventually(async () => (await versionsOf('first')) === 0);
  expect(await versionsOf('second')).toBe(1);
});

it('nobody is asked where nothing will be deployed', async () => {
  const deploy = deployingEcho('iris').replace('uses: deployment', 'uses: deployment\n    if: ${{ 1 > 2 }}');
  const run = await settledRun(
    stage,
    await startOnUbiOps(stage, 'quiet', `  approve: { uses: approve }${deploy}`),
  );
  expect([run.status, statuses(run)]).toEqual(['succeeded', { approve: 'skipped', deploy: 'skipped' }]);
  expect(run.steps[0]?.state).toMatchObject({
    reason: '"deploy" is not done, for its condition does not hold: 1 > 2',
  });
});

it('the build of a revision that the replay has edited is cancelled', async () => {
  await stage.tellUbiOps('clock', { speed: 0.1 });
  const input = {
    ...{ connection: 'ubiops-dev', project: 'iris' },
    environment: { name: 'edited', base: { environment: 'python3-12' } },
    revision: { files: { 'requirements.txt': 'pandas' } },
  };
  const { runId } = await stage.client.start('build-environment', input, { key: 'edited' });
  await until(stage.client, runId, (run) => statuses(run)['build'] === 'waiting');
  const request = { runId, stopFirst: true, set: { 'revision.files': { 'requirements.txt': 'numpy' } } };
  const plan = await stage.client.replays.plan(request);
  await stage.client.replays.apply(request, { plan: plan.hash, by: 'ada', reason: 'wrong packages' });
  const path = '/v2.1/projects/iris/environments/edited/revisions';
  const get = async (of: string) => {
    const headers = { authorization: `Token ${stage.ubiops.apiKey}` };
    const answer = await fetch(new URL(`${path}${of}`, stage.ubiops.url), { headers });
    return (await answer.json()) as readonly { id: string; status: string }[];
  };
  await eventually(async () => (await get('')).length === 2);
  const builds = async () =>
    (await Promise.all((await get('')).map(({ id }) => get(`/${id}/builds`)))).flat();
  await eventually(async () => (await builds()).filter(({ status }) => status === 'cancelled').length === 1);
  await stage.tellUbiOps('clock', { speed: 120 });
  expect((await settledRun(stage, runId)).status).toBe('succeeded');
  expect((await builds()).map(({ status }) => status).sort()).toEqual(['cancelled', 'success']);
});

/** Writes the document that is approved; the program is its only file. */
function write(program: string): void {
  const deploy = deployingEcho("'${{ input.model }}'")
    .replace('class Deployment: pass', program)
    .replace('deployment: echo', 'deployment: approved');
  writeFileSync(
    join(folder, 'go-live.yaml'),
    `longhaul: pipeline/v1
pipeline: go-live
connection: ubiops-dev
input: { properties: { model: { type: string } }, required: [model] }
steps:
  approve: { uses: approve, with: { within: 1d } }${deploy}`,
  );
}
const longhaul = async (...args: readonly string[]): Promise<string> => {
  const { stdout, stderr, exitCode } = await runCommand(args, { env: stage.env });
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
};
const start = async (key: string): Promise<string> => {
  const said = await longhaul('run', 'start', 'go-live', '-p', `model=${key}`, '--key', key, '-o', 'ids');
  return said.trim();
};
/** What it asks, as the API tells it. */
async function asked(runId: string): Promise<ApprovalRequest> {
  await until(stage.client, runId, (run) => awaitedApproval(run) !== null);
  const answer = await fetch(new URL(`/v1/runs/${runId}`, server.url));
  const { steps } = (await answer.json()) as { steps: { state: { approval?: ApprovalRequest } }[] };
  const approval = steps.find(({ state }) => state.approval !== undefined)?.state.approval;
  if (approval === undefined) throw new Error('nothing is asked');
  return approval;
}
const decide = (runId: string, action: 'approve' | 'reject'): Promise<Response> =>
  fetch(new URL(`/v1/runs/${runId}/${action}`, server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'looked at it' }),
  });

it('a version goes live once it is approved, asks again where a replay has another file, and is not made where it is rejected', async () => {
  await stage.tellUbiOps('faults', { endpoint: 'deploymentRevisions.upload', ...refused });
  const runId = await start('iris');
  const first = await asked(runId);
  expect(first).toMatchObject({
    ...{ model: 'approved', version: expect.stringMatching(/^lh-/) as unknown, live: null },
    changed: ['variable MODEL is new: iris'],
    subject: { deploys: { files: { 'deployment.py': { bytes: 9 } }, variables: { MODEL: { bytes: 4 } } } },
  });
  const shown = await longhaul('run', 'get', runId);
  expect(shown).toContain(`to be decided: approved version ${first.version}, where nothing is live, until `);
  expect(shown).toMatch(/ {4}file {11}deployment\.py \(9 B\), SHA-256 [0-9a-f]{16}\n/);
  const [, digest = ''] = /--digest ([0-9a-f]{16})\n/.exec(shown) ?? [];
  expect(created(ubiops, 'deployment')).toEqual([]);
  await longhaul('run', 'approve', runId, '--reason', 'it is fine', '--digest', digest);
  expect(await settledRun(stage, runId)).toMatchObject({ failure: { code: 'REQUEST_REJECTED' } });
  await fetch(new URL('/_simulator/faults', stage.ubiops.url), { method: 'DELETE' });

  const plan = async (...more: readonly string[]): Promise<ReplayPlan> =>
    JSON.parse(await longhaul('replay', 'plan', runId, ...more, '-o', 'json')) as ReplayPlan;
  expect((await plan()).steps[0]).toMatchObject({ name: 'approve', action: 'reused' });
  write('other = 1');
  const latest = ['--definition', 'latest'];
  const { hash, steps } = await plan(...latest);
  const why = 'approval is asked again: deploys.files.deployment.py.sha256:';
  expect(steps[0]).toMatchObject({ action: 'run', why: expect.stringContaining(why) as unknown });
  await longhaul('replay', 'apply', runId, ...latest, '--plan', hash, '--reason', 'there is room');
  const again = await asked(runId);
  // The first version of a deployment is live as soon as it is made.
  expect(again.changed).toEqual([
    expect.stringContaining(why),
    `version ${first.version} is live without a package`,
  ]);
  expect([again.digest === first.digest, again.version === first.version]).toEqual([false, false]);
  expect((await decide(runId, 'approve')).status).toBe(200);
  const run = await settledRun(stage, runId);
  expect([run.status, statuses(run)]).toEqual(['succeeded', { approve: 'succeeded', deploy: 'succeeded' }]);
  expect(run.steps[1]?.state).toMatchObject({ output: { version: again.version, promoted: true } });

  ubiops = fromNowOn(stage.ubiops);
  const rejected = await start('other');
  expect(await asked(rejected)).toMatchObject({
    live: { version: again.version },
    changed: ['variable MODEL: iris is now other'],
  });
  expect((await decide(rejected, 'reject')).status).toBe(200);
  expect(await settledRun(stage, rejected)).toMatchObject({
    ...{ status: 'succeeded', result: { outcome: 'rejected' } },
  });
  expect(ubiops.ledger().flatMap(({ effects }) => effects)).toEqual([]);
});
