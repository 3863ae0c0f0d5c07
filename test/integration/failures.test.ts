import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { type FailureReport, parseRunQuery } from '../../src/client.js';
import { runCommand } from '../support/command.js';
import { eventually } from '../support/eventually.js';
import { runProgram } from '../support/program.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage, until } from '../support/stage.js';

let stage: Stage;
let connection: Connection;
let temporal: Client;
/** Between the runs that failed and those that were parked. */
let between: Date;

const input = (command: string) => ({
  connection: stage.connection,
  project: 'ada/iris',
  train: { command },
});

const longhaul = (...args: string[]) => runCommand(args, { env: stage.env });

const ids = async (query: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { runId } of stage.client.list(parseRunQuery(query))) found.push(runId);
  return found.sort();
};

/**
 * Two runs whose job fails by itself, a third of another pipeline’s words, two parked for one quota, one terminated,
 * one cancelled and one that succeeded after its first attempt had failed.
 */
beforeAll(async () => {
  stage = await createStage();
  connection = await Connection.connect({ address: stage.temporalAddress });
  temporal = new Client({ connection, namespace: stage.namespace });
  await stage.startWorker();
  const start = async (key: string, command = 'python train.py') =>
    (await stage.client.start('train-and-deploy', input(command), { key })).runId;
  const failed = await Promise.all([
    start('red-1', 'exit 1'),
    start('red-2', 'exit 2'),
    start('mended', 'exit 3'),
  ]);
  for (const runId of failed) await stage.client.wait(runId, { timeoutMs: 90_000 });
  await temporal.workflow.start('trainAndDeploy', {
    workflowId: 'train-and-deploy.mended',
    taskQueue: 'pipelines',
    args: [{ input: input('python train.py'), trigger: { kind: 'replay' } }],
  });
  await stage.client.wait('train-and-deploy.mended', { timeoutMs: 90_000 });
  between = new Date();
  for (const key of ['parked-1', 'parked-2', 'ended-parked']) {
    const body = { errors: ['Compute quota exceeded'], requestId: randomUUID() };
    await stage.inject({ endpoint: 'jobs.start', kind: 'status', status: 403, body });
    await until(stage.client, await start(key), ({ status }) => status === 'parked');
  }
  await temporal.workflow.getHandle('train-and-deploy.ended-parked').terminate('not needed');
  const waiting = async (key: string): Promise<string> => {
    const runId = await start(key, 'sleep 60 # slow');
    await until(stage.client, runId, ({ steps }) => steps[3]?.state.status === 'waiting');
    return runId;
  };
  // At once: on a slow machine the run may come to its end while another one is started.
  await temporal.workflow.getHandle(await waiting('terminated')).terminate('the cluster is moved');
  await stage.client.cancel(await waiting('cancelled'), { reason: 'not needed' });
  await stage.client.wait('train-and-deploy.cancelled', { timeoutMs: 90_000 });
  // Lists follow what happens with a delay.
  await eventually(async () => (await stage.client.failures()).runs === 6);
  await eventually(async () => (await ids('status=cancelled')).length === 1);
});
afterAll(async () => {
  await connection.close();
  await stage.close();
});

describe('failures by cause', () => {
  it('count each run once, by its latest attempt, under the fingerprint of its cause', async () => {
    const report = await stage.client.failures();
    expect(report).toMatchObject({ query: '', runs: 6, more: false });
    expect(
      report.groups.map(({ failure, step, count, statuses, connections }) => ({
        failure,
        step,
        count,
        statuses,
        connections,
      })),
    ).toEqual([
      {
        failure: 'QUOTA_EXCEEDED',
        step: 'train',
        count: 3,
        statuses: { terminated: 1, parked: 2 },
        connections: ['domino-test'],
      },
      {
        failure: 'JOB_FAILED',
        step: 'train',
        count: 2,
        statuses: { failed: 2 },
        connections: ['domino-test'],
      },
      { failure: null, step: null, count: 1, statuses: { terminated: 1 }, connections: ['domino-test'] },
    ]);
  });

  it('show what the newest run says that can, and why one was terminated', async () => {
    const { groups } = await stage.client.failures();
    const [quota, job, terminated] = groups;
    expect(quota?.example).toBe('train-and-deploy.parked-2');
    expect(quota?.message).toContain('Compute quota exceeded');
    expect(job?.message).toMatch(/^job \d+ failed: /);
    expect(terminated?.message).toMatch(/^terminated by \S+: the cluster is moved$/);
  });

  it('give a query for each cause that chooses its runs and no others', async () => {
    const { groups } = await stage.client.failures();
    const chosen = await Promise.all(groups.map(({ query }) => ids(query)));
    expect(chosen).toEqual([
      ['train-and-deploy.ended-parked', 'train-and-deploy.parked-1', 'train-and-deploy.parked-2'],
      ['train-and-deploy.red-1', 'train-and-deploy.red-2'],
      ['train-and-deploy.terminated'],
    ]);
  });

  it('give a campaign that a shell takes as it is pasted', async () => {
    const { groups } = await stage.client.failures();
    for (const { campaign, query } of groups) {
      const said = await runProgram('sh', ['-c', campaign.replace('longhaul', 'printf "%s\\n"')], {
        env: {},
      });
      expect(said.stdout.split('\n')).toEqual(
        [
          'campaign',
          'create',
          '--query',
          query,
          '--canary',
          '1',
          '--then',
          '5',
          '--pace',
          '10/minute',
        ].concat(['--stop-when', 'failures>20%', '']),
      );
    }
  });

  it('are only of runs within what somebody may see', async () => {
    const within = [{ pipelines: ['*'], connections: ['elsewhere'] }];
    expect(await stage.client.failures({ within })).toMatchObject({ runs: 0, groups: [] });
  });

  it('look at so many runs, the newest, and say that there are more', async () => {
    const report = await stage.client.failures({}, { max: 2 });
    expect(report).toMatchObject({ runs: 2, more: true });
    expect(await stage.client.failures({}, { max: 6 })).toMatchObject({ runs: 6, more: false });
  });
});

