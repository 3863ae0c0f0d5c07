/** Documents that the configuration names: started by name from the command line, over HTTP and by schedules. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ReplayPlan, Run } from '../../src/client.js';
import { runCommand } from '../support/command.js';
import { created } from '../support/ledger.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-documents-'));
const elsewhere = mkdtempSync(join(tmpdir(), 'longhaul-schedule-'));
const file = join(folder, 'nightly.yaml');
const document = (command: string) => `longhaul: pipeline/v1
pipeline: nightly
description: Trains every night.
connection: domino-test
input: { properties: { month: { type: string, pattern: '^\\d{4}-\\d{2}$' } }, required: [month] }
steps:
  data: { uses: job, with: { project: ada/iris, command: 'python data.py \${{ input.month }}' } }
  train: { uses: job, needs: data, with: { project: ada/iris, command: ${command} } }
outputs: { job: '\${{ steps.train.jobId }}' }
`;

let stage: Stage;
let server: ServerProcess;
beforeAll(async () => {
  writeFileSync(file, document('python fails.py'));
  stage = await createStage({
    world: new URL('../support/documents.yaml', import.meta.url).pathname,
    settings: { pipelines: folder },
  });
  [server] = await Promise.all([startServer(stage), stage.startWorker()]);
});
afterAll(async () => {
  await server.close();
  await stage.close();
  for (const one of [folder, elsewhere]) rmSync(one, { recursive: true });
});

const longhaul = (...args: readonly string[]) => runCommand(args, { env: stage.env });
const get = async (path: string): Promise<unknown> => (await fetch(new URL(path, server.url))).json();
const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(new URL(path, server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

describe('over HTTP', () => {
  it('is listed, shown with its graph, and its input described', async () => {
    expect(await get('/v1/pipelines')).toMatchObject({
      pipelines: [
        { name: 'train-and-deploy', kind: 'built-in' },
        { name: 'retrain', kind: 'built-in' },
        { name: 'build-environment', kind: 'built-in' },
        { name: 'nightly', kind: 'document', steps: ['data', 'train'], description: 'Trains every night.' },
      ],
    });
    expect(await get('/v1/pipelines/nightly')).toMatchObject({
      document: { pipeline: 'nightly', steps: { train: { kind: 'domino.job' } } },
      graph: {
        nodes: [{ name: 'data' }, { name: 'train' }],
        edges: [{ from: 'data', to: 'train', why: 'needs' }],
      },
    });
    expect(await get('/v1/pipelines/retrain')).toMatchObject({
      graph: { nodes: [{ name: 'decide' }, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}] },
    });
    expect(await get('/v1/pipelines/nightly/schema')).toMatchObject({
      title: 'nightly',
      required: ['month'],
    });
  });

  it('is checked, and nothing is kept of it', async () => {
    expect(await post('/v1/pipelines/check', { document: document('python x.py') })).toEqual({
      status: 200,
      body: { ok: true, pipeline: 'nightly', faults: [], warnings: [] },
    });
    const wrong = document('python x.py').replace('uses: job, needs', 'uses: jib, needs');
    expect((await post('/v1/pipelines/check', { document: wrong })).body).toMatchObject({
      ok: false,
      faults: expect.arrayContaining([
        { line: 8, column: 18, message: 'there is no kind of step "jib"; did you mean "job"?' },
      ]) as unknown,
    });
    const around = `longhaul: pipeline/v1
pipeline: around
connection: domino-test
steps: { a: { uses: pipeline, with: { pipeline: nightly, input: { month: May } } } }
`;
    expect((await post('/v1/pipelines/check', { document: around })).body).toEqual({
      ok: false,
      faults: [
        { line: 4, column: 74, message: String.raw`steps.a.with.input.month must match ^\d{4}-\d{2}$` },
      ],
      warnings: [],
    });
  });

  it('is started once by its name and a key, and an input that does not fit is refused', async () => {
    const path = '/v1/pipelines/nightly/runs';
    const key = { 'idempotency-key': 'http' };
    expect(await post(path, { input: { month: 'May' } }, key)).toMatchObject({
      status: 422,
      body: { code: 'INPUT_INVALID' },
    });
    const input = { month: '2026-12' };
    expect(await post(path, { input }, key)).toMatchObject({
      status: 201,
      body: { runId: 'nightly.http', created: true },
    });
    expect(await post(path, { input }, key)).toMatchObject({ status: 200, body: { created: false } });
    expect((await post(path, { input: { month: '2026-11' } }, key)).body).toMatchObject({
      code: 'RUN_KEY_REUSED',
      detail: expect.stringContaining('another input or another version of its document') as unknown,
    });
    await stage.client.wait('nightly.http', { timeoutMs: 90_000 });
    expect(await get('/v1/runs/nightly.http')).toMatchObject({ pipeline: 'nightly', status: 'failed' });
    expect(await get('/v1/runs?pipeline=nightly')).toMatchObject({ runs: [{ runId: 'nightly.http' }] });
  });
});

it('is not run as a file has it that anybody may have edited', async () => {
  const exported = (await get('/v1/runs/nightly.http/export')) as { document: object };
  const edited = { ...exported, document: { ...exported.document, metrics: ['more'] } };
  expect(await post('/v1/replay-plans', { exported: edited })).toMatchObject({
    status: 422,
    body: { code: 'REPLAY_INVALID' },
  });
  const whole = await post('/v1/replay-plans', { exported });
  // As it is, it is refused for Temporal knows the run.
  expect(whole).toMatchObject({ body: { code: 'REPLAY_REFUSED' } });
});

describe('from the command line', () => {
  it('is started by its name, and a run of it goes on by the document as it is now', async () => {
    const started = await longhaul(
      'run',
      'start',
      'nightly',
      '-p',
      'month=2026-12',
      '--key',
      'cli',
      '--wait',
      '-o',
      'json',
    );
    expect([started.exitCode, (JSON.parse(started.stdout) as Run).status]).toEqual([5, 'failed']);
    const jobs = created(stage.simulator, 'job').length;

    writeFileSync(file, document('python train.py'));
    const asked = ['nightly.cli', '--definition', 'latest'];
    const planned = await longhaul('replay', 'plan', ...asked, '-o', 'json');
    const plan = JSON.parse(planned.stdout) as ReplayPlan;
    expect(plan.steps.map(({ name, action }) => [name, action])).toEqual([
      ...[
        ['data', 'reused'],
        ['train', 'run'],
      ],
    ]);
    expect(plan.differences).toContainEqual({
      what: 'definition',
      detail: 'steps.train.with.command: "python fails.py" is now "python train.py"',
    });
    const applied = await longhaul(
      'replay',
      'apply',
      ...asked,
      '--plan',
      plan.hash,
      '--reason',
      'mended',
      '--wait',
      '-o',
      'json',
    );
    const run = JSON.parse(applied.stdout) as Run;
    expect([applied.exitCode, run.status, statuses(run)]).toEqual([
      ...[0, 'succeeded', { data: 'reused', train: 'succeeded' }],
    ]);
    expect(created(stage.simulator, 'job')).toHaveLength(jobs + 1);
  });

  it('is started from a file, and forked into a run of its own', async () => {
    const other = join(folder, 'other.yml');
    writeFileSync(other, document('python train.py').replace('nightly', 'other'));
    const { stdout, exitCode } = await longhaul(
      'run',
      'start',
      other,
      '-p',
      'month=2026-12',
      '--key',
      'f',
      '--wait',
      '-o',
      'json',
    );
    expect([exitCode, (JSON.parse(stdout) as Run).runId]).toEqual([0, 'other.f']);
    rmSync(other);
    const request = { runId: 'other.f', forkTo: 'g', from: 'train' };
    const plan = await stage.client.replays.plan(request);
    await stage.client.replays.apply(request, { plan: plan.hash, by: 'ada', reason: 'again' });
    const fork = await stage.client.wait('other.g', { timeoutMs: 90_000 });
    expect([fork.status, statuses(fork)]).toEqual(['succeeded', { data: 'reused', train: 'succeeded' }]);
  });

  it('stands in the way of nothing but runs of itself while it has a fault', async () => {
    const whole = document('python train.py');
    writeFileSync(file, whole.replace('uses: job, needs', 'uses: jib, needs'));
    const at = `${file}:8:18: there is no kind of step "jib"`;
    const listed = await longhaul('pipeline', 'list');
    const latest = await longhaul('replay', 'plan', 'nightly.cli', '--definition', 'latest');
    const got = await longhaul('run', 'get', 'nightly.cli', '-o', 'json');
    writeFileSync(file, whole);
    expect([listed.exitCode, listed.stderr]).toEqual([0, expect.stringContaining(at)]);
    expect([latest.exitCode, latest.stderr]).toEqual([2, expect.stringContaining(at)]);
    expect([got.exitCode, (JSON.parse(got.stdout) as Run).status]).toEqual([0, 'succeeded']);
  });

  it('narrows a list of runs, and a name that no pipeline has is told as that', async () => {
    const { stdout } = await longhaul('run', 'list', '--pipeline', 'nightly', '-o', 'ids');
    expect(stdout.split('\n')).toContain('nightly.cli');
    const none = await longhaul('run', 'list', '--pipeline', 'nihgtly');
    expect([none.exitCode, none.stderr]).toEqual([
      0,
      'No run matches. There is no pipeline "nihgtly"; the pipelines are train-and-deploy, retrain, build-environment, nightly.\n',
    ]);
  });
});

describe('by a schedule', () => {
  it('is run with the document as it was when the schedule was written', async () => {
    const path = join(elsewhere, 'schedule.json');
    writeFileSync(
      path,
      JSON.stringify({
        name: 'monthly',
        pipeline: 'nightly',
        cron: ['0 3 1 * *'],
        input: { month: '2026-12' },
      }),
    );
    const made = await longhaul('schedule', 'create', '-f', path);
    expect({ exitCode: made.exitCode, stderr: made.stderr }).toMatchObject({ exitCode: 0 });
    await stage.client.schedules.trigger('monthly');
    let runId: string | undefined;
    for (let look = 0; look < 100 && runId === undefined; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      for await (const one of stage.client.list({ pipeline: 'nightly' }))
        if (one.trigger === 'schedule') runId = one.runId;
    }
    const run = await until(stage.client, runId ?? 'nightly.none', ({ endedAt }) => endedAt !== undefined);
    expect([run.status, run.trigger.kind]).toEqual(['succeeded', 'schedule']);
  });
});
