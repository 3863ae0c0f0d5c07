/** The client over HTTP, against real servers, through a proxy that loses answers and changes servers. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type HttpRunEvent, LonghaulHttpError, createHttpClient } from '../../src/http-client.js';
import { type Proxy, createProxy } from '../support/proxy.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage, until } from '../support/stage.js';

let stage: Stage;
let servers: ServerProcess[];
let proxy: Proxy;

beforeAll(async () => {
  stage = await createStage();
  await stage.startWorker();
  servers = await Promise.all([startServer(stage), startServer(stage)]);
  proxy = await createProxy(servers.map(({ url }) => url));
});
afterAll(async () => {
  await proxy.close();
  await Promise.all(servers.map((server) => server.close()));
  await stage.close();
});
beforeEach(() => {
  proxy.loseStarts(0);
  proxy.refuseStarts(0, '0');
  proxy.cutStreams(0);
});

const training = () => ({
  connection: stage.connection,
  project: 'ada/iris',
  train: { command: 'python train.py', hardwareTier: 'small-k8s' },
});

const client = () => createHttpClient({ url: proxy.url });

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const runIds = async (): Promise<string[]> =>
  (await collected(stage.client.list())).map(({ runId }) => runId);

/** Each event in words. */
const told = (events: readonly HttpRunEvent[]): string[] =>
  events.map((event) =>
    event.event === 'run' ? `run ${event.run.status}` : `${event.step.name} ${event.step.state.status}`,
  );

const failureOf = async (call: Promise<unknown>): Promise<LonghaulHttpError> => {
  const error: unknown = await call.then(
    () => 'it succeeded',
    (reason: unknown) => reason,
  );
  if (error instanceof LonghaulHttpError) return error;
  throw new Error(`not the client’s own: ${String(error)}`);
};

describe('starting', () => {
  it('asks again with the same key when the answer is lost, and finds the one run on the other server', async () => {
    proxy.loseStarts(1);
    const { runId, created } = await client().start('train-and-deploy', training(), { key: 'lost' });
    expect({ runId, created }).toEqual({ runId: 'train-and-deploy.lost', created: false });
    const starts = proxy.passed.slice(-2);
    expect(starts.map(({ broken }) => broken)).toEqual(['answer lost', null]);
    expect(new Set(starts.map(({ server }) => server)).size).toBe(2);
    expect((await runIds()).filter((id) => id === runId)).toHaveLength(1);
  });

  it('makes a key of its own for a call, and keeps it through lost answers', async () => {
    const before = await runIds();
    proxy.loseStarts(2);
    const { runId } = await client().start('train-and-deploy', training());
    const after = await runIds();
    expect(after.filter((id) => !before.includes(id))).toEqual([runId]);
  });

  it('waits as long as a busy server asks', async () => {
    proxy.refuseStarts(1, '1');
    const startedMs = Date.now();
    const { created } = await client().start('train-and-deploy', training(), { key: 'busy' });
    expect(created).toBe(true);
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(1_000);
  });

  it('answers with the ended run when asked to wait', async () => {
    const { run } = await client().start('train-and-deploy', training(), { key: 'waited', waitSeconds: 40 });
    expect(run).toMatchObject({ runId: 'train-and-deploy.waited', status: 'succeeded' });
  });

  it('refuses one key with two inputs, and tells the faults of an input by their place', async () => {
    const { start } = client();
    const first = await start('train-and-deploy', training(), { key: 'taken', reason: 'the first' });
    expect((await stage.client.get(first.runId)).trigger).toMatchObject({
      kind: 'http',
      reason: 'the first',
    });
    const other = { ...training(), train: { command: 'python other.py' } };
    expect(await failureOf(start('train-and-deploy', other, { key: 'taken' }))).toMatchObject({
      code: 'RUN_KEY_REUSED',
      status: 422,
      retryable: false,
    });
    const wrong = { ...training(), project: 'iris' };
    expect(await failureOf(start('train-and-deploy', wrong, { key: 'wrong' }))).toMatchObject({
      code: 'INPUT_INVALID',
      fields: [{ pointer: '/input/project', detail: 'must be "owner/name"' }],
      requestId: expect.any(String),
    });
  });

  it('gives up in time when no server is there, and says how to go on', async () => {
    const closed = await createProxy([]);
    await closed.close();
    const nowhere = createHttpClient({ url: closed.url, retryForMs: 1_000 });
    const error = await failureOf(nowhere.start('train-and-deploy', training(), { key: 'later' }));
    expect(error).toMatchObject({ code: 'SERVER_UNREACHABLE', status: undefined, retryable: true });
    expect(error.message).toBe(
      `the server at ${closed.url} did not answer (ECONNREFUSED); whether the run was started is not known: start it again with the key later, which starts it once`,
    );
  });
});

