import { createHmac } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { Webhook } from 'standardwebhooks';
import type { DeliverySummary } from '../../src/client.js';
import { connectClient } from '../../src/client.js';
import { type DeliveryFilter, deliveriesOf } from '../../src/client/deliveries.js';
import { eventually } from '../support/eventually.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage, until } from '../support/stage.js';

const secret = `whsec_${Buffer.from('a shared secret of 32 bytes, yes').toString('base64')}`;

interface Delivered {
  readonly id: string;
  readonly type: string;
  readonly contentType: string | undefined;
  readonly body: { readonly data: Record<string, unknown> } & Record<string, unknown>;
}

/** A receiver whose next answers can be told. */
interface Receiver {
  readonly url: string;
  readonly taken: readonly Delivered[];
  /** Requests that arrived, also those that were not answered. */
  readonly arrived: number;
  /** By order of arrival; 200 when there is none left. */
  readonly answers: (number | 'hang up' | 'hold' | 'redirect')[];
  close(): void;
}

async function createReceiver(): Promise<Receiver> {
  const taken: Delivered[] = [];
  const answers: Receiver['answers'] = [];
  const sockets = new Set<Socket>();
  let arrived = 0;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      arrived += 1;
      const body = Buffer.concat(chunks);
      const headers = request.headers as Record<string, string>; // none of these comes twice
      new Webhook(secret).verify(body, headers); // throws, and the test process with it, when it is not genuine
      const answer = answers.shift() ?? 200;
      if (answer === 'hold') return;
      const event = JSON.parse(body.toString()) as Delivered['body'] & { type: string };
      const id = headers['webhook-id'] ?? '';
      if (answer === 'redirect') response.writeHead(302, { location: '/elsewhere' }).end();
      else if (answer === 'hang up') request.socket.destroy();
      else response.writeHead(answer).end();
      if (answer === 200 || answer === 'hang up')
        taken.push({ id, type: event.type, contentType: headers['content-type'], body: event });
    });
  });
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}/hook`,
    taken,
    answers,
    get arrived() {
      return arrived;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

let receiver: Receiver;
let stage: Stage;
const events = [
  'run.started',
  'run.parked',
  'run.resumed',
  'run.succeeded',
  'run.failed',
  'run.cancelled',
] as const;
const train = (connection: string) => ({
  connection,
  project: 'ada/iris',
  train: { command: 'python train.py' },
});

async function set(receivers: (url: string) => object, incoming: object = {}): Promise<void> {
  receiver = await createReceiver();
  const webhooks = { firstRetryMs: 200, outgoing: receivers(receiver.url), incoming };
  stage = await createStage({
    settings: { webhooks },
    env: { HOOK_SECRET: secret, GITHUB_SECRET: 'github secret' },
  });
}
const toOne =
  (extra: object = {}) =>
  (url: string) => ({
    team: { url, secret: { env: 'HOOK_SECRET' }, internal: true, events, ...extra },
  });

/** Starts as a process does that has the configuration. */
async function start(key: string, receivers: Record<string, object>) {
  const client = await connectClient({
    temporal: { connectionOptions: { address: stage.temporalAddress }, namespace: stage.namespace },
    receivers: Object.fromEntries(Object.keys(receivers).map((name) => [name, { events, pipelines: ['*'] }])),
  });
  const { runId } = await client.start('train-and-deploy', train(stage.connection), { key });
  await client.close();
  return runId;
}

async function deliveries(wanted: (all: DeliverySummary[]) => boolean): Promise<DeliverySummary[]> {
  for (const endMs = Date.now() + 30_000; ;) {
    const all: DeliverySummary[] = [];
    for await (const delivery of stage.client.deliveries()) all.push(delivery);
    if (wanted(all)) return all;
    if (Date.now() > endMs) throw new Error(`the deliveries stand at ${JSON.stringify(all, null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
const count = (number: number, status: DeliverySummary['status']) => (all: DeliverySummary[]) =>
  all.filter((one) => one.status === status).length === number;

describe('a receiver of events', () => {
  afterEach(async () => {
    await stage.close();
    receiver.close();
  });

  it('is told of a run that parks, resumes and succeeds, each event once and signed', async () => {
    await set(toOne());
    await stage.startWorker();
    await stage.inject({ endpoint: 'jobs.start', kind: 'status', status: 403, body: { errors: ['quota'] } });
    const runId = await start('told', { team: {} });
    await until(stage.client, runId, ({ status }) => status === 'parked');
    await stage.client.resolve(runId, { step: 'train', action: 'retry', actor: 'ada', reason: 'raised' });
    await deliveries(count(4, 'delivered'));
    const told = [...receiver.taken].sort(
      (a, b) => Number(a.body.data['number']) - Number(b.body.data['number']),
    );
    expect(told.map(({ type }) => type).sort()).toEqual(
      ['run.started', 'run.parked', 'run.resumed', 'run.succeeded'].sort(),
    );
    expect(new Set(told.map(({ id }) => id)).size).toBe(4);
    expect(told.find(({ type }) => type === 'run.parked')?.body).toMatchObject({
      timestamp: expect.any(String),
      data: { runId, status: 'parked', step: 'train', failure: { code: 'QUOTA_EXCEEDED' } },
    });
  });

  it('is sent an event again whose answer was lost, under the same id', async () => {
    await set(toOne({ events: ['run.succeeded'] }));
    await stage.startWorker();
    receiver.answers.push('hang up', 503);
    await start('lost', { team: {} });
    await deliveries((all) =>
      all.some(({ status, event }) => status === 'delivered' && event.type === 'run.started'),
    );
    expect(receiver.arrived).toBeGreaterThanOrEqual(3);
    const [first] = receiver.taken;
    expect(receiver.taken.filter(({ id }) => id === first?.id).length).toBeGreaterThan(1);
  });

  it('is sent an event by another worker when the one that sent it was killed', async () => {
    await set(toOne());
    const first = await stage.startWorker();
    receiver.answers.push('hold');
    await start('killed', { team: {} });
    while (receiver.arrived === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    first.kill('SIGKILL');
    await first.ended;
    await stage.startWorker();
    await deliveries(count(2, 'delivered'));
    expect(receiver.taken.map(({ type }) => type).sort()).toEqual(['run.started', 'run.succeeded']);
  });

  it('is given up when it is gone for good or redirects too long, is listed, and is sent to again on request', async () => {
    await set(toOne());
    await stage.startWorker();
    receiver.answers.push(410);
    await start('gone', { team: {} });
    const all = await deliveries(count(1, 'failed'));
    const failed = all.find(({ status }) => status === 'failed');
    expect(failed).toMatchObject({
      target: 'team',
      message: 'team did not take run.started: the receiver answered 410',
    });
    const id = failed?.deliveryId ?? '';
    await stage.client.redeliver(id);
    await deliveries(count(2, 'delivered'));
    await expect(stage.client.redeliver(id)).rejects.toMatchObject({ code: 'DELIVERY_UNDER_WAY' });
    await expect(stage.client.redeliver('delivery.team.none')).rejects.toMatchObject({
      code: 'DELIVERY_NOT_FOUND',
    });
    const redirected = receiver.arrived;
    receiver.answers.push('redirect');
    await start('redirected', { team: {} });
    await deliveries(count(4, 'delivered'));
    expect(receiver.arrived).toBe(redirected + 3); // the redirect was not followed: the event was sent again
  });

  it('gets CloudEvents if it wants them, and nothing at a private address unless that is said to be meant', async () => {
    await set((url) => ({
      ...toOne({ format: 'cloudevents' })(url),
      outside: { url: url.replace('http:', 'https:'), secret: { env: 'HOOK_SECRET' }, events },
    }));
    await stage.startWorker();
    await start('cloud', { team: {}, outside: {} });
    const refused = (seen: DeliverySummary[]) =>
      seen.find(({ target, message }) => target === 'outside' && message)?.message;
    const all = await deliveries((seen) => count(2, 'delivered')(seen) && refused(seen) !== undefined);
    expect(receiver.taken[0]).toMatchObject({
      contentType: 'application/cloudevents+json',
      body: {
        specversion: '1.0',
        type: expect.stringMatching(/^longhaul\.run\./),
        subject: 'train-and-deploy.cloud',
      },
    });
    expect(refused(all)).toContain('is not a public address');
    expect(receiver.arrived).toBe(2);
  });
});

describe('the list of deliveries', () => {
  let client: Client;
  beforeEach(async () => {
    stage = await createStage();
    const connection = await Connection.connect({ address: stage.temporalAddress });
    client = new Client({ connection, namespace: stage.namespace });
    for (const [number, where] of ['theirs', 'ours', 'theirs', 'ours', 'theirs'].entries())
      await client.workflow.start('deliverEvent', {
        workflowId: `delivery.team.${number}`,
        taskQueue: 'nobody',
        memo: { delivery: { target: 'team', event: { type: 'run.started', connection: where } } },
      });
    await eventually(async () => (await listed({})).length === 5);
  });
  afterEach(async () => {
    await client.connection.close();
    await stage.close();
  });

  const listed = async (filter: DeliveryFilter): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { deliveryId } of deliveriesOf(client, filter)) ids.push(deliveryId);
    return ids;
  };
  const ours: DeliveryFilter = { admits: ({ connection }) => connection === 'ours' };

  it('asks about none that it leaves out, and about no more than are wanted', async () => {
    const asked = jest.spyOn(client.workflow, 'getHandle');
    expect(await listed(ours)).toEqual(['delivery.team.3', 'delivery.team.1']);
    expect(asked).toHaveBeenCalledTimes(2);
    expect(await listed({ ...ours, limit: 1 })).toEqual(['delivery.team.3']);
    expect(asked).toHaveBeenCalledTimes(3);
  });

  it('ends after so many, whoever they are for, and when nobody waits for it', async () => {
    expect(await listed({ ...ours, mostRead: 3 })).toEqual(['delivery.team.3']);
    expect(await listed({ ...ours, signal: AbortSignal.abort() })).toEqual([]);
  });
});

describe('an event from another service', () => {
  let server: ServerProcess;
  beforeEach(async () => {
    await set(() => ({}), {
      data: {
        secrets: [{ env: 'OLD_SECRET' }, { env: 'HOOK_SECRET' }],
        pipeline: 'train-and-deploy',
        when: { '/type': 'data.arrived' },
        input: {
          connection: 'domino-test',
          project: { from: '/data/project' },
          train: { command: 'python train.py' },
        },
      },
      push: {
        scheme: 'github',
        secrets: [{ env: 'GITHUB_SECRET' }],
        pipeline: 'train-and-deploy',
        input: { connection: 'domino-test', project: 'ada/iris', train: { command: 'python train.py' } },
      },
    });
    await stage.startWorker();
    server = await startServer(stage, {
      OLD_SECRET: `whsec_${Buffer.from('the one before').toString('base64')}`,
    });
  });
  afterEach(async () => {
    server.kill('SIGKILL');
    await stage.close();
    receiver.close();
  });

  const send = async (
    name: string,
    body: string,
    headers: Record<string, string>,
  ): Promise<Record<string, unknown>> => {
    const response = await fetch(new URL(`/v1/webhooks/${name}`, server.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    return { ...((await response.json()) as Record<string, unknown>), status: response.status };
  };
  const signed = (body: string, id = 'evt_1', at = new Date()) => ({
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  });
  const arrived = (project: unknown = 'ada/iris') =>
    JSON.stringify({ type: 'data.arrived', data: { project } });

  it('starts one run, however often it is delivered', async () => {
    const first = await send('data', arrived(), signed(arrived()));
    expect(first).toMatchObject({
      status: 201,
      runId: 'train-and-deploy._webhook.data.evt_1',
      created: true,
    });
    const second = await send('data', arrived(), signed(arrived(), 'evt_1', new Date(Date.now() - 60_000)));
    expect(second).toMatchObject({ status: 200, created: false, attemptId: first['attemptId'] });
    const other = await send('data', '{"type":"data.deleted"}', signed('{"type":"data.deleted"}', 'evt_2'));
    expect(other).toMatchObject({ status: 202, started: false });
    const entries = await fetch(new URL('/v1/audit?action=run.start', server.url));
    expect(((await entries.json()) as { entries: object[] }).entries).toMatchObject([
      { actor: 'data', actorKind: 'webhook', result: 'exists' },
      { actor: 'data', actorKind: 'webhook', result: 'created' },
    ]);
  });

  it('of GitHub starts one run, also when somebody who caught it gives it another delivery id', async () => {
    const body = '{"ref":"refs/heads/main"}';
    const signature = `sha256=${createHmac('sha256', 'github secret').update(body).digest('hex')}`;
    const deliver = (id: string) =>
      send('push', body, { 'x-hub-signature-256': signature, 'x-github-delivery': id });
    const [first, second] = [await deliver('1'), await deliver('2')];
    expect([first['status'], second['status']]).toEqual([201, 200]);
    expect(second).toMatchObject({ created: false });
    const old = JSON.stringify({ repository: { pushed_at: 1_600_000_000 } });
    const caught = `sha256=${createHmac('sha256', 'github secret').update(old).digest('hex')}`;
    const again = await send('push', old, { 'x-hub-signature-256': caught });
    expect(again).toMatchObject({ status: 401, code: 'SIGNATURE_INVALID' });
    const forged = await send('push', '{"ref":"refs/heads/other"}', { 'x-hub-signature-256': signature });
    expect(forged).toMatchObject({ status: 401, code: 'SIGNATURE_INVALID' });
  });

  it('is refused when it is not genuine, too old, unknown, or does not give an input', async () => {
    const body = arrived();
    const good = signed(body);
    const wrong = `v1,${Buffer.from('x'.repeat(32)).toString('base64')}`;
    const rows: [string, string, Record<string, string>, number, string][] = [
      ['data', body, {}, 401, 'SIGNATURE_INVALID'],
      ['data', body, { ...good, 'webhook-signature': wrong }, 401, 'SIGNATURE_INVALID'],
      ['data', body, { ...good, 'webhook-id': 'evt_9' }, 401, 'SIGNATURE_INVALID'],
      ['data', body, { ...good, 'webhook-id': 'a.b' }, 401, 'SIGNATURE_INVALID'],
      ['data', `${body} `, good, 401, 'SIGNATURE_INVALID'],
      ['data', body, signed(body, 'evt_3', new Date(Date.now() - 600_000)), 401, 'SIGNATURE_INVALID'],
      ['data', body, signed(body, 'evt_4', new Date(Date.now() + 600_000)), 401, 'SIGNATURE_INVALID'],
      ['data', body, { ...good, 'webhook-timestamp': 'soon' }, 401, 'SIGNATURE_INVALID'],
      ['other', body, good, 404, 'WEBHOOK_UNKNOWN'],
      ['data', '{"type":', signed('{"type":', 'evt_5'), 400, 'REQUEST_MALFORMED'],
      [
        'data',
        '{"type":"data.arrived"}',
        signed('{"type":"data.arrived"}', 'evt_6'),
        400,
        'REQUEST_MALFORMED',
      ],
      ['data', arrived(3), signed(arrived(3), 'evt_7'), 422, 'INPUT_INVALID'],
      ['data', body, { ...good, 'content-type': 'text/plain' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ];
    for (const [name, text, headers, status, code] of rows)
      expect([name, text, await send(name, text, headers)]).toMatchObject([name, text, { status, code }]);
    const runs = [];
    for await (const run of stage.client.list()) runs.push(run);
    expect(runs).toEqual([]);
  });
});
