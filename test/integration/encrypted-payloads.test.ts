/** With keys configured, Temporal stores nothing of inputs and outputs that it could read, and everything works as without. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { connectClient } from '../../src/client.js';
import { LonghaulError } from '../../src/run/failures/errors.js';
import { eventually } from '../support/eventually.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { definitionOf } from '../support/schedules.js';
import { type Stage, createStage, payloadKey } from '../support/stage.js';

let stage: Stage;
let server: ServerProcess;
let connection: Connection;
let bare: Client;
beforeAll(async () => {
  stage = await createStage({
    encrypted: true,
    settings: {
      encryption: {
        keys: [{ id: 'stage-1', secret: { env: 'STAGE_PAYLOAD_KEY' } }],
        uiOrigins: ['https://temporal.example.com'],
      },
    },
  });
  await stage.startWorker();
  server = await startServer(stage);
  connection = await Connection.connect({ address: stage.temporalAddress });
  bare = new Client({ connection, namespace: stage.namespace });
});
afterAll(async () => {
  await server.close();
  await connection.close();
  await stage.close();
});

const secretText = 'python train.py --data confidential';
const input = () => ({ connection: stage.connection, project: 'ada/iris', train: { command: secretText } });

interface Stored {
  readonly metadata?: Readonly<Record<string, Uint8Array>>;
  readonly data?: Uint8Array;
}

/** Every payload in a message of Temporal, but those that it reads itself. */
function payloadsIn(message: unknown): Stored[] {
  if (typeof message !== 'object' || message === null || message instanceof Uint8Array) return [];
  const { metadata } = message as Stored; // the field that payloads have
  if (metadata?.['encoding'] instanceof Uint8Array) return [message];
  return Object.entries(message).flatMap(([key, value]) =>
    ['searchAttributes', 'header'].includes(key) ? [] : payloadsIn(value),
  );
}
const encodingOf = ({ metadata }: Stored): string => Buffer.from(metadata?.['encoding'] ?? []).toString();

