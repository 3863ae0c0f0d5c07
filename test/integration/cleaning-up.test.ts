/** Undoing until the platform has confirmed it, also long after the run's end. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Cleanup } from '../../src/client.js';
import { addToCleanUp } from '../../src/client/cleanups.js';
import { resetRun } from '../../src/client/histories/reset.js';
import { leftoversOf } from '../../src/pipelines/leftovers.js';
import type { CleanUpStart, CleanUpState } from '../../src/run/undoing/undoing.js';
import { runCommand } from '../support/command.js';
import { eventually } from '../support/eventually.js';
import { calls, created, fromNowOn } from '../support/ledger.js';
import { jobStatus } from '../support/platform.js';
import { type Stage, createStage, statuses, until, withTemporal } from '../support/stage.js';

const world = new URL('../support/slow-job.yaml', import.meta.url).pathname;
/** The end of a run waits for less time than elsewhere: here what it cannot undo by then matters. */
const waits = { firstLookMs: 100, lastLookMs: 500, settleMs: 200, undoMs: 1_500, sweepMs: 4_000 };
const unauthorized = { kind: 'status', status: 401, body: { errors: ['Unauthorized'] }, times: 100_000 };

/** One for all but those that sweep for another time: each test reads what was recorded in its time. */
let shared: Stage;
let stage: Stage;
let recorded: ReturnType<typeof fromNowOn>;
const setStage = async (sweepMs = waits.sweepMs): Promise<Stage> => {
  stage = await createStage({ world, speed: 60, settings: { waits: { ...waits, sweepMs } } });
  recorded = fromNowOn(stage.simulator);
  await stage.startWorker();
  return stage;
};
beforeAll(async () => {
  shared = await setStage();
});
beforeEach(() => {
  stage = shared;
  recorded = fromNowOn(stage.simulator);
});
afterEach(() => (stage === shared ? stage.heal() : stage.close()));
afterAll(() => shared.close());

const heal = (): Promise<void> => stage.heal();
const start = async (key: string): Promise<string> => {
  const input = { connection: stage.connection, project: 'ada/iris', train: { command: 'python slow.py' } };
  return (await stage.client.start('train-and-deploy', input, { key })).runId;
};
const startTraining = async (key: string): Promise<string> => {
  const runId = await start(key);
  await until(stage.client, runId, (run) => statuses(run)['train'] === 'waiting');
  return runId;
};
const ended = (runId: string) => stage.client.wait(runId, { timeoutMs: 30_000 });
const cleanupOf = async (runId: string): Promise<Cleanup | undefined> =>
  (await stage.client.get(runId)).cleanup;
const isDone = async (runId: string): Promise<boolean> => (await cleanupOf(runId))?.afterwards === 'done';
const jobs = (): string[] => created(recorded, 'job');

