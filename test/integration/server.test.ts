import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { eventually } from '../support/eventually.js';
import { created } from '../support/ledger.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage, until } from '../support/stage.js';

let stage: Stage;
let server: ServerProcess;
let other: ServerProcess;
beforeAll(async () => {
  stage = await createStage();
  [server, other] = await Promise.all([startServer(stage), startServer(stage), stage.startWorker()]);
});
afterAll(async () => {
  for (const one of [server, other]) one.kill('SIGKILL');
  await stage.close();
});

const input = () => ({
  connection: stage.connection,
  project: 'ada/iris',
  train: { command: 'python train.py' },
});

const get = (path: string, headers: Record<string, string> = {}, at = server) =>
  fetch(new URL(path, at.url), { headers });
const post = (path: string, body: unknown, headers: Record<string, string> = {}, at = server) =>
  fetch(new URL(path, at.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const start = (
  key: string,
  body: object = { input: input() },
  headers: Record<string, string> = {},
  at = server,
) => post('/v1/pipelines/train-and-deploy/runs', body, { 'idempotency-key': key, ...headers }, at);

/** The lines of a stream, until it ends or there are `count`. */
async function lines(response: Response, count = Infinity): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const parts = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) if (line !== '') found.push(JSON.parse(line) as Record<string, unknown>);
    if (found.length >= count) break;
  }
  return found.slice(0, count);
}
const ndjson = { accept: 'application/x-ndjson' };

describe('a caller that starts a pipeline', () => {
  it('gets 201 and where the run is, 200 and the same run when it asks again, 422 with another input', async () => {
    const first = await start('once', { input: input(), reason: 'new data' });
    const body = (await first.json()) as { runId: string; attemptId: string };
    expect([first.status, first.headers.get('location')]).toEqual([201, '/v1/runs/train-and-deploy.once']);
    expect(body).toMatchObject({ runId: 'train-and-deploy.once', created: true });

    const again = await start('once', { input: input() }, {}, other);
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ created: false, attemptId: body.attemptId });

    const changed = await start('once', { input: { ...input(), project: 'ada/other' } });
    expect([changed.status, changed.headers.get('content-type')]).toEqual([
      422,
      'application/problem+json; charset=utf-8',
    ]);
    expect(await changed.json()).toMatchObject({ code: 'RUN_KEY_REUSED', retryable: false });
    const { trigger } = await stage.client.get(body.runId);
    expect(trigger).toMatchObject({ kind: 'http', by: 'local', reason: 'new data' });
  });

  it('makes one run with 200 posts at once on two servers', async () => {
    await stage.client.wait('train-and-deploy.once', { timeoutMs: 90_000 }); // its job counts
    const jobs = created(stage.simulator, 'job').length;
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => start('crowd', undefined, {}, index % 2 ? server : other)),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array.from({ length: 199 }, () => 200), 201]);
    const attempts = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { attemptId: string }).attemptId),
    );
    expect(new Set(attempts).size).toBe(1);
    const run = await stage.client.wait('train-and-deploy.crowd', { timeoutMs: 90_000 });
    expect(run.status).toBe('succeeded');
    expect(created(stage.simulator, 'job')).toHaveLength(jobs + 1);
  });

  it('is answered with the outcome when it prefers to wait, and with how it stands when that takes too long', async () => {
    const answer = await start('patient', undefined, { prefer: 'wait=40' });
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([201, 'wait=40']);
    expect(await answer.json()).toMatchObject({ created: true, run: { status: 'succeeded' } });

    await stage.inject({ endpoint: 'jobs.start', kind: 'status', status: 403, body: { errors: ['quota'] } });
    const late = await start('impatient', undefined, { prefer: 'respond-async, wait=1' });
    expect(await late.json()).toMatchObject({ run: { runId: 'train-and-deploy.impatient' } });
    await post('/v1/runs/train-and-deploy.impatient/cancel', { reason: 'test' });
  });
});

describe('a caller that follows a run', () => {
  it('is told every change once, also when it goes on at another server after its stream broke', async () => {
    await start('followed');
    const path = '/v1/runs/train-and-deploy.followed/events';
    const before = await lines(await get(path, ndjson), 3);
    const last = String(before.at(-1)?.['id']);
    const after = await lines(await get(path, { ...ndjson, 'last-event-id': last }, other));
    const whole = await lines(await get(path, ndjson));
    expect([...before, ...after]).toEqual(whole);
    expect(whole.map(({ id }) => String(id).split('.')[1])).toEqual(
      whole.map((_, index) => String(index + 1)),
    );
    expect(whole.at(-1)).toMatchObject({ event: 'run', run: { status: 'succeeded' } });

    const over = await get(path, { 'last-event-id': String(whole.at(-1)?.['id']) });
    expect(over.status).toBe(204); // which tells an EventSource not to come back
  });

  it('is told in Server-Sent Events how a run ended that nobody can ask any more', async () => {
    const { runId, attemptId } = await stage.client.start('train-and-deploy', input(), { key: 'gone' });
    await until(stage.client, runId, ({ steps }) => steps.some(({ references }) => references.length > 0));
    const connection = await Connection.connect({ address: stage.temporalAddress });
    await new Client({ connection, namespace: stage.namespace }).workflow.getHandle(runId).terminate('test');
    await connection.close();
    const text = await (await get(`/v1/runs/${runId}/events`)).text();
    const end = text.trimEnd().split('\n\n').at(-1) ?? '';
    expect(end).toContain(`id: ${attemptId}.end\nevent: run\n`);
    expect(end).toContain('"status":"terminated"');
  });

  it('reads the log of the job', async () => {
    await start('logged', undefined, { prefer: 'wait=40' });
    const response = await get('/v1/runs/train-and-deploy.logged/logs', ndjson);
    const found = await lines(response);
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toEqual({ at: expect.any(String), line: expect.any(String) });
    const none = await get('/v1/runs/train-and-deploy.logged/logs?step=deploy');
    expect(await none.json()).toMatchObject({ status: 404, code: 'LOG_NOT_FOUND' });
  });
});

