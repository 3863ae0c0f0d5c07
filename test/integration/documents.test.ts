/** Documents as runs. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PipelineDocument, Run } from '../../src/client.js';
import { documentOf } from '../support/documents.js';
import { calls, created } from '../support/ledger.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

let stage: Stage;
/** Commands whose job fails so often, whatever they are. */
const failing = new Map<string, number>();

beforeEach(async () => {
  failing.clear();
  stage = await createStage({
    world: new URL('../support/documents.yaml', import.meta.url).pathname,
    between: (passing, forward) => {
      for (const [command, times] of failing)
        if (passing.method === 'POST' && times > 0 && passing.body.includes(command)) {
          failing.set(command, times - 1);
          return forward({ ...passing, body: passing.body.replace(command, 'fails') });
        }
      return forward(passing);
    },
  });
  await stage.startWorker();
});
afterEach(() => stage.close());

const by = { actor: 'ada', reason: 'tried' };
const written = (steps: string, more?: { name?: string; more?: string }): PipelineDocument =>
  documentOf(stage.connection, steps, more);
const job = (command: string, more = '') =>
  `{ uses: job, ${more}${more && ', '}with: { project: ada/iris, command: ${command} } }`;

async function start(document: PipelineDocument, input: object = {}, key = 'one'): Promise<string> {
  return (await stage.client.startPipeline(document, input, { key })).runId;
}

const ended = (runId: string): Promise<Run> => stage.client.wait(runId, { timeoutMs: 90_000 });
const outputs = (run: Run): unknown =>
  typeof run.result === 'object' && run.result !== null && 'outputs' in run.result
    ? run.result['outputs']
    : undefined;
const summary = (run: Run) => ({ status: run.status, failure: run.failure, steps: statuses(run) });