describe('a cancelled run', () => {
  it('adds nothing after its end when the platform has confirmed what it has stopped', async () => {
    const runId = await startTraining('calm');
    await stage.client.cancel(runId, { reason: 'wrong data' });
    const run = await ended(runId);

    expect(run.cleanup).toEqual({ undone: [{ kind: 'job', id: jobs()[0] }], leftBehind: [] });
    expect(await jobStatus(stage.simulator, jobs()[0] ?? '')).toBe('Stopped');
  });

  it('stops its job by its id while lists are stale and say nothing of it', async () => {
    const runId = await startTraining('stale');
    await stage.inject({ endpoint: 'jobs.list', kind: 'stale', ms: 60_000, times: 100_000 });
    await stage.client.cancel(runId, { reason: 'wrong data' });

    expect((await ended(runId)).cleanup).toEqual({
      undone: [{ kind: 'job', id: jobs()[0] }],
      leftBehind: [],
    });
  });

  it('says what it has left when stopping is refused, and stops it as soon as it is not', async () => {
    const runId = await startTraining('refused');
    await stage.inject({ ...unauthorized, endpoint: 'jobs.stop' });
    await stage.client.cancel(runId, { reason: 'wrong data' });
    const run = await ended(runId);
    const [id = ''] = jobs();
    expect(run).toMatchObject({
      status: 'cancelled',
      cleanup: {
        undone: [],
        leftBehind: [{ kind: 'job', id }],
        afterwards: 'going-on',
      },
    });
    await eventually(async () => {
      const [left] = (await cleanupOf(runId))?.leftBehind ?? [];
      return left?.nextTryAt !== undefined && left.reason.includes('answered 401');
    });

    await heal();
    await eventually(() => isDone(runId));
    expect(await cleanupOf(runId)).toEqual({
      undone: [{ kind: 'job', id }],
      leftBehind: [],
      afterwards: 'done',
    });
    expect(await jobStatus(stage.simulator, id)).toBe('Stopped');
  });

  it('has its job stopped after an outage that outlasts it', async () => {
    const runId = await startTraining('outage');
    await stage.inject({ endpoint: '*', kind: 'lose-request', times: 100_000 });
    await stage.client.cancel(runId, { reason: 'wrong data' });
    const [id = ''] = jobs();
    expect((await ended(runId)).cleanup?.leftBehind).toMatchObject([{ kind: 'job', id }]);

    await heal();
    await eventually(() => isDone(runId));
    expect(await jobStatus(stage.simulator, id)).toBe('Stopped');
  });

  it('has a job stopped that is committed only after the run has ended, and says meanwhile that it may come', async () => {
    await setStage(9_000);
    await stage.inject({ endpoint: 'jobs.start', kind: 'late-commit', ms: 5_000 });
    const runId = await start('late');
    await eventually(() => calls(recorded, 'jobs.start') === 1);
    await stage.client.cancel(runId, { reason: 'wrong data' });
    expect((await ended(runId)).cleanup).toMatchObject({ undone: [], afterwards: 'going-on' });
    await eventually(async () => {
      const [left] = (await cleanupOf(runId))?.leftBehind ?? [];
      return left?.reason.includes('may still be carried out') === true;
    });
    expect(jobs()).toEqual([]);

    await eventually(() => isDone(runId));
    expect(await cleanupOf(runId)).toEqual({
      undone: [{ kind: 'job', id: jobs()[0] }],
      leftBehind: [],
      afterwards: 'done',
    });
    expect(jobs()).toHaveLength(1);
  });

  it('leaves alone what another run has started, and what only looks like its own', async () => {
    const other = await startTraining('other');
    const runId = await startTraining('mine');
    const [theirs = '', own = ''] = jobs();
    await stage.client.cancel(runId, { reason: 'wrong data' });

    expect((await ended(runId)).cleanup?.undone).toEqual([{ kind: 'job', id: own }]);
    expect(await jobStatus(stage.simulator, theirs)).toMatch(/Queued|Preparing|Pulling|Running/);
    expect(await stage.client.get(other)).toMatchObject({ status: 'running' });
  });
});

describe('a run whose job is refused', () => {
  it('has a job stopped that is committed only after its end, for it was refused when it was sent again', async () => {
    await setStage(12_000);
    await stage.inject({ endpoint: 'jobs.start', kind: 'late-commit', ms: 8_000, after: 'repeat' });
    const rejected = { kind: 'status', status: 400, body: { errors: ['no such tier'] } };
    await stage.inject({ ...rejected, endpoint: 'jobs.start', occurrence: 2, times: 9 });
    const runId = await start('refused-again');
    expect(await ended(runId)).toMatchObject({
      status: 'failed',
      failure: { code: 'REQUEST_REJECTED' },
      cleanup: { undone: [], leftBehind: [], afterwards: 'going-on' },
    });
    expect(jobs()).toEqual([]);

    await eventually(() => isDone(runId));
    expect((await cleanupOf(runId))?.undone).toEqual([{ kind: 'job', id: jobs()[0] }]);
  });

  it('has nothing to clean up when its only request was refused', async () => {
    await stage.inject({
      ...{ endpoint: 'jobs.start', kind: 'status', status: 400 },
      body: { errors: ['no such tier'] },
    });
    const runId = await start('refused-once');
    expect((await ended(runId)).cleanup).toEqual({ undone: [], leftBehind: [] });
  });
});