describe('following', () => {
  it('tells every change once and in order, through cut streams and changes of the server', async () => {
    const { runId } = await client().start('train-and-deploy', training(), { key: 'followed' });
    const from = proxy.passed.length;
    proxy.cutStreams(2);
    const events = await collected(client().events(runId));
    const streams = proxy.passed.slice(from);
    expect(streams.map(({ broken }) => broken)).toEqual(['cut off', 'cut off', null]);
    expect(streams[1]?.server).not.toBe(streams[0]?.server);
    expect(streams[1]?.headers['last-event-id']).toMatch(/^[\w-]+\.\d+$/);
    expect(told(events)[0]).toBe('run running');
    expect(told(events).at(-1)).toBe('run succeeded');
    const ids = events.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual((await collected(client().events(runId))).map(({ id }) => id));
    expect(await collected(client().events(runId, { after: ids.at(-1) ?? '' }))).toEqual([]);
    expect(told(await collected(client().events(runId, { after: ids.at(-2) ?? '' })))).toEqual([
      'run succeeded',
    ]);
  });

  it('goes on when the server that tells is stopped', async () => {
    const other = await startServer(stage);
    const both = await createProxy([other.url, servers[0]?.url ?? '']);
    const { events } = createHttpClient({ url: both.url });
    const { runId } = await stage.client.start('train-and-deploy', training(), { key: 'moved' });
    const seen: HttpRunEvent[] = [];
    for await (const event of events(runId)) {
      if (seen.length === 0) other.kill('SIGTERM');
      seen.push(event);
    }
    expect(told(seen).at(-1)).toBe('run succeeded');
    expect(await other.ended).toBe(0);
    await both.close();
    await other.close();
  });

  it('waits for the end', async () => {
    const { start, wait } = client();
    const { runId } = await start('train-and-deploy', training(), { key: 'awaited' });
    const run = await wait(runId);
    expect(run).toMatchObject({ status: 'succeeded', endedAt: expect.any(String) });
    expect(run).toEqual(await stage.client.get(runId));
  });

  it('reads the log of the job', async () => {
    const lines = await collected(client().logs('train-and-deploy.awaited', { follow: true }));
    expect(lines.map(({ line }) => line).join('\n')).toContain('python train.py');
    expect(await failureOf(collected(client().logs('train-and-deploy.nobody')))).toMatchObject({
      code: 'RUN_NOT_FOUND',
      status: 404,
    });
  });
});

describe('a log that is followed', () => {
  it('is told whole and each line once, when the server that tells it is stopped', async () => {
    const other = await startServer(stage);
    const both = await createProxy([other.url, servers[0]?.url ?? '']);
    const { logs } = createHttpClient({ url: both.url });
    const { runId } = await stage.client.start('train-and-deploy', training(), { key: 'logged' });
    await until(stage.client, runId, ({ steps }) => steps.some(({ references }) => references.length > 0));
    const lines: string[] = [];
    for await (const { line } of logs(runId, { follow: true })) {
      if (lines.length === 0) other.kill('SIGTERM');
      lines.push(line);
    }
    expect(both.passed.length).toBeGreaterThan(1);
    await stage.client.wait(runId);
    expect(lines).toEqual((await collected(logs(runId))).map(({ line }) => line));
    await both.close();
    await other.close();
  });
});

describe('reading and steering', () => {
  it('lists every run, page after page', async () => {
    const { page, list } = client();
    const first = await page({ status: 'succeeded' }, { limit: 1 });
    expect(first.runs).toHaveLength(1);
    const second = await page({ status: 'succeeded' }, { limit: 1, cursor: first.next });
    expect(second.runs[0]?.runId).not.toBe(first.runs[0]?.runId);
    expect((await collected(list())).map(({ runId }) => runId)).toEqual(await runIds());
    expect(await collected(list({ startedAfter: new Date() }))).toEqual([]);
  });

  it('cancels a run', async () => {
    const { start, cancel, wait } = client();
    const { runId } = await start('train-and-deploy', training(), { key: 'cancelled' });
    await cancel(runId, { reason: 'wrong data' });
    expect((await wait(runId)).status).toBe('cancelled');
    expect(await failureOf(cancel(runId, { reason: 'again' }))).toMatchObject({
      code: 'RUN_ENDED',
      status: 409,
    });
  });

  it('waits for a parked run as long as it is told, and resolves its step', async () => {
    await stage.inject({
      endpoint: 'jobs.start',
      kind: 'status',
      status: 403,
      body: { errors: ['Compute quota exceeded'] },
    });
    const { start, resolve, wait } = client();
    const { runId } = await start('train-and-deploy', training(), { key: 'parked' });
    await until(stage.client, runId, ({ status }) => status === 'parked');
    expect((await wait(runId, { timeoutMs: 300 })).status).toBe('parked');
    const signal = AbortSignal.timeout(300);
    const reason: unknown = await wait(runId, { signal }).catch((error: unknown) => error);
    expect(reason).toBe(signal.reason);
    await resolve(runId, { step: 'train', action: 'retry', reason: 'quota raised' });
    expect((await wait(runId)).status).toBe('succeeded');
  });

  it('names the pipelines and the connections', async () => {
    const { pipelines, connections } = client();
    expect(await pipelines()).toMatchObject([
      { name: 'train-and-deploy' },
      { name: 'retrain' },
      { name: 'build-environment' },
    ]);
    expect(await connections()).toMatchObject([{ name: stage.connection, health: { ok: true } }]);
  });
});
