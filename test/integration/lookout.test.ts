/** Those who wait, and the lookout that looks for them. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { wake } from '../../src/activities/effect/lookout/resting-activities.js';
import { wordOf } from '../../src/client/runs/told-by-lookouts.js';
import { type Wait, awaitedSignalName, lookoutWorkflow } from '../../src/run/lookouts.js';
import type { Run } from '../../src/run/steps.js';
import { eventually } from '../support/eventually.js';
import { calls, created } from '../support/ledger.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

const world = new URL('../support/slow-job.yaml', import.meta.url).pathname;
const many = 12;
let stage: Stage;
let client: Client;
beforeEach(async () => {
  stage = await createStage({ world });
  const connection = await Connection.connect({ address: stage.temporalAddress });
  client = new Client({ connection, namespace: stage.namespace });
});
afterEach(async () => {
  await client.connection.close();
  await stage.close();
});

const isWaiting = (run: Run): boolean => statuses(run)['train'] === 'waiting';
const progressOf = ({ steps }: Run) => steps.find(({ name }) => name === 'train')?.progress;
/** Runs whose jobs go on until `endJobs`. */
const waitingRuns = async (count: number): Promise<string[]> => {
  const input = { connection: stage.connection, project: 'ada/iris', train: { command: 'python slow.py' } };
  const runs = await Promise.all(
    Array.from({ length: count }, () => stage.client.start('train-and-deploy', input)),
  );
  const runIds = runs.map(({ runId }) => runId);
  // A lookout tells of all of them.
  for (const runId of runIds)
    await until(stage.client, runId, (run) => isWaiting(run) && progressOf(run)?.nextAttemptAt !== undefined);
  return runIds;
};
const endJobs = () => stage.control('clock', { advanceSeconds: 100_000 });
const succeeded = async (runIds: readonly string[]): Promise<void> => {
  const runs = await Promise.all(runIds.map((runId) => stage.client.wait(runId, { timeoutMs: 90_000 })));
  expect(runs.map(({ status }) => status)).toEqual(runIds.map(() => 'succeeded'));
  expect(created(stage.simulator, 'job')).toHaveLength(runIds.length);
};
/** How often the awaits of a run were tried. */
const triesOf = async (runId: string): Promise<number[]> =>
  ((await client.workflow.getHandle(runId).fetchHistory()).events ?? []).flatMap(
    ({ activityTaskStartedEventAttributes: started }) => (started ? [started.attempt ?? 0] : []),
  );
const lookouts = async (status: string): Promise<string[]> => {
  const query = `WorkflowType = '${lookoutWorkflow}' AND ExecutionStatus = '${status}'`;
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  return ids;
};

/** The activity of the one lookout. */
const keeping = async () => {
  const [id = ''] = await lookouts('Running');
  const [activity] = (await client.workflow.getHandle(id).describe()).raw.pendingActivities ?? [];
  return activity ?? {};
};

describe('many who wait in one project', () => {
  it('are looked for by one lookout, whose list tells of all of them, and each is tried once', async () => {
    await stage.startWorker();
    const runIds = await waitingRuns(many);
    const [lists, looks] = [calls(stage.simulator, 'jobs.list'), calls(stage.simulator, 'jobs.get')];
    await eventually(() => calls(stage.simulator, 'jobs.list') > lists + 8);
    expect(calls(stage.simulator, 'jobs.get') - looks).toBeLessThan(3);
    expect(await lookouts('Running')).toHaveLength(1);
    const [run] = await Promise.all(runIds.map((runId) => stage.client.get(runId)));
    expect(run && progressOf(run)).toMatchObject({
      ...{ effect: 'awaitJob', message: expect.stringMatching(/^job \d+ is Running$/) },
      ...{ lastAttemptAt: expect.stringMatching(/^20/), nextAttemptAt: expect.stringMatching(/^20/) },
    });
    const listed: string[] = [];
    for await (const { runId } of stage.client.list()) listed.push(runId);
    expect(listed.sort()).toEqual([...runIds].sort());
    await endJobs();
    await succeeded(runIds);
    // The first is the try that hands over, the second was completed while it rested.
    expect([...new Set((await Promise.all(runIds.map(triesOf))).flat())].sort()).toEqual([1, 2]);
  });
});

