/** How an await takes the end of a job, and what is read beside it: against the simulator over HTTP. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { createJobActivities } from '../../../../src/activities/domino/jobs/jobs.js';
import type { JobOutput } from '../../../../src/run/undoing/effects.js';
import { type Setting, openSetting, repeatedAttempt } from '../../retraining-stage.js';

const anyRun: unknown = expect.stringMatching(/^[0-9a-f]{32}$/);

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

interface Awaiting {
  readonly setting: Setting;
  /** One look: what it returned, the code of its failure, or what it says while it waits. */
  look(revisionId?: string, metrics?: readonly string[]): Promise<JobOutput | string>;
  /** Looks until there is more to it than waiting; how many looks that took. */
  settle(
    revisionId?: string,
    metrics?: readonly string[],
  ): Promise<{ end: JobOutput | string; looks: number }>;
}

/** Awaits a job that has ended. */
async function ended(command = 'python train.py', restMs?: number): Promise<Awaiting> {
  const setting = await openSetting({ more: `jobs: [{ command: fail, status: Failed, log: [the reason] }]` });
  closing.push(() => setting.close());
  const jobId = await setting.startJob({ runCommand: command });
  await setting.pass(300);
  const { awaitJob } = createJobActivities(
    { ...setting.deps, foreseeing: repeatedAttempt(restMs) },
    { ensureHold: () => Promise.resolve(), check: () => Promise.resolve(false) },
  );
  const origin = { runId: 'train-and-deploy.x', firstAttemptId: 'a', step: 'train', generation: 1 };
  const job = { projectId: await setting.projectId(), jobId, number: 1, link: 'link' };
  const effect = { connection: 'domino-test', origin, begunBefore: false, logLines: 5 };
  const look: Awaiting['look'] = (revisionId, metrics) =>
    awaitJob({ ...effect, job, revisionId, metrics }).catch((error: unknown) => {
      if (error instanceof ApplicationFailure && error.type === 'STILL_WAITING') return error.message;
      if (error instanceof Error && 'code' in error) return `${String(error.code)}: ${error.message}`;
      throw error;
    });
  const settle: Awaiting['settle'] = async (revisionId, metrics) => {
    for (let looks = 1; ; looks += 1) {
      const end = await look(revisionId, metrics);
      if (typeof end !== 'string' || !/^job 1 (is|has ended)/.test(end)) return { end, looks };
    }
  };
  return { setting, look, settle };
}

/** Answers reads of the job alone with what is changed of it. */
async function tell({ setting }: Awaiting, change: object, times: number): Promise<void> {
  const { jobs } = (await setting.get(`/api/jobs/beta/jobs?projectId=${await setting.projectId()}`)).body;
  const { id = '' } = jobs.find(({ number }) => number === 1) ?? {};
  const { job } = (await setting.get(`/api/jobs/beta/jobs/${id}`)).body;
  const body = { job: { ...job, ...change } };
  await setting.inject({ endpoint: 'jobs.get', kind: 'status', status: 200, body, times });
}

describe('a job that is said to have ended', () => {
  it('parks when its status is not listed, and is no failure and no success', async () => {
    const awaiting = await ended();
    await tell(awaiting, { status: { executionStatus: 'Archiving', isCompleted: true } }, 1);
    expect(await awaiting.look()).toBe(
      'OUTCOME_UNKNOWN: job 1 is Archiving, and completed, which is no end that Longhaul knows: link',
    );
    expect(await awaiting.look()).toMatchObject({ metrics: { accuracy: 0.95 } });
  });

  it('is waited for while its status lags behind, and parks when that lasts', async () => {
    const awaiting = await ended();
    await tell(awaiting, { status: { executionStatus: 'Finishing', isCompleted: true } }, 3);
    expect(await awaiting.settle()).toMatchObject({ end: { metrics: { accuracy: 0.95 } }, looks: 4 });
    await tell(awaiting, { status: { executionStatus: 'Finishing', isCompleted: true } }, 100);
    const { end } = await awaiting.settle();
    expect(end).toBe('OUTCOME_UNKNOWN: job 1 is Finishing, and completed; so it was in 30 looks');
  });

  it('goes on being waited for while its status is not listed and nothing says that it has ended', async () => {
    const awaiting = await ended();
    await tell(awaiting, { status: { executionStatus: 'Hibernating', isCompleted: false } }, 1);
    expect(await awaiting.look()).toBe('job 1 is Hibernating');
  });
});