describe('a document', () => {
  it('is run by the order of what its steps read, with a condition, and hands over its outputs', async () => {
    const document = written(
      `  first: ${job('"python first.py ${{ input.month }}"')}
  never: ${job('python never.py', 'if: "${{ input.month == \'2020-01\' }}"')}
  second: { uses: job, needs: [first], with: { project: ada/iris, command: [python, second.py, "\${{ steps.first.jobId }}"] } }
  after: ${job('["python", "${{ steps.never.jobId }}"]')}
`,
      {
        more: `input: { properties: { month: { type: string, pattern: '^\\d{4}-\\d{2}$' } }, required: [month] }
outputs: { job: "\${{ steps.second.jobId }}", accuracy: "\${{ steps.second.metrics.accuracy }}", absent: "\${{ steps.never.jobId }}" }`,
      },
    );
    await expect(start(document, { month: 'May' })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    const runId = await start(document, { month: '2026-12' });
    expect(runId).toBe('mine.one');
    const run = await ended(runId);
    expect(summary(run)).toEqual({
      status: 'succeeded',
      steps: { first: 'succeeded', never: 'skipped', second: 'succeeded', after: 'skipped' },
    });
    const [, second] = created(stage.simulator, 'job');
    expect(outputs(run)).toEqual({ job: second, accuracy: 0.95 });
    expect(run.steps.map(({ state }) => ('reason' in state ? state.reason : null))).toEqual([
      null,
      "its condition does not hold: input.month == '2020-01'",
      null,
      "needs never, which was skipped: its condition does not hold: input.month == '2020-01'",
    ]);
    // One key and one input are one run; another document is another start.
    expect(await stage.client.startPipeline(document, { month: '2026-12' }, { key: 'one' })).toMatchObject({
      created: false,
    });
    await expect(start(written(`  other: ${job('python other.py')}`), {})).rejects.toMatchObject({
      code: 'RUN_KEY_REUSED',
    });
    const listed = [];
    for await (const one of stage.client.list({ pipeline: 'mine', connection: stage.connection }))
      listed.push(one.runId);
    expect(listed).toEqual(['mine.one']);
  });

  it('ends early with an outcome of its own, and skips what stands below', async () => {
    const runId = await start(
      written(
        `  train: ${job('python train.py')}
  poor: { uses: end, if: "\${{ steps.train.metrics['accuracy'] < 0.99 }}", with: { outcome: not-better, conclusion: "only \${{ steps.train.metrics.accuracy }}" } }
  later: ${job('python later.py')}
`,
        {
          more: 'outputs: { later: "${{ steps.later.state }}", job: "${{ steps.later.jobId }}", train: "${{ steps.train.state }}" }',
        },
      ),
    );
    const run = await ended(runId);
    expect(summary(run)).toEqual({
      status: 'succeeded',
      steps: { train: 'succeeded', poor: 'succeeded', later: 'skipped' },
    });
    expect(run.result).toEqual({
      ...{ outcome: 'not-better', conclusion: 'only 0.95' },
      outputs: { later: 'skipped', train: 'succeeded' },
    });
  });

  it('parks a step whose expression has no value, and goes on with an output that a person gives', async () => {
    const runId = await start(
      written(`  train: ${job('python train.py')}
  next: ${job('["python", "${{ steps.train.metrics.f1 }}"]')}
  last: ${job('["python", "${{ steps.next.jobId }}"]')}
`),
    );
    const parked = await until(stage.client, runId, ({ status }) => status === 'parked');
    expect(parked.failure).toMatchObject({ step: 'next', code: 'EXPRESSION_FAILED' });
    expect(parked.failure?.message).toContain('${{ steps.train.metrics.f1 }}');
    await stage.client.resolve(runId, { ...by, step: 'next', action: 'retry' });
    await until(stage.client, runId, ({ status, steps }) => status === 'parked' && steps[1]?.tries === 2);
    const output = {
      ...{ projectId: 'p', jobId: 'j', metrics: {}, experimentRunId: null, outputCommitId: null },
    };
    await stage.client.resolve(runId, { ...by, step: 'next', action: 'skip', output });
    expect(summary(await ended(runId))).toEqual({
      status: 'succeeded',
      steps: { train: 'succeeded', next: 'skipped', last: 'succeeded' },
    });
  });

  it('parks a step whose expression would go through far too much, and one that JavaScript refuses to compute', async () => {
    const runId = await start(
      documentOf(
        stage.connection,
        `  common: { uses: pause, each: "\${{ input.one.filter(i, i in input.other) }}", with: { for: 1s } }
  zone: { uses: pause, if: "\${{ timestamp(run.startedAt).getHours(input.zone) > 1 }}", with: { for: 1s } }
`,
        {
          more: `input: { properties: { one: { type: array }, other: { type: array }, zone: { type: string } }, required: [one, other, zone] }`,
        },
      ),
      { one: Array(30_000).fill(1), other: Array(30_000).fill(2), zone: 'Mars/X' },
    );
    const { steps } = await until(stage.client, runId, (run) =>
      run.steps.every(({ state }) => state.status === 'parked'),
    );
    const messages = steps.map(({ state }) => ('failure' in state ? state.failure.message : ''));
    expect(messages[0]).toContain(
      'it goes through too much: filter or shorten its lists first; input.one is [1,1,',
    );
    expect(messages[1]).toContain('invalid time zone specified: Mars/X');
    await stage.client.cancel(runId, by);
    expect((await ended(runId)).status).toBe('cancelled');
  });

  it('goes on without a step that may fail', async () => {
    const runId = await start(
      written(`  soft: ${job('python fails.py', 'onFailure: continue')}
  reads: ${job('["python", "${{ steps.soft.jobId }}"]')}
  told: ${job('python told.py', 'if: "${{ steps.soft.state == \'failed\' }}"')}
`),
    );
    const run = await ended(runId);
    expect(summary(run)).toEqual({
      status: 'succeeded',
      steps: { soft: 'failed', reads: 'skipped', told: 'succeeded' },
    });
    expect(run.result).toMatchObject({ outcome: 'succeeded', conclusion: 'without soft, which failed' });
  });

  it('makes a failed job again, each time as another one, and gives up what takes too long', async () => {
    failing.set('flaky.py', 2);
    const runId = await start(
      written(`  flaky: ${job('python flaky.py', 'tries: { count: 3, backoff: 1s }')}
  slow: ${job('python endless.py', 'within: 4s, onFailure: continue')}
`),
    );
    const run = await ended(runId);
    expect(summary(run)).toEqual({
      status: 'succeeded',
      steps: { flaky: 'succeeded', slow: 'failed' },
    });
    expect(run.steps[0]).toMatchObject({ generation: 3, tries: 3 });
    expect(run.steps[1]?.state).toMatchObject({
      failure: { code: 'TIMED_OUT', message: 'it was not done within 4s, and was given up' },
    });
    expect(created(stage.simulator, 'job')).toHaveLength(4);
    expect(calls(stage.simulator, 'jobs.stop')).toBe(1);
  });
});

describe('what a document does last', () => {
  const steps = (command: string) => `  train: ${job(command)}
finally:
  within: 30s
  steps:
    report: { uses: job, with: { project: ada/iris, command: [python, report.py, "\${{ run.outcome }}", "\${{ run.failed.size() }}"] } }
    never: { uses: job, if: "\${{ run.outcome == 'succeeded' && steps.train.state == 'failed' }}", with: { project: ada/iris, command: python never.py } }
    broken: { uses: job, with: { project: ada/iris, command: python fails.py } }
`;

  it('is done after a run that has succeeded, and changes nothing of that', async () => {
    const run = await ended(await start(written(steps('python train.py'))));
    expect(summary(run)).toEqual({
      status: 'succeeded',
      steps: { train: 'succeeded', report: 'succeeded', never: 'skipped', broken: 'failed' },
    });
  });

  it('is done after one that has failed, which it is told', async () => {
    const run = await ended(await start(written(steps('python fails.py'))));
    expect(summary(run)).toMatchObject({
      status: 'failed',
      failure: { step: 'train', code: 'JOB_FAILED' },
      steps: { train: 'failed', report: 'succeeded', never: 'skipped', broken: 'failed' },
    });
  });

  it('is done anew by every attempt, which is told of its own end', async () => {
    failing.set('flaky.py', 1);
    const runId = await start(
      written(`  train: ${job('python flaky.py')}
finally:
  steps:
    report: { uses: job, with: { project: ada/iris, command: [python, report.py, "\${{ run.outcome }}"] } }
`),
    );
    expect(summary(await ended(runId))).toMatchObject({ status: 'failed', steps: { report: 'succeeded' } });
    const request = { runId, fresh: ['train'] };
    const { hash } = await stage.client.replays.plan(request);
    const attempt = await stage.client.replays.apply(request, { plan: hash, by: 'ada', reason: 'again' });
    const run = await ended(runId);
    expect(run.attemptId).toBe(attempt.attemptId);
    expect(summary(run)).toEqual({
      status: 'succeeded',
      steps: { train: 'succeeded', report: 'succeeded' },
    });
    expect(created(stage.simulator, 'job')).toHaveLength(4);
  });

  it('is done after one that was cancelled, and cut off when its time is over', async () => {
    const runId = await start(
      written(`  train: ${job('python endless.py')}
finally:
  within: 5s
  steps:
    slow: ${job('python endless.py')}
    after: { uses: job, needs: slow, with: { project: ada/iris, command: python after.py } }
`),
    );
    await until(stage.client, runId, (run) => statuses(run)['train'] === 'waiting');
    await stage.client.cancel(runId, { reason: 'enough' });
    const run = await ended(runId);
    expect(summary(run)).toMatchObject({
      status: 'cancelled',
      steps: { train: 'cancelled', slow: 'cancelled', after: 'skipped' },
    });
    expect(calls(stage.simulator, 'jobs.stop')).toBe(2);
  });
});
