/** A time to wait that the platform has asked for holds what a server asks too, and one that a server is asked for holds all. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { calls } from '../support/ledger.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage, until } from '../support/stage.js';

const world = new URL('../support/slow-job.yaml', import.meta.url).pathname;
const runId = 'train-and-deploy.held';
let stage: Stage;
let server: ServerProcess;
beforeEach(async () => {
  stage = await createStage({ world });
  await stage.startWorker();
  const input = { connection: stage.connection, project: 'ada/iris', train: { command: 'python slow.py' } };
  await stage.client.start('train-and-deploy', input, { key: 'held' });
  await until(stage.client, runId, ({ steps }) => steps.some(({ references }) => references.length > 0));
  server = await startServer(stage);
});
afterEach(async () => {
  await server.close();
  await stage.close();
});

const get = (path: string) => fetch(new URL(path, server.url));
const isThrottled = async () => (await stage.client.connections.get(stage.connection)).status === 'throttled';
/** What servers alone ask. */
const asked = () =>
  ['jobs.logs', 'users.self', 'platform.version'].map((endpoint) => calls(stage.simulator, endpoint));
const held = async (path: string) => {
  const answer = await get(path);
  const { code, retryable, detail } = (await answer.json()) as Record<string, unknown>;
  return {
    status: answer.status,
    afterSeconds: Number(answer.headers.get('retry-after')),
    code,
    retryable,
    detail,
  };
};

describe('a server whose platform has asked to be sent nothing', () => {
  it('asks it nothing, says for how long, and asks again when an operator has opened the connection', async () => {
    const before = asked();
    await stage.client.connections.hold(stage.connection, { forMs: 600_000 });
    await eventually(isThrottled);
    expect(await (await get(`/v1/connections/${stage.connection}`)).json()).toMatchObject({
      health: { ok: false, code: 'PLATFORM_THROTTLED' },
      standing: { status: 'throttled' },
    });
    const refused = await held(`/v1/runs/${runId}/logs`);
    expect(refused).toMatchObject({ status: 503, code: 'PLATFORM_THROTTLED', retryable: true });
    expect(refused.afterSeconds).toBeGreaterThan(400);
    expect(refused.afterSeconds).toBeLessThanOrEqual(600);
    expect(asked()).toEqual(before);
    await stage.client.connections.resume(stage.connection, { reason: 'a mistake of the proxy', by: 'ada' });
    await eventually(async () => (await get(`/v1/runs/${runId}/logs`)).status === 200);
  });

  it('tells the workers when it is the one that was asked', async () => {
    await stage.inject({
      ...{ endpoint: 'jobs.logs', kind: 'status', status: 429, times: 1 },
      ...{ headers: { 'retry-after': '600' }, body: { error: 'too many requests' } },
    });
    const refused = await held(`/v1/runs/${runId}/logs`);
    expect(refused).toMatchObject({ status: 503, code: 'PLATFORM_THROTTLED', afterSeconds: 600 });
    await eventually(isThrottled);
    const before = asked();
    expect((await held(`/v1/runs/${runId}/logs`)).status).toBe(503);
    expect(asked()).toEqual(before);
    await stage.client.connections.resume(stage.connection, { reason: 'a mistake of the proxy', by: 'ada' });
    await eventually(async () => (await get(`/v1/runs/${runId}/logs`)).status === 200);
  });
});