describe('what a job has measured', () => {
  const running = { status: { executionStatus: 'Running', isCompleted: false }, dominoStats: [] };

  it('is waited for while the job, read by itself, lags behind the list that shows its end', async () => {
    const awaiting = await ended();
    await tell(awaiting, running, 2);
    expect(await awaiting.look()).toBe('job 1 is Running');
    expect(await awaiting.look()).toBe('job 1 is Running');
    expect(await awaiting.look()).toMatchObject({ metrics: { accuracy: 0.95 }, experimentRunId: anyRun });
  });

  it('is read again while something that is needed of it is not there', async () => {
    const awaiting = await ended();
    await tell(awaiting, { dominoStats: [] }, 3);
    const needed = ['accuracy', 'mlflow_run_id'];
    expect(await awaiting.look('', needed)).toBe('job 1 has ended; accuracy, mlflow_run_id is not there yet');
    const { end, looks } = await awaiting.settle(undefined, needed);
    expect({ end, looks }).toMatchObject({ end: { metrics: { accuracy: 0.95 } }, looks: 3 });
  });

  it('is read again also where the status lagged behind before', async () => {
    const awaiting = await ended();
    await tell(awaiting, { status: { executionStatus: 'Finishing', isCompleted: true } }, 4);
    const succeeded = { executionStatus: 'Succeeded', isCompleted: true };
    await tell(awaiting, { status: succeeded, dominoStats: [] }, 1); // takes one of the four itself
    const { end, looks } = await awaiting.settle(undefined, ['accuracy']);
    expect({ end, looks }).toMatchObject({ end: { metrics: { accuracy: 0.95 } }, looks: 5 });
  });

  it('counts without a log that is read too slowly for the time of a try', async () => {
    const awaiting = await ended('python train.py', 10_200);
    await awaiting.setting.inject({ endpoint: 'jobs.logs', kind: 'slow-body', ms: 2_000, times: 10 });
    expect((await awaiting.settle()).end).toMatchObject({
      metrics: { accuracy: 0.95 },
      logTail: [],
      logNotice: 'the log could not be read: the platform answered too slowly (PLATFORM_UNREACHABLE)',
    });
  });

  it.each([
    ['0123456789abcdef0123456789abcdef\n', { experimentRunId: '0123456789abcdef0123456789abcdef' }],
    ['runs:/0123', { experimentRunId: null, notAnExperimentRun: 'runs:/0123' }],
    ['ABCDEF0123'.repeat(20), { experimentRunId: null, notAnExperimentRun: 'ABCDEF0123'.repeat(10) }],
  ])('names the MLflow run last, or what was written in its place (%s)', async (value, expected) => {
    const awaiting = await ended();
    const stat = { name: 'mlflow_run_id', value: 'f'.repeat(32) };
    await tell(awaiting, { dominoStats: [stat, { ...stat, value }] }, 1);
    expect(await awaiting.look()).toMatchObject(expected);
  });

  it('says nothing of a run where none was named', async () => {
    const awaiting = await ended();
    await tell(awaiting, { dominoStats: [] }, 1);
    const said = await awaiting.look();
    expect(said).toMatchObject({ experimentRunId: null });
    expect(said).not.toHaveProperty('notAnExperimentRun');
  });

  it('lacks what was not there in four readings', async () => {
    const awaiting = await ended();
    const { end, looks } = await awaiting.settle(undefined, ['recall']);
    expect({ end, looks }).toMatchObject({ end: { metrics: { accuracy: 0.95 } }, looks: 4 });
  });
});

const missing = { kind: 'status', status: 404, body: { error: 'no such route' } };
const down = { kind: 'status', status: 503 };