describe('runs of a query', () => {
  it('are chosen by when they ended or were parked, which a parked run’s own history says', async () => {
    const at = between.toISOString();
    expect(await ids(`until=${at}`)).toEqual(['train-and-deploy.red-1', 'train-and-deploy.red-2']);
    expect(await ids(`since=${at} status=parked`)).toEqual([
      'train-and-deploy.parked-1',
      'train-and-deploy.parked-2',
    ]);
    const [quota] = (await stage.client.failures({ status: 'parked' })).groups;
    expect(await ids(`status=parked since=${quota?.lastSeenAt}`)).toEqual(['train-and-deploy.parked-2']);
    expect(await ids(`status=parked until=${quota?.lastSeenAt}`)).toEqual(['train-and-deploy.parked-1']);
  });

  it('are the cancelled ones only when they are asked for', async () => {
    expect(await ids('status=cancelled')).toEqual(['train-and-deploy.cancelled']);
    expect(await ids('connection=domino-test')).not.toContain('train-and-deploy.cancelled');
  });

  it('do not include a run whose attempt failed and was replayed since', async () => {
    expect(await ids('failure=JOB_FAILED')).toEqual(['train-and-deploy.red-1', 'train-and-deploy.red-2']);
  });
});

describe('longhaul failures', () => {
  it('prints each cause, its campaign, and the time that it understood', async () => {
    const { stdout, stderr, exitCode } = await longhaul('failures', '--since', '2h', '--query', 'step=train');
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^5 runs, 2 causes \(step=train since=\d{4}-\d\d-\d\dT[\d:.]+Z\)\n$/);
    expect(stdout).toMatch(/^3 × QUOTA_EXCEEDED at train of train-and-deploy on domino-test\n/);
    expect(stdout).toContain('such as train-and-deploy.parked-2; fingerprint ');
    expect(stdout).toMatch(/longhaul campaign create --query 'fingerprint=[0-9a-f]{12} step=train since=/);
  });

  it('refuses a query that it does not understand, and says so when nothing fits', async () => {
    const refused = await longhaul('failures', '--query', 'colour=red');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('at "colour=red": write key=value');
    const none = await longhaul('failures', '--query', 'failure=GATE_REFUSED');
    expect(none).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: 'No run matches (failure=GATE_REFUSED).\n',
    });
  });
});

describe('GET /v1/failures', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer(stage);
  });
  afterAll(() => server.close());

  it('answers what the client does, narrowed by a query', async () => {
    const answer = await fetch(
      `${server.url}/v1/failures?query=${encodeURIComponent('status=failed step=train')}`,
    );
    const report = (await answer.json()) as FailureReport;
    expect(answer.status).toBe(200);
    expect(report).toEqual(await stage.client.failures(parseRunQuery('status=failed step=train')));
    expect(report.groups).toHaveLength(1);
  });
});

describe('a run that was reset', () => {
  it('counts once, by the attempt that came of it', async () => {
    const workflowExecution = { workflowId: 'train-and-deploy.red-1' };
    const { events } = await temporal.workflow.getHandle(workflowExecution.workflowId).fetchHistory();
    const firstTask = events?.find((event) => event.workflowTaskCompletedEventAttributes);
    await temporal.workflowService.resetWorkflowExecution({
      namespace: stage.namespace,
      workflowExecution,
      reason: 'again',
      workflowTaskFinishEventId: firstTask?.eventId ?? null,
      requestId: randomUUID(),
    });
    const { attemptId } = await stage.client.wait(workflowExecution.workflowId, { timeoutMs: 90_000 });
    const counted = async (): Promise<string[]> => {
      const attempts: string[] = [];
      for await (const run of stage.client.list(parseRunQuery('failure=JOB_FAILED')))
        if (run.runId === workflowExecution.workflowId) attempts.push(run.attemptId);
      return attempts;
    };
    await eventually(async () => (await counted()).includes(attemptId));
    expect(await counted()).toEqual([attemptId]);
  });
});

describe('a parked run that was resolved', () => {
  it('has no fingerprint any more', async () => {
    const runId = 'train-and-deploy.parked-1';
    await stage.client.resolve(runId, { step: 'train', action: 'retry', actor: 'ada', reason: 'raised' });
    await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect((await stage.client.describe(runId)).fingerprint).toBeUndefined();
    const parked = () => ids('failure=QUOTA_EXCEEDED status=parked');
    await eventually(async () => !(await parked()).includes(runId));
    expect(await parked()).toEqual(['train-and-deploy.parked-2']);
  });
});