describe('a wait', () => {
  // That a frozen one is outlived too, `npm run chaos -- --only freezes` tries.
  it('outlives its worker, which is killed: another one looks instead', async () => {
    const first = await stage.startWorker();
    const runIds = await waitingRuns(many);
    await stage.startWorker();
    first.kill('SIGKILL');
    // The other one misses it before the heartbeat timeout of the lookout is over, and goes on from what it had said.
    await eventually(
      async () => (await keeping()).lastFailure?.message?.startsWith('its worker is gone') === true,
    );
    expect(wordOf(await keeping())).not.toBeNull();
    await endJobs();
    const beganMs = Date.now();
    await succeeded(runIds);
    expect(Date.now() - beganMs).toBeLessThan(60_000);
    expect(created(stage.simulator, 'job')).toHaveLength(many);
  });

  it('is looked for further on where it was woken too early', async () => {
    await stage.startWorker();
    const runIds = await waitingRuns(1);
    const [workflowId = ''] = runIds;
    const awaiting = async () =>
      (await client.workflow.getHandle(workflowId).describe()).raw.pendingActivities?.find(
        ({ activityType }) => activityType?.name === 'awaitJob',
      );
    const id = (await awaiting())?.activityId ?? '';
    const { runId } = await client.workflow.getHandle(workflowId).describe();
    expect(await wake(client, { run: { workflowId, runId, activityId: id }, attempt: 1 })).toBe(true);
    await eventually(async () => ((await awaiting())?.attempt ?? 0) >= 3);
    await endJobs();
    await succeeded(runIds);
  });

  it('has all its patience when it is woken: bad answers count from when they came, and not from when it rested', async () => {
    await stage.startWorker();
    const [runId = ''] = await waitingRuns(1);
    await delay(8_000);
    const fromMs = Date.now();
    const page = { status: 200, body: '<html>sign in</html>', headers: { 'content-type': 'text/html' } };
    for (const endpoint of ['jobs.get', 'jobs.list'])
      await stage.inject({ endpoint, kind: 'status', ...page, times: 10_000 });
    const { steps } = await until(stage.client, runId, (run) => statuses(run)['train'] === 'parked');
    const state = steps.find(({ name }) => name === 'train')?.state;
    const [, since = ''] =
      / since (\S+Z):/.exec(state && 'failure' in state ? state.failure.message : '') ?? [];
    expect(Date.parse(since)).toBeGreaterThanOrEqual(fromMs - 2_000);
  });

  it('outlives its lookout: what somebody has ended by hand is begun again', async () => {
    const first = await stage.startWorker();
    const runIds = await waitingRuns(3);
    const [id = ''] = await lookouts('Running');
    await client.workflow.getHandle(id).terminate('by hand');
    first.kill('SIGTERM');
    await first.ended;
    await eventually(async () => (await lookouts('Terminated')).length === 1);
    await stage.startWorker(); // a worker looks for such lookouts when it begins, and once a minute
    await endJobs();
    await succeeded(runIds);
  });

  it('outlives many others that come and go: its lookout continues as new with all of them', async () => {
    await stage.startWorker();
    const runIds = await waitingRuns(2);
    const [id = ''] = await lookouts('Running');
    const handle = client.workflow.getHandle(id);
    const { runId } = await handle.describe();
    const nobody = {
      workflowId: 'train-and-deploy.gone',
      runId: 'ffffffff-ffff-4fff-8fff-ffffffffffff',
      activityId: 'train.3',
    };
    const wait: Wait = { run: nobody, attempt: 1, id: 'gone', input: {}, sinceMs: 0, atMs: Date.now() };
    await eventually(
      async () => {
        const tell = () => handle.signal(awaitedSignalName, [wait]);
        await Promise.all(Array.from({ length: 25 }, tell)); // Temporal takes 10,000 signals, and no more, of one execution
        return (await handle.describe()).runId !== runId;
      },
      { withinMs: 120_000 },
    );
    await endJobs();
    await succeeded(runIds);
  });

  it('of a run that has ended disturbs nobody: the others go on, and the lookout comes to its rest', async () => {
    await stage.startWorker();
    const [ended = '', terminated = '', ...runIds] = await waitingRuns(4);
    await client.workflow.getHandle(terminated).terminate('by hand');
    await stage.client.cancel(ended, { reason: 'not needed' });
    await until(stage.client, ended, ({ status }) => status === 'cancelled');
    await endJobs();
    const runs = await Promise.all(runIds.map((runId) => stage.client.wait(runId, { timeoutMs: 90_000 })));
    expect(runs.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    const [id = ''] = await lookouts('Running');
    await eventually(async () => {
      const { raw } = await client.workflow.getHandle(id).describe();
      return (raw.pendingActivities ?? []).length === 0;
    });
  });
});