describe('what a job ran on', () => {
  it.each([missing, down])(
    'is done without after a few looks when nothing depends on it (%j)',
    async (fault) => {
      const awaiting = await ended();
      await awaiting.setting.inject({ ...fault, endpoint: 'jobs.runtime', times: 100 });
      const { end, looks } = await awaiting.settle();
      expect(end).toMatchObject({ revisionId: null, metrics: { accuracy: 0.95 } });
      expect(looks).toBe(4);
    },
  );

  it('is waited for when a revision was pinned', async () => {
    const awaiting = await ended();
    await awaiting.setting.inject({ ...missing, endpoint: 'jobs.runtime', times: 6 });
    const { end, looks } = await awaiting.settle('66f0000573');
    expect(end).toMatch(/^JOB_ON_OTHER_REVISION/);
    expect(looks).toBe(7);
  });

  it.each<[string, object]>([
    ['PLATFORM_UNAVAILABLE', down],
    ['PROXY_PAGE', { ...missing, body: '<html>' }],
  ])('is waited for through an outage of any length when a revision was pinned (%s)', async (code, fault) => {
    const awaiting = await ended();
    await awaiting.setting.inject({ ...fault, endpoint: 'jobs.runtime', times: 15 });
    for (let looks = 0; looks < 15; looks += 1) expect(await awaiting.look('66f0000573')).toMatch(code);
    expect(await awaiting.look('66f0000573')).toMatch(/^JOB_ON_OTHER_REVISION/);
  });

  it('parks the step when it is read too slowly each time, and a revision was pinned', async () => {
    const awaiting = await ended('python train.py', 10_050);
    await awaiting.setting.inject({ endpoint: 'jobs.runtime', kind: 'slow-body', ms: 2_000, times: 100 });
    const { end, looks } = await awaiting.settle('66f0000573');
    expect(end).toMatch(/^OUTCOME_UNKNOWN: .* the platform answered too slowly/);
    expect(looks).toBe(11);
  });

  it('parks the step when it cannot be read for long, and a revision was pinned', async () => {
    const awaiting = await ended();
    await awaiting.setting.inject({ ...missing, endpoint: 'jobs.runtime', times: 100 });
    const { end } = await awaiting.settle('66f0000573');
    expect(end).toMatch(/^OUTCOME_UNKNOWN: job 1 has ended, but what proves how cannot be read/);
  });
});

describe('the list in which duplicates are looked for', () => {
  it('may have a job of somebody else that lacks what nobody needs', async () => {
    const awaiting = await ended();
    const { setting } = awaiting;
    await setting.startJob({ runCommand: 'beside' });
    const { body } = await setting.get(`/api/jobs/beta/jobs?projectId=${await setting.projectId()}`);
    const odd = { runCommand: null, commitDetails: null, dominoStats: [{ name: 'epochs', value: 7 }] };
    const jobs = body.jobs.map((job) => ({ ...job, ...(job.number === 2 && odd) }));
    const answer = { status: 200, body: { ...body, jobs }, times: 2 };
    await setting.inject({ endpoint: 'jobs.list', kind: 'status', ...answer });
    expect(await awaiting.settle()).toMatchObject({ end: { metrics: { accuracy: 0.95 } }, looks: 1 });
  });

  it.each([missing, down])('is done without after a few looks (%j)', async (fault) => {
    const awaiting = await ended();
    await awaiting.setting.inject({ ...fault, endpoint: 'jobs.list', times: 100 });
    expect(await awaiting.settle()).toMatchObject({ end: { metrics: { accuracy: 0.95 } }, looks: 4 });
  });
});

describe('the log of a job', () => {
  it('is said to be unreadable where it is, and the job has succeeded all the same', async () => {
    const awaiting = await ended();
    await awaiting.setting.inject({ ...missing, endpoint: 'jobs.logs', times: 100 });
    const { end } = await awaiting.settle();
    expect(end).toMatchObject({
      logTail: [],
      logNotice: expect.stringMatching(/^the log could not be read: GET .* answered 404: no such route/),
    });
  });

  it('says nothing of a notice where it was read', async () => {
    expect(await (await ended()).look()).not.toHaveProperty('logNotice');
  });

  it.each(['fail', 'python train.py'])(
    'is said not to be at its end where the platform does not say that it is (%s)',
    async (command) => {
      const awaiting = await ended(command);
      const body = { logs: { logContent: [{ log: 'still coming' }], isComplete: false } };
      await awaiting.setting.inject({ endpoint: 'jobs.logs', kind: 'status', status: 200, body, times: 100 });
      expect(JSON.stringify((await awaiting.settle()).end)).toContain(
        'the platform has not said that this is the end of the log',
      );
    },
  );

  it('that cannot be read is named in the failure of the job', async () => {
    const awaiting = await ended('fail');
    await awaiting.setting.inject({ ...missing, endpoint: 'jobs.logs', times: 100 });
    const { end } = await awaiting.settle();
    expect(end).toMatch(/^JOB_FAILED: job 1 failed: .*the log could not be read/);
  });
});