describe('with keys configured', () => {
  it('a run, its replay and its schedule are stored encrypted, and read as ever', async () => {
    await stage.inject({
      endpoint: 'jobs.start',
      kind: 'status',
      status: 400,
      body: { errors: ['quota'] },
      times: 1,
    });
    const { runId } = await stage.client.start('train-and-deploy', input(), { key: 'sealed' });
    const failed = await stage.client.wait(runId, { timeoutMs: 60_000 });
    expect(failed.status).toBe('failed');
    const replays = stage.client.replays;
    const { hash: plan } = await replays.plan({ runId });
    await replays.apply({ runId }, { plan, by: 'ada', reason: 'quota' });
    const run = await stage.client.wait(runId, { timeoutMs: 60_000 });
    expect(run.status).toBe('succeeded');

    await stage.client.schedules.create(definitionOf(stage, 'nightly', {}));
    await stage.client.schedules.update(definitionOf(stage, 'nightly', { note: 'confidential too' }));
    expect((await stage.client.schedules.describe('nightly')).definition).toMatchObject({
      note: 'confidential too',
    });

    const handle = bare.workflow.getHandle(runId);
    const { schedule } = await connection.workflowService.describeSchedule({
      namespace: stage.namespace,
      scheduleId: 'nightly',
    });
    const described = await connection.workflowService.describeWorkflowExecution({
      namespace: stage.namespace,
      execution: { workflowId: runId },
    });
    for (const stored of [await handle.fetchHistory(), described, schedule]) {
      const payloads = payloadsIn(stored);
      expect(payloads.length).toBeGreaterThan(0);
      expect(new Set(payloads.map(encodingOf))).toEqual(new Set(['binary/encrypted']));
    }
  });

  it.each([
    ['with another key', [{ id: 'other', bytes: new Uint8Array(32) }]],
    ['without keys', []],
  ])('a client %s says which is missing', async (_which, payloadKeys) => {
    const { runId } = await stage.client.start('train-and-deploy', input(), {
      key: `unread-${payloadKeys.length}`,
    });
    const other = await connectClient({
      temporal: { connectionOptions: { address: stage.temporalAddress }, namespace: stage.namespace },
      payloadKeys,
    });
    await expect(other.get(runId)).rejects.toMatchObject({
      code: 'PAYLOAD_UNREADABLE',
      message: expect.stringContaining('"stage-1"'),
    });
    // Nothing of a cancellation is encrypted.
    await other.cancel(runId, { reason: 'seen' });
    expect((await stage.client.wait(runId, { timeoutMs: 60_000 })).status).toBe('cancelled');
    await eventually(() =>
      other.cancel(runId, { reason: 'once more' }).then(
        () => false,
        (error: unknown) => error instanceof LonghaulError && error.code === 'RUN_ENDED',
      ),
    );
    await expect(other.cancel('train-and-deploy.none', { reason: 'none' })).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    });
    await other.close();
  });

  it('a campaign whose note cannot be read is listed all the same, and says so', async () => {
    const runs = { query: 'pipeline=train-and-deploy status=cancelled', reason: 'once more' };
    const { runId } = await stage.client.start('train-and-deploy', input(), { key: 'in-campaign' });
    await stage.client.cancel(runId, { reason: 'for the campaign' });
    await stage.client.wait(runId, { timeoutMs: 60_000 });
    await eventually(async () =>
      stage.client.campaigns.create(runs, { name: 'sealed' }).then(
        () => true,
        () => false,
      ),
    );
    const other = await connectClient({
      temporal: { connectionOptions: { address: stage.temporalAddress }, namespace: stage.namespace },
      payloadKeys: [],
    });
    const listed = async () => {
      const rows = [];
      for await (const row of other.campaigns.list()) rows.push(row);
      return rows;
    };
    await eventually(async () => (await listed()).length === 1);
    expect(await listed()).toMatchObject([
      {
        ...{ name: 'sealed', state: 'running', counts: {}, reason: '' },
        notice: expect.stringContaining('longhaul campaign get sealed names the key') as unknown,
      },
    ]);
    const { campaigns } = await other.campaigns.page(
      { within: [{ pipelines: ['train-and-deploy'], connections: ['*'] }] },
      { size: 5 },
    );
    expect(campaigns).toEqual([]);
    await expect(other.campaigns.get('sealed')).rejects.toMatchObject({
      code: 'PAYLOAD_UNREADABLE',
      message: expect.stringContaining('"stage-1"') as unknown,
    });
    await other.close();
    await stage.client.campaigns.steer('sealed', 'abort', { reason: 'seen' });
  });

  it('a delivery whose event cannot be read is listed all the same, for those who see all', async () => {
    const temporal = {
      connectionOptions: { address: stage.temporalAddress },
      namespace: stage.namespace,
    };
    const receivers = { team: { events: ['run.cancelled'] as const, pipelines: ['*'] } };
    const telling = await connectClient({ temporal, payloadKeys: [payloadKey], receivers });
    const { runId } = await telling.start('train-and-deploy', input(), { key: 'told.of' });
    await telling.cancel(runId, { reason: 'to be told of' });
    const other = await connectClient({ temporal, payloadKeys: [] });
    const listed = async (filter: Parameters<typeof other.deliveries>[0] = {}) => {
      const rows = [];
      for await (const row of other.deliveries(filter)) rows.push(row);
      return rows;
    };
    await eventually(async () => (await listed()).length === 1);
    const [row] = await listed();
    expect(row).toMatchObject({
      ...{
        target: 'team',
        status: 'pending',
        notice: expect.stringContaining('it cannot be read') as unknown,
      },
      event: { type: '?', runId, pipeline: '?', connection: '?' },
    });
    expect(await listed({ status: 'failed' })).toEqual([]);
    expect(await listed({ admits: ({ connection }) => connection === stage.connection })).toEqual([]);
    await expect(other.delivery(row?.deliveryId ?? '')).rejects.toMatchObject({ code: 'PAYLOAD_UNREADABLE' });
    await Promise.all([telling.close(), other.close()]);
  });

  it('what workers have no key for is told of a run, and of a connection that is asked', async () => {
    const other = await connectClient({
      temporal: { connectionOptions: { address: stage.temporalAddress }, namespace: stage.namespace },
      payloadKeys: [{ id: 'elsewhere', bytes: new Uint8Array(32) }, payloadKey],
    });
    const { runId } = await other.start('train-and-deploy', input(), { key: 'elsewhere' });
    const probed = other.workers.probe(stage.connection);
    const reason = 'a payload is encrypted with the key "elsewhere", which is not among encryption.keys';
    await eventually(async () => (await other.get(runId)).notice?.includes(reason) === true);
    const rows: string[] = []; // those who have no key for it see that it is there, and all others
    for await (const row of stage.client.list()) rows.push(row.runId);
    expect(rows).toEqual(expect.arrayContaining([runId, 'train-and-deploy.sealed']));
    expect((await other.get(runId)).notice).toMatch(/^workers fail at this run again and again, /);
    await expect(
      other.resolve(runId, { step: 'train', action: 'retry', actor: 'ada', reason: 'seen' }),
    ).rejects.toMatchObject({ code: 'WORKER_SILENT', message: expect.stringContaining(reason) });
    expect((await probed).probe).toEqual({
      missing: expect.stringMatching(/^workers fail at what is asked of them: a payload is encrypted/),
    });
    await other.cancel(runId, { reason: 'seen' });
    await other.close();
  }, 90_000);

  it('Temporal’s Web UI has payloads decrypted by the server, pages of other origins do not', async () => {
    const { events } = await bare.workflow.getHandle('train-and-deploy.sealed').fetchHistory();
    const [first] = payloadsIn(events?.[0]?.workflowExecutionStartedEventAttributes?.input);
    const encoded = {
      metadata: Object.fromEntries(
        Object.entries(first?.metadata ?? {}).map(([name, bytes]) => [
          name,
          Buffer.from(bytes).toString('base64'),
        ]),
      ),
      data: Buffer.from(first?.data ?? []).toString('base64'),
    };
    const ask = (headers: Record<string, string>, method = 'POST') =>
      fetch(`${server.url}/codec/decode`, {
        method,
        ...(method === 'POST' && { body: JSON.stringify({ payloads: [encoded] }) }),
        headers: { ...(method === 'POST' && { 'content-type': 'application/json' }), ...headers },
      });
    const origin = 'https://temporal.example.com';
    const answer = await ask({ origin, 'x-namespace': stage.namespace });
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    const { payloads } = (await answer.json()) as { payloads: { data: string }[] };
    expect(Buffer.from(payloads[0]?.data ?? '', 'base64').toString()).toContain(secretText);

    const preflight = await ask({ origin, 'access-control-request-method': 'POST' }, 'OPTIONS');
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'authorization, content-type, x-namespace',
    ]);
    const foreign = await ask({ origin: 'https://evil.example.com' });
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    expect((await ask({ 'x-namespace': 'other' })).status).toBe(400);

    const noted = await fetch(`${server.url}/v1/audit?action=payloads.decrypt`);
    const entry = { actor: 'local', object: '1 payloads', outcome: 'ok' };
    expect(await noted.json()).toMatchObject({ entries: [entry, entry] });
  });
});
