/** What a parked step has left running when a person resolves it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Json } from '../../src/run/steps.js';
import { eventually } from '../support/eventually.js';
import { created } from '../support/ledger.js';
import { jobStatus } from '../support/platform.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

const world = new URL('../support/slow-job.yaml', import.meta.url).pathname;
const forbidden = { kind: 'status', status: 403, body: { errors: ['Forbidden'] }, times: 100_000 };
const by = { step: 'train', actor: 'ada', reason: 'it is not needed' };
const output = {
  projectId: 'p',
  jobId: 'elsewhere',
  metrics: {},
  experimentRunId: null,
  outputCommitId: null,
};

let stage: Stage;
beforeEach(async () => {
  stage = await createStage({ world, settings: { waits: { ...waits, undoMs: 2_000 } } });
  await stage.startWorker();
});
afterEach(() => stage.close());

const waits = { firstLookMs: 100, lastLookMs: 500, settleMs: 200, patienceMs: 1_000, sweepMs: 4_000 };

/** A run that is parked while its job goes on, and that job. */
async function parkedTraining(): Promise<{ readonly runId: string; readonly id: string }> {
  const input = { connection: stage.connection, project: 'ada/iris', train: { command: 'python slow.py' } };
  const { runId } = await stage.client.start('train-and-deploy', input, { key: 'parked' });
  await until(stage.client, runId, (run) => statuses(run)['train'] === 'waiting');
  await stage.inject({ ...forbidden, endpoint: 'jobs.get' });
  await until(stage.client, runId, (run) => run.status === 'parked');
  await stage.heal();
  return { runId, id: created(stage.simulator, 'job')[0] ?? '' };
}

const skip = (runId: string, supplied: Json) =>
  stage.client.resolve(runId, { ...by, action: 'skip', output: supplied });

describe('a step whose output is supplied while its job goes on', () => {
  it('has it stopped', async () => {
    const { runId, id } = await parkedTraining();
    await skip(runId, output);
    expect((await stage.client.wait(runId, { timeoutMs: 90_000 })).status).toBe('succeeded');
    expect(await jobStatus(stage.simulator, id)).toMatch(/^Stop/);
  });

  it('keeps it where that output names it', async () => {
    const { runId, id } = await parkedTraining();
    await skip(runId, { ...output, jobId: id });
    expect((await stage.client.wait(runId, { timeoutMs: 90_000 })).status).toBe('succeeded');
    expect(await jobStatus(stage.simulator, id)).not.toMatch(/^Stop/);
  });

  it('says at the end of the run what is left of it, which is tried further on', async () => {
    const { runId, id } = await parkedTraining();
    await stage.inject({ ...forbidden, endpoint: 'jobs.stop' });
    await skip(runId, output);
    expect(await stage.client.wait(runId, { timeoutMs: 90_000 })).toMatchObject({
      status: 'succeeded',
      cleanup: { leftBehind: [{ kind: 'job', id }], afterwards: 'going-on' },
    });
    await stage.heal();
    await eventually(async () => (await stage.client.get(runId)).cleanup?.afterwards === 'done');
    expect((await stage.client.get(runId)).cleanup).toMatchObject({
      undone: [{ kind: 'job', id }],
      leftBehind: [],
    });
  });
});

describe('a step that is made afresh', () => {
  it('has what it could not stop listed at the end of the run', async () => {
    const { runId, id } = await parkedTraining();
    await stage.inject({ ...forbidden, endpoint: 'jobs.stop' });
    await stage.client.resolve(runId, { ...by, action: 'retry', fresh: true });
    await until(stage.client, runId, (run) => statuses(run)['train'] === 'waiting');
    const [, anew = ''] = created(stage.simulator, 'job');
    await stage.client.cancel(runId, { reason: 'wrong data' });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run.cleanup?.leftBehind.map((left) => left.id).sort()).toEqual([id, anew].sort());
    expect(run.cleanup?.afterwards).toBe('going-on');
  });
});
