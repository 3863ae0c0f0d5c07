import { describe, expect, it } from '@jest/globals';
import { fixedWorld, onStage } from './stage.js';

describe('jobs', () => {
  it(
    'takes a job through its life, and completes it only after Finishing',
    onStage({}, async ({ get, pass, startJob }) => {
      const id = await startJob({ title: 'train' });
      const look = async () => (await get(`/api/jobs/beta/jobs/${id}`)).body.job;
      const seen: unknown[] = [];
      for (const seconds of [0, 4, 3, 4, 58, 2]) {
        if (seconds > 0) await pass(seconds);
        const { executionStatus, isCompleted } = (await look()).status;
        seen.push([executionStatus, isCompleted]);
      }
      expect(seen).toEqual([
        ['Queued', false],
        ['Preparing', false],
        ['Pulling', false],
        ['Running', false],
        ['Running', false],
        ['Finishing', false],
      ]);
      await pass(3);
      const job = await look();
      expect(job).toMatchObject({ number: 1, title: 'train', runCommand: 'node train.js' });
      expect(job.status).toMatchObject({ executionStatus: 'Succeeded', isCompleted: true });
      expect(Date.parse(job.stageTimes.completedTime) - Date.parse(job.stageTimes.startTime)).toBe(63_000);
      expect(job.commitDetails.outputCommitId).toMatch(/^[0-9a-f]{40}$/);
      expect(job.dominoStats).toEqual([
        { name: 'accuracy', value: '0.95' },
        { name: 'mlflow_run_id', value: expect.stringMatching(/^[0-9a-f]{32}$/) },
      ]);
    }),
  );

  it(
    'runs the active revision unless the job pins another one',
    onStage({}, async ({ get, post, pass, newEnvironment, startJob }) => {
      const { id, revisionId } = await newEnvironment();
      await pass(100);
      const { body } = await post(`/api/environments/beta/environments/${id}/revisions`, {});
      const newest = body.environmentRevision.id;
      const ranOn = async (fields: object) => {
        const job = await startJob({ environmentId: id, ...fields });
        return (await get(`/v4/jobs/${job}/runtimeExecutionDetails`)).body.environment.environmentRevisionId;
      };
      expect(await ranOn({})).toBe(revisionId);
      expect(await ranOn({ environmentRevisionSpec: 'LatestRevision' })).toBe(newest);
      expect(await ranOn({ environmentRevisionSpec: `SomeRevision(${newest})` })).toBe(newest);
      await pass(100);
      expect(await ranOn({})).toBe(newest);
      expect(await ranOn({ environmentRevisionSpec: `SomeRevision(${revisionId})` })).toBe(revisionId);
    }),
  );

  it(
    'lets a job wait in Queued for the build of its revision, and ends it in Error when that fails',
    onStage({}, async ({ get, pass, newEnvironment, startJob }) => {
      const { id } = await newEnvironment({ dockerfileInstructions: 'RUN false' });
      const job = await startJob({ environmentId: id });
      await pass(99);
      const state = async () => (await get(`/v4/jobs/${job}`)).body;
      expect((await state()).statuses).toMatchObject({ executionStatus: 'Queued', isCompleted: false });
      await pass(1);
      expect(await state()).toMatchObject({
        statuses: { executionStatus: 'Error', isCompleted: true },
        abnormalStatus: { runFailureReason: 'EnvironmentNotBuilt' },
      });
    }),
  );

  it.each(['false', 'exit 2', 'node a.js && exit 1', 'echo a; exit 7'])(
    'fails the command %j and says so on /v4',
    async (runCommand) => {
      await onStage({}, async ({ get, pass, startJob }) => {
        const job = await startJob({ runCommand });
        await pass(80);
        const { body } = await get(`/v4/jobs/${job}`);
        expect(body.statuses).toMatchObject({ executionStatus: 'Failed', isCompleted: true });
        expect(body.abnormalStatus.runFailureReason).toBe('UserCodeFailed');
      })();
    },
  );

  it(
    'ends a command as the first matching rule of the world says',
    onStage(
      {
        yaml: `${fixedWorld}
jobs:
  - { command: 'train.*--bad', status: Error, minutes: 2, log: [lost] }
  - { command: train, status: Succeeded, stats: { accuracy: 0.5 } }`,
      },
      async ({ get, pass, startJob }) => {
        const bad = await startJob({ runCommand: 'train --bad' });
        const good = await startJob({ runCommand: 'train' });
        await pass(80);
        const job = async (id: string) => (await get(`/api/jobs/beta/jobs/${id}`)).body.job;
        expect((await job(good)).dominoStats[0]).toEqual({ name: 'accuracy', value: '0.5' });
        expect((await job(bad)).status.executionStatus).toBe('Running');
        await pass(60);
        expect((await job(bad)).status.executionStatus).toBe('Error');
        expect(
          (await get(`/api/jobs/beta/jobs/${bad}/logs?logType=stdout`)).body.logs.logContent,
        ).toMatchObject([{ log: 'lost', logType: 'stdOut', size: 4 }]);
      },
    ),
  );

  it(
    'ends only so many jobs as a rule of the world says, and the next ones as the rules below do',
    onStage(
      {
        yaml: `${fixedWorld}
jobs:
  - { command: train, status: Failed, times: 2 }
  - { command: train, status: Succeeded }`,
      },
      async ({ get, pass, startJob }) => {
        const other = await startJob({ runCommand: 'node other.js' });
        const jobs = [other];
        for (const runCommand of ['train 1', 'train 2', 'train 1']) jobs.push(await startJob({ runCommand }));
        await pass(90);
        const ends = jobs.map(async (id) => (await get(`/v4/jobs/${id}`)).body.statuses.executionStatus);
        expect(await Promise.all(ends)).toEqual(['Succeeded', 'Failed', 'Failed', 'Succeeded']);
      },
    ),
  );

  it(
    'stops a running job in steps, and refuses to stop a completed one',
    onStage({}, async ({ get, post, pass, projectId, startJob }) => {
      const jobId = await startJob();
      const stop = async () =>
        post('/v4/jobs/stop', { projectId: await projectId(), jobId, commitResults: true });
      const status = async () => (await get(`/v4/jobs/${jobId}`)).body.statuses;
      await pass(20);
      expect((await stop()).body.statuses.executionStatus).toBe('StopRequested');
      await pass(1);
      expect(await status()).toMatchObject({ executionStatus: 'Stopping', isCompleted: false });
      expect((await stop()).status).toBe(200);
      await pass(3);
      expect(await status()).toMatchObject({ executionStatus: 'Stopped', isCompleted: true });
      const refused = await stop();
      expect([refused.status, refused.body]).toEqual([
        400,
        { message: `Job ${jobId} has already completed` },
      ]);
    }),
  );

  it(
    'lists the jobs of a project newest first, by page, group and tag',
    onStage({}, async ({ get, post, pass, projectId, startJob }) => {
      const project = await projectId();
      const first = await startJob();
      await pass(80);
      await startJob();
      await startJob();
      await post(`/api/jobs/v1/jobs/${first}/tags`, { projectId: project, tagName: 'best' });
      const list = async (query: string) =>
        (await get(`/api/jobs/beta/jobs?projectId=${project}${query}`)).body;
      const numbers = async (query: string) => (await list(query)).jobs.map(({ number }) => number);
      expect(await numbers('')).toEqual([3, 2, 1]);
      expect(await numbers('&offset=1&limit=1')).toEqual([2]);
      expect(await numbers('&ascending=true&sortBy=number')).toEqual([1, 2, 3]);
      expect(await numbers('&statusFilter=completed')).toEqual([1]);
      expect(await numbers('&statusFilter=active')).toEqual([3, 2]);
      expect(await numbers('&tagFilter=best')).toEqual([1]);
      expect((await list('&limit=2')).metadata).toMatchObject({ offset: 0, limit: 2, totalCount: 3 });
      expect((await list('')).jobs[0]).not.toHaveProperty('tags');
    }),
  );

  it(
    'pages a log by a cursor in nanoseconds, and calls it complete once all of it was read',
    onStage(
      { yaml: `${fixedWorld}\njobs: [{ command: '', status: Succeeded, log: [a, b, c] }]` },
      async ({ get, pass, startJob }) => {
        const id = await startJob();
        const read = async (query: string) => (await get(`/api/jobs/beta/jobs/${id}/logs?${query}`)).body;
        await pass(11);
        expect((await read('logType=stdOut')).logs).toMatchObject({
          isComplete: false,
          logContent: [{ log: 'a' }],
        });
        await pass(80);
        const first = await read('logType=stdOut&limit=2');
        expect(first.logs.logContent.map(({ log }) => log)).toEqual(['a', 'b']);
        expect(first.logs.isComplete).toBe(false);
        const { latestTimeNano } = first.metadata.pagination;
        expect(latestTimeNano).toMatch(/^\d{19}$/);
        const rest = await read(`logType=stdOut&latestTimeNano=${latestTimeNano}`);
        expect(rest.logs).toMatchObject({ isComplete: true, logContent: [{ log: 'c' }] });
        expect((await read('')).logs.logContent).toHaveLength(5);
      },
    ),
  );

  it(
    'restarts a job as a new one with the same command and revision rule',
    onStage({}, async ({ get, post, startJob }) => {
      const jobId = await startJob({ title: 'again' });
      const { body } = await post('/v4/jobs/restart', { jobId, shouldUseOriginalInputCommit: true });
      expect(body).toMatchObject({ number: 2, title: 'again', jobRunCommand: 'node train.js' });
      expect(body.id).not.toBe(jobId);
      expect((await get(`/api/jobs/beta/jobs/${body.id}`)).status).toBe(200);
    }),
  );

  it(
    'links a job to a goal of its project',
    onStage({}, async ({ get, post, call, projectId, startJob }) => {
      const project = await projectId();
      const jobId = await startJob();
      const { goal } = (await post(`/api/projects/v1/projects/${project}/goals`, { title: 'Ship' })).body;
      await post(`/api/jobs/v1/goals?jobId=${jobId}`, { goalId: goal.id });
      const linked = async () => (await get(`/api/jobs/v1/goals?jobId=${jobId}`)).body.goals;
      expect(await linked()).toMatchObject([{ goalId: goal.id, jobId, title: 'Ship' }]);
      expect((await call('DELETE', `/api/jobs/v1/goals/${goal.id}?jobId=${jobId}`)).body.success).toBe(true);
      expect(await linked()).toEqual([]);
    }),
  );
});
