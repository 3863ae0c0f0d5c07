import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { Run } from '../../src/run/steps.js';
import { created, fromNowOn } from '../support/ledger.js';
import { eventually } from '../support/eventually.js';
import { type Stage, type WorkerProcess, createStage, statuses, until } from '../support/stage.js';

const world = new URL('../support/slow-job.yaml', import.meta.url).pathname;
/** One with two workers for most: each test leaves no run at work, and reads what was recorded in its time. */
let shared: Stage;
let workers: readonly WorkerProcess[];
let stage: Stage;
let recorded: ReturnType<typeof fromNowOn>;
/** Sets a stage for one test. */
const setOwnStage = async (options: Parameters<typeof createStage>[0] = {}): Promise<void> => {
  stage = await createStage({ world, ...options });
  recorded = fromNowOn(stage.simulator);
};
beforeAll(async () => {
  shared = await createStage({ world });
  workers = await Promise.all([shared.startWorker(), shared.startWorker()]);
});
beforeEach(() => {
  stage = shared;
  recorded = fromNowOn(stage.simulator);
});
afterEach(() => (stage === shared ? stage.heal() : stage.close()));
afterAll(() => shared.close());

const start = async (command = 'python train.py'): Promise<string> => {
  const input = { connection: stage.connection, project: 'ada/iris', train: { command } };
  return (await stage.client.start('train-and-deploy', input)).runId;
};
const startMany = (count: number, command?: string) =>
  Promise.all(Array.from({ length: count }, () => start(command)));
/** Goes on until `endJobs`. */
const slow = 'python slow.py';
const endJobs = () => stage.control('clock', { advanceSeconds: 100_000 });
const isParked = ({ status }: Run): boolean => status === 'parked';
const isWaiting = (run: Run): boolean => statuses(run)['train'] === 'waiting';
const all = (runIds: readonly string[], wanted: (run: Run) => boolean): Promise<Run[]> =>
  Promise.all(runIds.map((runId) => until(stage.client, runId, wanted)));
const succeeded = async (runIds: readonly string[]): Promise<Run[]> => {
  const runs = await Promise.all(runIds.map((runId) => stage.client.wait(runId, { timeoutMs: 90_000 })));
  expect(runs.map(({ status }) => status)).toEqual(runIds.map(() => 'succeeded'));
  return runs;
};
/** Until `heal`. */
const answer = (endpoint: string, status: number, more: object) =>
  stage.inject({ endpoint, kind: 'status', status, times: 1_000_000, ...more });