describe('cleaning up after a run', () => {
  it('is refused while the run goes on', async () => {
    const runId = await startTraining('goes-on');
    await expect(stage.client.cleanUp(runId)).rejects.toMatchObject({ code: 'RUN_GOES_ON' });
    expect(calls(recorded, 'jobs.stop')).toBe(0);
  });

  it('tries now what is left, and says how it stands', async () => {
    const runId = await startTraining('asked');
    await stage.inject({ ...unauthorized, endpoint: 'jobs.stop' });
    await stage.client.cancel(runId, { reason: 'wrong data' });
    await ended(runId);
    const [id = ''] = jobs();
    expect(await stage.client.cleanUp(runId)).toMatchObject({
      undone: [],
      leftBehind: [{ kind: 'job', id }],
    });

    await heal();
    await stage.client.cleanUp(runId);
    await eventually(() => isDone(runId));
    expect((await cleanupOf(runId))?.undone).toEqual([{ kind: 'job', id }]);
  });

  it('is asked for by the CLI, which exits 6 while something is left and 0 when nothing is', async () => {
    const runId = await startTraining('cli');
    await stage.inject({ ...unauthorized, endpoint: 'jobs.stop' });
    await stage.client.cancel(runId, { reason: 'wrong data' });
    await ended(runId);
    const run = () => runCommand(['run', 'cleanup', runId], { env: stage.env });
    const left = await run();
    expect(left).toMatchObject({ exitCode: 6, stderr: '' });
    expect(left.stdout).toContain(`left behind: job ${jobs()[0]}: POST /v4/jobs/stop`);

    await heal();
    await eventually(async () => (await run()).exitCode === 0);
    expect((await cleanupOf(runId))?.undone).toEqual([{ kind: 'job', id: jobs()[0] }]);
  });

  it('stops what a run has running that Temporal has terminated', async () => {
    const runId = await startTraining('terminated');
    await withTemporal(stage, (client) => client.workflow.getHandle(runId).terminate('by hand'));
    const [id = ''] = jobs();
    expect((await stage.client.get(runId)).cleanup).toBeUndefined();

    await stage.client.cleanUp(runId);
    await eventually(() => isDone(runId));
    expect((await cleanupOf(runId))?.undone).toEqual([{ kind: 'job', id }]);
    expect(await jobStatus(stage.simulator, id)).toBe('Stopped');
  });

  it('stops it also where a second one is looked for beside it', async () => {
    await setStage(60_000);
    await stage.inject({ endpoint: 'jobs.start', kind: 'lose-answer' });
    const runId = await startTraining('in-doubt');
    const [id = ''] = jobs();
    await withTemporal(stage, (client) => client.workflow.getHandle(runId).terminate('by hand'));
    await stage.client.cleanUp(runId);
    await eventually(async () => (await jobStatus(stage.simulator, id)).startsWith('Stop'));
    await eventually(async () => (await cleanupOf(runId))?.undone[0]?.id === id);
  });

  it('leaves a job alone that does not carry the marker, whatever names it, and says so', async () => {
    const runId = await startTraining('named');
    const [id = ''] = jobs();
    const exported = await stage.client.replays.export(runId);
    const other = { ...exported, runId: 'train-and-deploy.other', status: 'terminated' as const };
    const calls = leftoversOf(other);
    expect(calls).toMatchObject([{ made: { id } }]);
    const start = { connection: stage.connection, runId: other.runId, attemptId: other.attemptId, calls };
    const { leftBehind, undone } = await withTemporal(stage, (client) =>
      client.workflow.execute<(given: CleanUpStart) => Promise<CleanUpState>>('cleanUp', {
        ...{ workflowId: `cleanup.${other.runId}`, taskQueue: 'pipelines', args: [start] },
      }),
    );
    const reason = expect.stringMatching(/^it does not carry \[lh:.*, so it was not stopped$/);
    expect({ leftBehind, undone }).toEqual({
      leftBehind: [{ kind: 'job', id, reason, lasting: true }],
      undone: [],
    });
    expect(await jobStatus(stage.simulator, id)).not.toMatch(/^Stop/);
  });

  it('has nothing to do for a run that has stopped everything', async () => {
    const runId = await startTraining('nothing');
    await stage.client.cancel(runId, { reason: 'wrong data' });
    await ended(runId);
    const before = calls(recorded, 'jobs.stop');
    expect((await stage.client.cleanUp(runId)).leftBehind).toEqual([]);
    expect(calls(recorded, 'jobs.stop')).toBe(before);
  });

  it('goes on when its worker is killed', async () => {
    const runId = await startTraining('killed');
    await stage.inject({ ...unauthorized, endpoint: 'jobs.stop' });
    await stage.client.cancel(runId, { reason: 'wrong data' });
    await ended(runId);
    await stage.killWorkers();
    await heal();
    await stage.startWorker();
    await eventually(() => isDone(runId));
    expect(await jobStatus(stage.simulator, jobs()[0] ?? '')).toBe('Stopped');
  });

  it('has what is not undone yet still to do where it is ended while a try is under way', async () => {
    const runId = await startTraining('under-way');
    await stage.inject({ ...unauthorized, endpoint: 'jobs.stop' });
    await stage.client.cancel(runId, { reason: 'wrong data' });
    await ended(runId);
    await stage.inject({ endpoint: 'jobs.get', kind: 'hold-answer', ms: 2_000, times: 1_000 });
    const looks = calls(recorded, 'jobs.get');
    await eventually(() => calls(recorded, 'jobs.get') > looks);
    await withTemporal(stage, (client) => client.workflow.getHandle(`cleanup.${runId}`).cancel());

    const described = () =>
      withTemporal(stage, (client) => client.workflow.getHandle(`cleanup.${runId}`).describe());
    await eventually(async () => (await described()).status.name === 'CANCELLED');
    expect((await described()).memo?.['cleanup']).toMatchObject({
      leftBehind: [],
      open: [{ call: { target: { undo: 'stopJobs' }, made: { id: jobs()[0] } } }],
    });
  });

  it('is ended by a replay, which adopts the job', async () => {
    const runId = await startTraining('replayed');
    await stage.inject({ ...unauthorized, endpoint: 'jobs.stop' });
    await stage.client.cancel(runId, { reason: 'by mistake' });
    await ended(runId);
    // Once it goes on, the run has a cleanup of its own for what its lost requests may make.
    const cleanUp = (executionId?: string) =>
      withTemporal(stage, (client) => client.workflow.getHandle(`cleanup.${runId}`, executionId).describe());
    const { runId: executionId } = await cleanUp();
    const plan = await stage.client.replays.plan({ runId });
    await stage.client.replays.apply(
      { runId },
      { plan: plan.hash, by: 'ada', reason: 'it was the right one' },
    );
    await heal();

    expect((await cleanUp(executionId)).status.name).toBe('CANCELLED');
    const run = await until(stage.client, runId, (now) => statuses(now)['train'] === 'waiting');
    expect(run.steps.find(({ name }) => name === 'train')?.references).toMatchObject([{ id: jobs()[0] }]);
    expect(jobs()).toHaveLength(1);
    expect(await jobStatus(stage.simulator, jobs()[0] ?? '')).not.toMatch(/^Stop/);
  });
});

/** A cancelled run whose job nobody may stop. */
const leaving = async (key: string): Promise<string> => {
  const runId = await startTraining(key);
  await stage.inject({ ...unauthorized, endpoint: 'jobs.stop' });
  await stage.client.cancel(runId, { reason: 'by mistake' });
  await ended(runId);
  return runId;
};

it('what is added to a cleanup that goes on is undone too', async () => {
  const [runId, other] = [await leaving('adds'), await leaving('gives')];
  await withTemporal(stage, async (client) => {
    const handle = client.workflow.getHandle(`cleanup.${other}`);
    const openOf = async () =>
      ((await handle.describe()).memo?.['cleanup'] as CleanUpState | undefined)?.open;
    await eventually(async () => (await openOf())?.[0]?.call !== undefined);
    const calls = (await openOf())?.flatMap(({ call = [] }) => call) ?? [];
    await handle.terminate('given away');
    const { attemptId } = await stage.client.get(runId);
    await addToCleanUp(client, { connection: stage.connection, runId, attemptId, calls });
  });
  await heal();
  const [, given = ''] = jobs();
  await eventually(async () => (await jobStatus(stage.simulator, given)) === 'Stopped');
});

describe('a reset that fails', () => {
  const reset = { step: 'train', reason: 'it was the right one' };
  const isStopped = async (runId: string): Promise<void> => {
    await heal();
    await eventually(() => isDone(runId));
    expect((await cleanupOf(runId))?.undone).toEqual([{ kind: 'job', id: jobs()[0] }]);
    expect(await jobStatus(stage.simulator, jobs()[0] ?? '')).toBe('Stopped');
  };

  it('has the cleanup go on that it had ended', async () => {
    const runId = await leaving('refused-reset');
    await withTemporal(stage, async (client) => {
      // Temporal refuses what it cannot do at the moment.
      const resetWorkflowExecution = () => Promise.reject(new Error('refused'));
      Object.assign(client.workflowService, { resetWorkflowExecution });
      await expect(resetRun(client, runId, reset)).rejects.toThrow('refused');
    });
    expect((await cleanupOf(runId))?.afterwards).toBe('going-on');
    await isStopped(runId);
  });

  it('because no worker ends the cleanup has it go on when one is there again', async () => {
    const runId = await leaving('silent-reset');
    await stage.killWorkers();
    await expect(stage.client.reset(runId, reset)).rejects.toMatchObject({ code: 'WORKER_SILENT' });
    expect((await cleanupOf(runId))?.afterwards).toBe('going-on');
    await stage.startWorker();
    await isStopped(runId);
  });

  it('because whoever asked has died leaves the cleanup cut off, as is said, until it is asked for', async () => {
    const runId = await leaving('died');
    await withTemporal(stage, (client) => client.workflow.getHandle(`cleanup.${runId}`).cancel());
    await eventually(async () => (await cleanupOf(runId))?.afterwards === 'cut-off');
    expect((await cleanupOf(runId))?.leftBehind).toMatchObject([{ kind: 'job', id: jobs()[0] }]);
    await stage.client.cleanUp(runId);
    await isStopped(runId);
  });
});