describe('a caller that steers runs', () => {
  it('finds the parked ones by what they wait for, page by page, and resolves them', async () => {
    for (const key of ['p1', 'p2', 'p3']) {
      await stage.inject({
        endpoint: 'jobs.start',
        kind: 'status',
        status: 403,
        body: { errors: ['no quota'] },
      });
      await start(key);
      await until(stage.client, `train-and-deploy.${key}`, ({ status }) => status === 'parked');
    }
    const parked = '/v1/runs?status=parked&step=train&pipeline=train-and-deploy';
    await eventually(
      async () => ((await (await get(parked)).json()) as { runs: object[] }).runs.length === 3,
    );
    const filter = `${parked}&limit=2`;
    const first = (await (await get(filter)).json()) as { runs: { runId: string }[]; next: string };
    const second = (await (await get(`${filter}&cursor=${first.next}`, {}, other)).json()) as typeof first;
    const found = [...first.runs, ...second.runs].map(({ runId }) => runId).sort();
    expect(found).toEqual(['p1', 'p2', 'p3'].map((key) => `train-and-deploy.${key}`));

    const resolved = await post('/v1/runs/train-and-deploy.p1/resolve', {
      step: 'train',
      action: 'retry',
      reason: 'quota raised',
    });
    expect(resolved.status).toBe(200);
    expect((await stage.client.wait('train-and-deploy.p1', { timeoutMs: 90_000 })).status).toBe('succeeded');
    const twice = await post('/v1/runs/train-and-deploy.p1/resolve', {
      step: 'train',
      action: 'retry',
      reason: 'x',
    });
    expect(await twice.json()).toMatchObject({ status: 409, code: 'RUN_ENDED' });
    for (const key of ['p2', 'p3'])
      expect((await post(`/v1/runs/train-and-deploy.${key}/cancel`, { reason: 'not needed' })).status).toBe(
        202,
      );
    expect((await stage.client.wait('train-and-deploy.p2', { timeoutMs: 90_000 })).status).toBe('cancelled');
  });

  it('leaves who, what, why and what came of it, in the audit log and in Temporal', async () => {
    const { entries } = (await (await get('/v1/audit?object=train-and-deploy.p2')).json()) as {
      entries: object[];
    };
    expect(entries).toMatchObject([
      {
        action: 'run.cancel',
        actor: 'local',
        reason: 'not needed',
        outcome: 'ok',
        requestId: expect.any(String),
      },
      {
        action: 'run.start',
        actor: 'local',
        outcome: 'ok',
        result: 'created',
        bodyDigest: expect.any(String),
      },
    ]);
    const connection = await Connection.connect({ address: stage.temporalAddress });
    const client = new Client({ connection, namespace: stage.namespace });
    const { events } = await client.workflow.getHandle('train-and-deploy.p2').fetchHistory();
    const cancelled = events?.find((event) => event.workflowExecutionCancelRequestedEventAttributes);
    expect(cancelled?.workflowExecutionCancelRequestedEventAttributes).toMatchObject({
      cause: 'not needed',
      identity: 'local',
    });
    await connection.close();
  });
});

describe('a server', () => {
  it('tells pipelines, their schemas, connections with their health, and no secret', async () => {
    const pipelines = await (await get('/v1/pipelines')).json();
    expect(pipelines).toMatchObject({
      pipelines: [{ name: 'train-and-deploy' }, { name: 'retrain' }, { name: 'build-environment' }],
    });
    const schema = await (await get('/v1/pipelines/train-and-deploy/schema')).json();
    expect(schema).toMatchObject({ type: 'object', properties: { connection: { type: 'string' } } });
    const connections = await (await get('/v1/connections')).text();
    expect(JSON.parse(connections)).toMatchObject({
      connections: [{ name: stage.connection, health: { ok: true } }],
    });
    expect(connections).not.toContain(stage.simulator.apiKey);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toContain('longhaul_triggers_total{pipeline="train-and-deploy",outcome="created"}');
    expect(metrics).toContain('longhaul_followers 0');
  });

  it('has a page that browsers load from it alone, also over http', async () => {
    const page = await get('/docs/');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
    expect(page.headers.get('content-security-policy')).not.toMatch(/https?:|upgrade-insecure-requests/);
    expect(await page.text()).toContain('swagger-ui');
  });

  it('ends its streams and its process when it is asked to stop, and the other goes on', async () => {
    const third = await startServer(stage);
    await stage.inject({
      endpoint: 'jobs.start',
      kind: 'status',
      status: 403,
      body: { errors: ['no quota'] },
    });
    await start('long');
    const followed = lines(await get('/v1/runs/train-and-deploy.long/events', ndjson, third));
    third.kill('SIGTERM');
    expect(await third.ended).toBe(0);
    await expect(followed).rejects.toThrow('terminated'); // broken off, not ended: the follower resumes
    expect((await get('/readyz')).status).toBe(200);
    await post('/v1/runs/train-and-deploy.long/cancel', { reason: 'test' });
  });
});
