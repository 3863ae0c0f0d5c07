/** Worker death and lost answers while a replay is planned and applied. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ReplayPlan, ReplayRequest, Run } from '../../src/client.js';
import { calls, created } from '../support/ledger.js';
import { type Stage, createStage, fullInput, statuses, until } from '../support/stage.js';

let stage: Stage;
beforeEach(async () => {
  stage = await createStage({ world: new URL('../support/slow-job.yaml', import.meta.url).pathname });
  await stage.startWorker();
});
afterEach(() => stage.close());

const replaying = ({ hash }: ReplayPlan) => ({ plan: hash, by: 'ada', reason: 'the platform is back' });
const sent = ({ steps }: ReplayPlan): string[] =>
  steps.flatMap(({ cleans, calls }) => [...cleans, ...calls].map(({ endpoint }) => endpoint));
/** How often a request to this endpoint has changed something. */
const changes = (endpoint: string): number =>
  stage.simulator.ledger().filter((entry) => entry.endpoint === endpoint && entry.effects.length > 0).length;
const speed = (times: number): Promise<void> => stage.control('clock', { speed: times });
const isWaitingAt =
  (step: string) =>
  (run: Run): boolean =>
    statuses(run)[step] === 'waiting';

async function eventually(holds: () => Promise<boolean> | boolean): Promise<void> {
  const endMs = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error('it did not come to that in 30 s');
    await delay(50);
  }
}

async function endOf(runId: string): Promise<Run> {
  const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
  expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
  return run;
}

/** A run whose job takes a day, and the replay that trains otherwise: the job is stopped first. */
async function training(): Promise<ReplayRequest> {
  const input = { connection: stage.connection, project: 'ada/iris', train: { command: 'python slow.py' } };
  const { runId } = await stage.client.start('train-and-deploy', input, { key: 'slow' });
  await until(stage.client, runId, isWaitingAt('train'));
  return { runId, stopFirst: true, set: { 'train.command': 'python train.py' } };
}

/** A run whose new revision is being built, and the replay that adds another. */
async function building(): Promise<ReplayRequest> {
  const input = fullInput(stage.connection);
  await endOf((await stage.client.start('train-and-deploy', input, { key: 'earlier' })).runId);
  await speed(1);
  const revision = { dockerfile: 'RUN pip install numpy' };
  const { runId } = await stage.client.start('train-and-deploy', { ...input, revision }, { key: 'built' });
  await until(stage.client, runId, isWaitingAt('build'));
  return { runId, stopFirst: true, fresh: ['revision'] };
}

/** A run that was cancelled, and its build with it, and the replay that builds the same revision once more. */
async function cancelledBuild(): Promise<ReplayRequest> {
  await speed(1);
  const { revision: _, ...input } = fullInput(stage.connection);
  const { runId } = await stage.client.start('train-and-deploy', input, { key: 'rebuilt' });
  await until(stage.client, runId, isWaitingAt('build'));
  await stage.client.cancel(runId, { reason: 'not now' });
  await stage.client.wait(runId, { timeoutMs: 90_000 });
  return { runId };
}

/** A run whose version does not serve yet, and the replay that deploys another. */
async function deploying(): Promise<ReplayRequest> {
  await speed(20);
  const { runId } = await stage.client.start('train-and-deploy', fullInput(stage.connection), { key: 'new' });
  await until(stage.client, runId, isWaitingAt('deploy'));
  await speed(0.1);
  return { runId, stopFirst: true, fresh: ['deploy'] };
}

describe.each([
  ['jobs.stop', training],
  ['environments.cancelBuild', building],
  ['environments.rebuildRevision', cancelledBuild],
  ['modelApis.stopVersion', deploying],
] as const)('a replay that sends %s', (endpoint, prepare) => {
  it('goes on when the answer is lost, and does it once', async () => {
    const request = await prepare();
    const { runId } = request;
    const before = changes(endpoint);
    const plan = await stage.client.replays.plan(request);
    expect(sent(plan)).toContain(endpoint);
    await stage.inject({ endpoint, kind: 'lose-answer' });
    // Time runs on when what is to be stopped was asked to: before, it might end by itself.
    await stage.client.replays.apply(request, replaying(plan));
    await speed(120);
    await endOf(runId);
    expect(changes(endpoint) - before).toBe(1);
    expect(stage.simulator.ledger().filter(({ fault }) => fault !== undefined)).toHaveLength(1);
    expect(await stage.client.replays.attempts(runId)).toHaveLength(2);
  });
});

describe('a replay whose worker is killed', () => {
  it('is finished by another between ending the old attempt and starting the new: one new attempt, one job', async () => {
    const request = await training();
    const { runId } = request;
    const plan = await stage.client.replays.plan(request);
    await stage.inject({ endpoint: 'jobs.stop', kind: 'hold-answer', ms: 60_000 });
    const isOver = await stage.client.replays.applyWithin(1_000, request, replaying(plan));
    expect(isOver).toBeNull();
    await eventually(() => calls(stage.simulator, 'jobs.stop') === 1);
    expect(await stage.client.replays.attempts(runId)).toMatchObject([{ status: 'terminated' }]);
    await expect(stage.client.replays.apply(request, replaying(plan))).rejects.toMatchObject({
      code: 'REPLAY_UNDER_WAY',
    });
    await stage.killWorkers();
    await stage.startWorker();
    await eventually(async () => (await stage.client.replays.attempts(runId)).length === 2);
    await endOf(runId);
    expect(await stage.client.replays.attempts(runId)).toHaveLength(2);
    expect(created(stage.simulator, 'job')).toHaveLength(2);
    expect(changes('jobs.stop')).toBe(1);
  });
});

describe('a plan', () => {
  it('is applied once, when 20 operators apply it at once', async () => {
    const request = await training();
    const plan = await stage.client.replays.plan(request);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => stage.client.replays.apply(request, replaying(plan))),
    );
    const codes = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : [],
    );
    expect(codes).toHaveLength(19);
    for (const code of codes) expect(['REPLAY_UNDER_WAY', 'REPLAY_STALE', 'REPLAY_REFUSED']).toContain(code);
    await endOf(request.runId);
    expect(await stage.client.replays.attempts(request.runId)).toHaveLength(2);
    expect(created(stage.simulator, 'job')).toHaveLength(2);
  });

  it('is not made without a worker of the connection, which is said; nothing is sent and nothing is started', async () => {
    const request = await training();
    const plan = await stage.client.replays.plan(request);
    await stage.killWorkers();
    await stage.startWorker(['--roles', 'pipelines']);
    const asked = stage.simulator.ledger().length;
    const refusal = {
      code: 'WORKER_SILENT',
      message: expect.stringContaining('planReplays was not finished by any worker in time'),
    };
    const [planned, applied] = await Promise.allSettled([
      stage.client.replays.plan(request),
      stage.client.replays.apply(request, replaying(plan)),
    ]);
    expect(planned).toMatchObject({ reason: refusal });
    expect(applied).toMatchObject({ reason: refusal });
    expect(stage.simulator.ledger()).toHaveLength(asked);
    expect(await stage.client.replays.attempts(request.runId)).toMatchObject([{ status: 'running' }]);
  });

  it('is not made while the platform is down, and what it answered is said', async () => {
    const request = await training();
    await stage.inject({ endpoint: 'projects.find', kind: 'status', status: 503, body: {}, times: 100 });
    await expect(stage.client.replays.plan(request)).rejects.toMatchObject({ code: 'PLATFORM_UNAVAILABLE' });
  });
});