const signIn = { headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' };
/** Runs whose jobs go on until `endJobs`. */
const waitingRuns = async (count: number): Promise<readonly string[]> => {
  const waiting = await startMany(count, slow);
  await all(waiting, isWaiting);
  return waiting;
};
/** When a worker has logged that the connection is not open. */
const toldAtMs = async ({ log }: WorkerProcess): Promise<number> => {
  const lineOf = () => log.find((line) => line.includes('the connection is not open'));
  await eventually(() => lineOf() !== undefined);
  const { time } = JSON.parse(lineOf() ?? '') as { time: string | number };
  return new Date(time).getTime();
};
/** A run whose job alone is refused, once it was tried once more. */
const parkedAlone = async (): Promise<string> => {
  await answer('jobs.start', 401, { body: { errors: ['unauthorized'] } });
  const runId = await start();
  const isTriedAgain = ({ steps }: Run): boolean =>
    steps.some(({ name, tries }) => name === 'train' && tries >= 2);
  await until(stage.client, runId, (run) => isParked(run) && isTriedAgain(run));
  return runId;
};
/** Runs that are listed as parked, and whose worker is gone. */
/** So many parked runs that do not answer for nobody is there, and as many, listed before them, for workers fail at them. */
const parkWithoutWorker = async (count: number): Promise<void> => {
  const connection = await Connection.connect({ address: stage.temporalAddress });
  const { namespace } = stage;
  const { workflow, workflowService } = new Client({ connection, namespace });
  const attributes = {
    LonghaulConnection: stage.connection,
    LonghaulStatus: 'parked',
    LonghaulFailure: 'CREDENTIALS_REJECTED',
  };
  const typedSearchAttributes = Object.entries(attributes).map(([name, value]) => ({
    key: defineSearchAttributeKey(name, 'KEYWORD'),
    value,
  }));
  for (const taskQueue of ['nobody', 'failing'])
    for (let at = 0; at < count; at += 1) {
      const workflowId = `train-and-deploy.${taskQueue}-${at}`;
      await workflow.start('trainAndDeploy', { taskQueue, workflowId, typedSearchAttributes });
    }
  // After two of them, Temporal refuses updates at once.
  for (let failures = 0; failures < 2 * count; failures += 1) {
    const { taskToken } = await connection.withDeadline(Date.now() + 30_000, () =>
      workflowService.pollWorkflowTaskQueue({ namespace, taskQueue: { name: 'failing' } }),
    );
    await workflowService.respondWorkflowTaskFailed({ namespace, taskToken, failure: { message: 'no key' } });
  }
  await connection.close();
};
const progressOf = ({ steps }: Run) => steps.find(({ progress }) => progress?.failingSince)?.progress;
/** Three times as long as patience lasts, and more often than it counts. */
const isOutForLong = (run: Run): boolean => {
  const { failingSince = '', attempt = 0, nextAttemptAt } = progressOf(run) ?? {};
  const isBetweenTries = nextAttemptAt !== undefined;
  return isBetweenTries && attempt > 10 && Date.now() - Date.parse(failingSince) > 3_000;
};
/** What was asked of the platform after an entry of the ledger. */
const askedAfter = (seq: number): string[] =>
  recorded
    .ledger()
    .filter((entry) => entry.seq > seq)
    .map(({ endpoint }) => String(endpoint));
const lastSeq = (): number => recorded.ledger().at(-1)?.seq ?? 0;

describe('a platform that asks to be sent nothing for a while', () => {
  it('is sent nothing by any worker until then, and runs say until when', async () => {
    const waiting = await waitingRuns(6);
    await stage.inject({
      endpoint: 'jobs.*',
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '6' },
    });
    const refusedAt = async (): Promise<number> => {
      for (;;) {
        const refused = recorded.ledger().find(({ status }) => status === 429);
        if (refused !== undefined) return Date.parse(refused.time);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const atMs = await refusedAt();
    const later = await startMany(2);
    const held = await until(stage.client, later[0] ?? '', ({ steps }) =>
      steps.some(({ progress }) => progress?.heldUntil !== undefined),
    );
    const heldUntil = held.steps.find(({ progress }) => progress?.heldUntil)?.progress?.heldUntil ?? '';
    expect(Date.parse(heldUntil)).toBeGreaterThan(atMs + 5_900);
    expect(Date.parse(heldUntil)).toBeLessThan(atMs + 11_000);
    const underWayMs = 1_000;
    const knownMs = underWayMs + Math.max(...(await Promise.all(workers.map(toldAtMs))));
    await endJobs();
    await succeeded([...waiting, ...later]);
    const tooEarly = recorded
      .ledger()
      .filter(({ time }) => Date.parse(time) > knownMs && Date.parse(time) < atMs + 6_000);
    expect(tooEarly.map(({ endpoint }) => endpoint)).toEqual([]);
    expect(created(recorded, 'job')).toHaveLength(8);
  });
});

describe('a credential that the platform refuses', () => {
  it.each([
    ['by itself', { body: { errors: ['the key is revoked'] } }],
    ['by a gateway before it', signIn],
  ])('%s parks its runs as one without asking for each, and lets them go on as one', async (_, refusal) => {
    const waiting = await waitingRuns(4);
    await answer('*', 401, refusal);
    for (const { failure } of await all(waiting, isParked)) {
      expect(failure?.code).toBe('CREDENTIALS_REJECTED');
      expect(failure?.message).toMatch(/^domino-test has refused its credential since 20\d\d-.*Z: /);
    }
    const state = await untilState('refused');
    expect(state).toMatchObject({ status: 'refused', code: 'CREDENTIALS_REJECTED' });
    const before = lastSeq();
    const [late = ''] = await startMany(1);
    await all([late], isParked);
    expect(askedAfter(before).filter((endpoint) => endpoint !== 'users.self')).toEqual([]);

    await stage.heal();
    await endJobs();
    await succeeded([...waiting, late]);
    expect(created(recorded, 'job')).toHaveLength(5);
    expect(await untilState('open')).toMatchObject({ status: 'open' });
  });

  it('keeps no run waiting for those that do not answer, nor for one at which workers fail', async () => {
    await setOwnStage();
    await stage.startWorker();
    await answer('*', 401, { body: { errors: ['the key is revoked'] } });
    const [runId = ''] = await startMany(1);
    await all([runId], isParked);
    await parkWithoutWorker(12); // as many as are told at the same time, and listed before the other
    await stage.heal();
    await succeeded([runId]);
  });

  it('is not asked whether it is accepted while the platform has asked to be sent nothing', async () => {
    await answer('*', 401, { body: { errors: ['the key is revoked'] } });
    const [runId = ''] = await startMany(1);
    await all([runId], isParked);
    await untilState('refused');
    const { connections } = stage.client;
    await connections.hold(stage.connection, { forMs: 600_000 });
    const standing = () => connections.get(stage.connection);
    await eventually(async () => 'until' in (await standing()));
    const before = lastSeq();
    await stage.heal();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(askedAfter(before)).toEqual([]);
    expect(await standing()).toMatchObject({ status: 'refused', until: expect.stringMatching(/^20/) });
    await connections.resume(stage.connection, { reason: 'a mistake of the proxy', by: 'ada' });
    await succeeded([runId]);
  });

  it('may be missing for a while: runs go on when its file is there again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'longhaul-key-'));
    const file = join(folder, 'key');
    await setOwnStage({ apiKeySource: { file } });
    writeFileSync(file, stage.simulator.apiKey);
    await stage.startWorker();
    rmSync(file);
    const runId = await start();
    const [parked] = await all([runId], isParked);
    expect(parked?.failure).toMatchObject({
      code: 'CREDENTIALS_MISSING',
      message: expect.stringMatching(/^the credential of domino-test has been missing since 20/),
    });
    await untilState('refused');
    writeFileSync(file, stage.simulator.apiKey);
    await succeeded([runId]);
    rmSync(folder, { recursive: true });
  });

  it('that only one endpoint refuses parks the step, holds back no other run, and is tried again', async () => {
    const runId = await parkedAlone();
    expect(await stage.client.connections.get(stage.connection)).toMatchObject({ status: 'open' });
    await stage.heal();
    await succeeded([await start()]);
    await succeeded([runId]);
  });
});

describe('something in between that answers everything', () => {
  it.each<[string, number, object]>([
    ['a redirect to a login', 302, { headers: { location: 'https://sso.example/login' } }],
    ['a page of maintenance', 200, signIn],
    ['a page that forbids', 403, { ...signIn, body: '<h1>quota exceeded</h1>' }],
    ['JSON that says nothing', 200, { body: {} }],
  ])('is an outage: %s parks nothing, and runs go on by themselves', async (_title, status, more) => {
    const [waiting = ''] = await startMany(1, slow);
    await all([waiting], isWaiting);
    await answer('*', status, more);
    const [starting = ''] = await startMany(1);
    for (const failing of await all([waiting, starting], isOutForLong)) {
      expect(failing.status).toBe('running');
      expect(progressOf(failing)).toMatchObject({
        nextAttemptAt: expect.stringMatching(/^20/),
        message: expect.stringContaining('no usable answer from domino-test since 20'),
      });
    }
    expect(await stage.client.connections.get(stage.connection)).toMatchObject({ status: 'open' });
    await stage.heal();
    await endJobs();
    const runs = await succeeded([waiting, starting]);
    expect(runs.flatMap(({ steps }) => steps.filter(({ tries }) => tries > 1))).toEqual([]);
  });
});

describe('resuming a connection', () => {
  it('lets its parked runs go on at once, in the name of who asked, and is refused without a reason', async () => {
    const runId = await parkedAlone();
    await stage.heal();
    const { connections } = stage.client;
    await expect(connections.resume(stage.connection, { reason: ' ' })).rejects.toMatchObject({
      code: 'RESOLUTION_INVALID',
    });
    await connections.resume(stage.connection, { reason: 'renewed', by: 'ada' });
    await succeeded([runId]);
  });

  it('ends a wait that the platform has asked for by mistake', async () => {
    await stage.inject({
      endpoint: '*',
      kind: 'status',
      status: 503,
      headers: { 'retry-after': '99999' },
    });
    const runId = await start();
    const state = await untilState('throttled');
    const until = 'until' in state ? Date.parse(state.until) : 0;
    expect(Math.abs(until - Date.now() - 99_999_000)).toBeLessThan(20_000);
    const before = lastSeq();
    await stage.client.connections.resume(stage.connection, { reason: 'a mistake of the proxy' });
    await untilState('open');
    const other = await start();
    await succeeded([other]);
    expect(askedAfter(before).length).toBeGreaterThan(0);
    expect((await stage.client.get(runId)).status).toBe('running');
  });
});

async function untilState(status: string) {
  for (let tries = 0; tries < 200; tries += 1) {
    const state = await stage.client.connections.get(stage.connection);
    if (state.status === status) return state;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(
    `the connection is not ${status}: ${JSON.stringify(await stage.client.connections.get(stage.connection))}`,
  );
}
