import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Progress, Run } from '../../src/run/steps.js';
import { created } from '../support/ledger.js';
import { type Stage, createStage, fullInput, statuses, until } from '../support/stage.js';

let stage: Stage;
const world = new URL('../support/slow-job.yaml', import.meta.url).pathname;
beforeEach(async () => {
  stage = await createStage({ world });
});
afterEach(() => stage.close());

const start = async (command = 'python train.py'): Promise<string> => {
  const input = { connection: stage.connection, project: 'ada/iris', train: { command } };
  return (await stage.client.start('train-and-deploy', input)).runId;
};
const isWaiting = (run: Run): boolean => statuses(run)['train'] === 'waiting';
const progressOf = (run: Run): Progress | undefined =>
  run.steps.find(({ name }) => name === 'train')?.progress;
/** Whether the lookout has looked, and will. */
const isLookedAt = (run: Run): boolean =>
  progressOf(run)?.lastAttemptAt !== undefined && progressOf(run)?.nextAttemptAt !== undefined;
/** Of the reads of one job. */
const answer = (status: number, more: object = {}) =>
  stage.inject({ endpoint: 'jobs.get', kind: 'status', status, ...more });
const page = { headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' };

describe('a wait that has looked calmly for a while', () => {
  it.each<[string, number, object]>([
    ['a web page', 200, page],
    ['a redirect', 302, { headers: { location: 'https://sso.example/login' } }],
    ['JSON that says nothing', 200, { body: {} }],
    ['401', 401, {}],
    ['403', 403, { body: { errors: ['Forbidden'] } }],
    ['503', 503, {}],
  ])('looks again soon after one answer of %s, and nothing parks', async (_title, status, more) => {
    await stage.startWorker();
    await stage.control('clock', { speed: 1 }); // the job does not end before it was looked at
    const runId = await start();
    await until(stage.client, runId, isLookedAt);
    await answer(status, more);
    await stage.control('clock', { speed: 120 });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run.status).toBe('succeeded');
    expect(run.steps.find(({ name }) => name === 'train')?.tries).toBe(1);
    expect(created(stage.simulator, 'job')).toHaveLength(1);
  });

  it('parks when the answer stays, and says how it was answered and since when', async () => {
    await stage.startWorker();
    const runId = await start('python slow.py');
    await until(stage.client, runId, isLookedAt);
    await answer(302, { times: 1_000 });
    const failing = await until(stage.client, runId, (run) => progressOf(run)?.failingSince !== undefined);
    const since = progressOf(failing)?.failingSince ?? '';
    const parked = await until(stage.client, runId, ({ status }) => status === 'parked');
    expect(parked.failure).toMatchObject({ code: 'PROXY_PAGE', step: 'train' });
    expect(parked.failure?.message).toContain(
      `no usable answer from domino-test since ${since.slice(0, 19)}Z: `,
    );
  });
});

describe('an outage', () => {
  it('parks nothing, says since when it lasts, and runs go on by themselves', async () => {
    await stage.startWorker();
    const runId = await start();
    await until(stage.client, runId, isWaiting);
    await stage.inject({ endpoint: 'jobs.get', kind: 'status', status: 503, times: 5 });
    // One bad answer is told as it came.
    const failing = await until(stage.client, runId, (run) =>
      String(progressOf(run)?.message).startsWith('no usable answer'),
    );
    expect(failing.status).toBe('running');
    expect(progressOf(failing)).toMatchObject({
      failingSince: expect.stringMatching(/^20/),
      nextAttemptAt: expect.stringMatching(/^20/),
      message: expect.stringContaining('no usable answer from domino-test since 20'),
    });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run.status).toBe('succeeded');
    expect(progressOf(run)).toBeUndefined();
  });
});

describe('a worker whose clock is days off', () => {
  it.each([
    ['ahead', 5],
    ['behind', -5],
  ])('waits and sends as every other (%s)', async (_title, days) => {
    const source = `const now = Date.now; Date.now = () => now() + ${days * 86_400_000};`;
    await stage.startWorker([], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(source)}`,
    });
    const { runId } = await stage.client.start('train-and-deploy', fullInput(stage.connection));
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(created(stage.simulator, 'job')).toHaveLength(1);
  });
});
