/** What can be done with runs of documents that act on two platforms, and who may: over HTTP and from the command line. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { Webhook } from 'standardwebhooks';
import { createKey, newKeyId } from '../../src/access/keys.js';
import { type Run, type RunDiff, parseRunQuery } from '../../src/client.js';
import { type Simulator, createSimulator } from '../../src/simulator/index.js';
import { hasEnded, untilCampaign } from '../support/campaigns.js';
import { runCommand } from '../support/command.js';
import { eventually } from '../support/eventually.js';
import { calls, created } from '../support/ledger.js';
import { jobStatus } from '../support/platform.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

const world = new URL('../support/documents.yaml', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'longhaul-operations-'));
const keysFile = join(folder, 'keys.json');
const secret = `whsec_${Buffer.from('a shared secret of 32 bytes, yes').toString('base64')}`;
const job = (command: string, more = '') =>
  `{ uses: job, ${more}with: { project: ada/iris, command: ${command} } }`;
const written = (name: string, steps: string, input = '{}') =>
  `longhaul: pipeline/v1\npipeline: ${name}\nconnection: domino-test\ninput: ${input}\nsteps:\n${steps}`;

const both = written(
  'both',
  `  train: ${job('"python train.py ${{ input.month }}"')}
  score: ${job('python score.py', 'connection: elsewhere, needs: train, ')}
  register: { uses: register, with: { model: churn, job: "\${{ steps.train }}" } }
`,
  "{ properties: { month: { type: string, pattern: '^\\d{4}-\\d{2}$' } }, required: [month] }",
);
const flaky = (name: string) =>
  written(name, `  data: ${job('python data.py')}\n  train: ${job('python fails.py', 'needs: data, ')}\n`);
const stuck = written('stuck', `  a: ${job('python a.py')}\n  b: ${job('python endless.py')}\n`);
const last = written(
  'last',
  `  train: ${job('python train.py')}
finally: { within: 10m, steps: { report: ${job('[python, endless.py, "${{ run.outcome }}"]')} } }
`,
);

let stage: Stage;
let other: Simulator;
let server: ServerProcess;
const keys = new Map<string, string>();

async function addKey(name: string, connections: string[]): Promise<void> {
  const grant = { role: 'admin' as const, pipelines: ['*'], connections };
  const { key } = await createKey(keysFile, { ...grant, id: newKeyId(), name, createdBy: 'test' });
  keys.set(name, key);
}

beforeAll(async () => {
  const pipelines = join(folder, 'pipelines');
  mkdirSync(pipelines);
  for (const [name, text] of Object.entries({ both, last, stuck, one: flaky('one'), two: flaky('two') }))
    writeFileSync(join(pipelines, `${name}.yaml`), text);
  await addKey('everywhere', ['domino-test', 'elsewhere']);
  await addKey('here', ['domino-test']);
  other = await createSimulator({ speed: 120, seed: 8, world });
  stage = await createStage({
    world,
    settings: {
      pipelines,
      access: { keysFile },
      webhooks: {
        incoming: {
          arrived: {
            ...{ secrets: [{ env: 'HOOK_SECRET' }], pipeline: 'both', when: { '/type': 'data.arrived' } },
            input: { month: { from: '/data/month' } },
          },
        },
      },
    },
    connections: {
      elsewhere: {
        ...{ platform: 'domino', url: other.url, apiKey: { env: 'OTHER_KEY' }, requestsPerSecond: 500 },
      },
    },
    env: { OTHER_KEY: other.apiKey, HOOK_SECRET: secret },
  });
  [server] = await Promise.all([startServer(stage), stage.startWorker()]);
});
afterAll(async () => {
  await server.close();
  await stage.close();
  await other.close();
  rmSync(folder, { recursive: true });
});

const longhaul = (...args: readonly string[]) => runCommand(args, { env: stage.env });

async function ask(who: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(new URL(path, server.url), {
    headers: { authorization: `Bearer ${keys.get(who)}`, 'content-type': 'application/json', ...headers },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    text,
    body: (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>,
  };
}
const start = (who: string, pipeline: string, key: string, input: object = {}) =>
  ask(who, `/v1/pipelines/${pipeline}/runs`, { input }, { 'idempotency-key': key });
const ended = (runId: string): Promise<Run> => stage.client.wait(runId, { timeoutMs: 90_000 });

describe('a run that acts on two connections', () => {
  const runId = 'both.http';

  it('is started, seen and steered only by who may on both', async () => {
    const input = { month: '2026-12' };
    expect(await start('here', 'both', 'http', input)).toMatchObject({
      status: 404,
      body: { code: 'PIPELINE_UNKNOWN' },
    });
    for (const path of ['', '/both', '/both/schema'])
      expect((await ask('here', `/v1/pipelines${path}`)).text).not.toContain('elsewhere');
    expect(await ask('everywhere', '/v1/pipelines/both/dry-run', { input })).toMatchObject({
      body: {
        ok: true,
        findings: [
          { field: 'steps.train.with.project', verdict: 'found' },
          { field: 'steps.score.with.project', verdict: 'found' },
        ],
      },
    });
    expect(await start('everywhere', 'both', 'http', input)).toMatchObject({ status: 201 });
    expect((await ended(runId)).connections).toEqual(['domino-test', 'elsewhere']);
    for (const [who, status] of [
      ['everywhere', 200],
      ['here', 404],
    ] as const)
      for (const path of ['', '/attempts', '/events', '/logs?step=score', '/history'])
        expect([who, path, (await ask(who, `/v1/runs/${runId}${path}`)).status]).toEqual([who, path, status]);
    const reason = 'x';
    const deeds = { cancel: { reason }, cleanup: { reason }, reset: { step: 'train', reason } };
    for (const [deed, body] of Object.entries({ ...deeds, 'replay-plan': {} }))
      expect([deed, (await ask('here', `/v1/runs/${runId}/${deed}`, body)).status]).toEqual([deed, 404]);
  });

  it('is listed under each of its connections and its model, for who may see both', async () => {
    const model = 'domino-test/ada/iris/churn';
    const succeeded = '/v1/runs?pipeline=both&status=succeeded';
    await eventually(async () => (await ask('everywhere', succeeded)).text.includes(runId));
    for (const connection of ['domino-test', 'elsewhere'])
      expect((await ask('everywhere', `/v1/runs?connection=${connection}`)).body).toMatchObject({
        runs: expect.arrayContaining([
          expect.objectContaining({ runId, connections: ['domino-test', 'elsewhere'] }),
        ]) as unknown,
      });
    expect((await ask('here', '/v1/runs?pipeline=both')).body).toEqual({ runs: [] });
    const found: string[] = [];
    for await (const run of stage.client.list(parseRunQuery(`status=succeeded model=${model}`)))
      found.push(run.runId);
    expect(found).toEqual([runId]);
  });

  it('is planned with a look at both, and goes on from what is there', async () => {
    const asked = calls(other, 'jobs.list') + calls(other, 'jobs.get');
    const { status, body } = await ask('everywhere', `/v1/runs/${runId}/replay-plan`, { from: 'score' });
    expect([status, body['warnings']]).toEqual([200, []]);
    expect(body).toMatchObject({
      steps: [{ name: 'train', action: 'reused' }, { name: 'score', action: 'run' }, { name: 'register' }],
    });
    expect(calls(other, 'jobs.list') + calls(other, 'jobs.get')).toBeGreaterThan(asked);
    const request = { plan: body['hash'], reason: 'again' };
    expect((await ask('everywhere', `/v1/runs/${runId}/replay`, request)).status).toBe(201);
    expect(statuses(await ended(runId))).toEqual({
      ...{ train: 'reused', score: 'succeeded', register: 'reused' },
    });
    expect([created(stage.simulator, 'job').length, created(other, 'job').length]).toEqual([1, 2]);
  });

  it('is compared with the one before, by the document too', async () => {
    await start('everywhere', 'both', 'next', { month: '2026-11' });
    await ended('both.next');
    await eventually(async () => (await ask('everywhere', '/v1/runs/both.next/diff')).status === 200);
    expect((await ask('here', '/v1/runs/both.next/diff')).status).toBe(404);
    const { stdout } = await longhaul('run', 'diff', 'both.next', '-o', 'json');
    const { a, parts } = JSON.parse(stdout) as RunDiff;
    expect(a.runId).toBe(runId);
    expect(parts.map(({ part, verdict }) => [part, verdict])).toContainEqual(['definition', 'equal']);
    expect(parts.find(({ part }) => part === 'inputs')?.changes).toEqual([
      { name: 'month', a: '2026-12', b: '2026-11' },
    ]);
    expect(parts.find(({ part }) => part === 'data')?.unread).toEqual([]);
  });

  it('is started by an event, once', async () => {
    const event = JSON.stringify({ type: 'data.arrived', data: { month: '2026-10' } });
    const at = new Date();
    const send = () =>
      fetch(new URL('/v1/webhooks/arrived', server.url), {
        method: 'POST',
        body: event,
        headers: {
          'content-type': 'application/json',
          ...{ 'webhook-id': 'e1', 'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)) },
          'webhook-signature': new Webhook(secret).sign('e1', at, event),
        },
      });
    const [first, second] = [await send(), await send()];
    expect([first.status, second.status]).toEqual([201, 200]);
    const run = (await first.json()) as { runId: string };
    expect(await ended(run.runId)).toMatchObject({
      pipeline: 'both',
      status: 'succeeded',
      trigger: { kind: 'webhook' },
    });
  });

  it('is scheduled by who may on both, and its schedule is seen by nobody else', async () => {
    const schedule = {
      name: 'both-yearly',
      pipeline: 'both',
      cron: ['@yearly'],
      input: { month: '2026-12' },
    };
    expect((await ask('here', '/v1/schedules', schedule)).status).toBe(404);
    expect((await ask('everywhere', '/v1/schedules', schedule)).body).toMatchObject({
      connections: ['domino-test', 'elsewhere'],
    });
    expect((await ask('here', '/v1/schedules/both-yearly')).status).toBe(404);
    expect((await ask('here', '/v1/schedules/both-yearly/trigger', {})).status).toBe(404);
    await eventually(async () => (await ask('everywhere', '/v1/schedules')).text.includes('both-yearly'));
    expect((await ask('here', '/v1/schedules')).body).toEqual({ schedules: [] });
  });
});

describe('runs of documents that have failed', () => {
  it('are replayed by one campaign, of those that the caller may see', async () => {
    for (const name of ['one', 'two']) await start('here', name, 'f');
    for (const name of ['one', 'two']) expect((await ended(`${name}.f`)).status).toBe('failed');
    const query = 'failure=JOB_FAILED step=train';
    await eventually(async () => {
      const { text } = await ask('here', `/v1/failures?query=${encodeURIComponent(query)}`);
      return ['one.f', 'two.f'].every((runId) => text.includes(runId));
    });
    const made = await longhaul(
      ...['campaign', 'create', '--query', query, '--name', 'mend', '--pace', '100/second'],
      ...['--reason', 'mended', '--canary', '1', '-o', 'json'],
    );
    expect(made.exitCode).toBe(0);
    const planned = await untilCampaign(stage, 'mend', ({ state }) => state === 'planned');
    expect(planned).toMatchObject({
      dryRun: {
        planned: 2,
        refused: 0,
        calls: { 'jobs.start': 2 },
        steps: { data: { reused: 2 }, train: { run: 2 } },
      },
    });
    expect((await ask('here', '/v1/campaigns/mend/start', { reason: 'go' })).status).toBe(200);
    const { counts, runs } = await untilCampaign(stage, 'mend', hasEnded);
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(runs.map(({ runId }) => runId).sort()).toEqual(['one.f', 'two.f']);
  });

  it('are the ones that a key for their pipeline sees', async () => {
    const args = ['--name', 'dashboard', '--role', 'viewer', '--pipelines', 'one'];
    const { stdout, exitCode } = await longhaul('key', 'create', ...args);
    expect(exitCode).toBe(0);
    keys.set('one', stdout.trim());
    await eventually(async () => (await ask('one', '/v1/runs/one.f')).status === 200);
    expect((await ask('one', '/v1/runs/two.f')).status).toBe(404);
    expect((await ask('one', '/v1/pipelines')).body).toMatchObject({ pipelines: [{ name: 'one' }] });
    expect((await longhaul('key', 'create', ...args.slice(0, -1), 'nine')).exitCode).toBe(2);
  });
});

describe('a run that is ended while it does its last steps', () => {
  const jobOf = (run: Run): string =>
    run.steps.find(({ name }) => name === 'report')?.references[0]?.id ?? '';
  const isStopped = async (jobId: string): Promise<boolean> =>
    (await jobStatus(stage.simulator, jobId)) === 'Stopped';
  const reporting = async (key: string): Promise<Run> => {
    const runId = `last.${key}`;
    await start('everywhere', 'last', key);
    return until(stage.client, runId, (run) =>
      run.steps.some(({ name, references }) => name === 'report' && references.length > 0),
    );
  };
  const temporal = async (perform: (client: Client) => Promise<unknown>): Promise<void> => {
    const connection = await Connection.connect({ address: stage.temporalAddress });
    await perform(new Client({ connection, namespace: stage.namespace }));
    await connection.close();
  };

  it('has its job stopped by a cleanup where Temporal has ended it', async () => {
    const run = await reporting('terminated');
    const { runId } = run;
    await temporal(({ workflow }) => workflow.getHandle(runId).terminate('by mistake'));
    await stage.client.cleanUp(runId);
    await eventually(() => isStopped(jobOf(run)));
    await eventually(async () => (await stage.client.get(runId)).cleanup?.undone.length === 1);
  });

  it('has its job stopped where the run is reset meanwhile, and the new attempt does it anew', async () => {
    const run = await reporting('reset');
    const { runId } = run;
    await stage.client.reset(runId, { step: 'train', reason: 'again', by: 'ada', stopFirst: true });
    await eventually(() => isStopped(jobOf(run)));
    const anew = await until(stage.client, runId, ({ steps }) =>
      steps.some(({ name, references }) => name === 'report' && references.length > 0),
    );
    expect(jobOf(anew)).not.toBe(jobOf(run));
    expect(await isStopped(jobOf(anew))).toBe(false);
  });
});

it('stands as one that goes on while a run that was parked stops what it has running', async () => {
  const runId = 'stuck.one';
  const body = { errors: ['Compute quota exceeded'] };
  await stage.inject({ endpoint: 'jobs.start', kind: 'status', status: 403, times: 1, body });
  await start('everywhere', 'stuck', 'one');
  await until(stage.client, runId, (run) => Object.values(statuses(run)).includes('parked'));
  const parked = await until(stage.client, runId, (run) =>
    run.steps.some(({ references }) => references.length > 0),
  );
  expect(parked.failure).toMatchObject({ code: 'QUOTA_EXCEEDED' });
  await stage.inject({ endpoint: 'jobs.stop', kind: 'status', status: 503, times: 4 });
  await stage.client.cancel(runId, { reason: 'enough' });
  await eventually(async () => (await stage.client.describe(runId)).failure === undefined);
  const stopping = await stage.client.describe(runId);
  expect([stopping.status, stopping.endedAt]).toEqual(['running', undefined]);
  await stage.heal();
  expect((await ended(runId)).status).toBe('cancelled');
});
