/** Steps of documents that are done for each item of a list. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PipelineDocument, Run } from '../../src/client.js';
import { documentOf } from '../support/documents.js';
import { eventually } from '../support/eventually.js';
import { calls, created } from '../support/ledger.js';
import { jobStatus } from '../support/platform.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

let stage: Stage;
/** Commands whose job the platform refuses. */
const refused = new Set<string>();
/** The part of a command whose jobs fail from now on, and those that have failed so: what they run is told as it was asked. */
let failing: string | undefined;
let failed: string | undefined;

beforeEach(async () => {
  refused.clear();
  failing = failed = undefined;
  stage = await createStage({
    world: new URL('../support/documents.yaml', import.meta.url).pathname,
    between: async (passing, forward) => {
      const { method, body } = passing;
      if (method === 'POST' && [...refused].some((command) => body.includes(command)))
        return { status: 403, body: JSON.stringify({ errors: ['Compute quota exceeded'] }) };
      const fails = method === 'POST' && failing !== undefined && body.includes(failing);
      if (fails) failed = failing;
      const answer = await forward(
        fails ? { ...passing, body: body.replace(failing ?? '', 'fails') } : passing,
      );
      return failed === undefined
        ? answer
        : { ...answer, body: answer.body.replaceAll('train fails', `train ${failed}`) };
    },
  });
  await stage.startWorker();
});
afterEach(() => stage.close());

const by = { actor: 'ada', reason: 'quota raised' };
const sweep = (more = '', rest = ''): PipelineDocument =>
  documentOf(
    stage.connection,
    `  train:
    uses: job
    each: { depth: [4, 6, 8], rate: [0.1] }
    ${more}
    with: { project: ada/iris, command: "train depth \${{ item.depth }} rate \${{ item.rate }}" }
  best: { uses: choose, with: { from: "\${{ steps.train }}", by: auc } }
${rest}`,
    {
      name: 'sweep',
      more: `outputs: { job: "\${{ steps.best.jobId }}", auc: "\${{ steps.best.value }}", of: "\${{ steps.best.item.depth }}", trained: "\${{ steps.train.counts.succeeded }}", each: "\${{ steps.train.items.map(i, i.state) }}" }`,
    },
  );
const start = async (document: PipelineDocument, input: object = {}): Promise<string> =>
  (await stage.client.startPipeline(document, input, { key: 'one' })).runId;
const ended = (runId: string): Promise<Run> => stage.client.wait(runId, { timeoutMs: 90_000 });
const jobOf = (run: Run, step: string): unknown =>
  run.steps.find(({ name }) => name === step)?.references.find(({ kind }) => kind === 'job')?.id;
const items = (run: Run): unknown =>
  run.steps.filter(({ item }) => item !== undefined).map(({ item }) => item);

describe('items', () => {
  it('are done at once, so many as may be, and the best of them is chosen', async () => {
    const runId = await start(sweep('atOnce: 2'));
    let most = 0;
    for await (const run of stage.client.watch(runId, { everyMs: 50 })) {
      const going = run.steps.filter(
        ({ item, state }) => item !== undefined && ['running', 'waiting'].includes(state.status),
      );
      most = Math.max(most, going.length);
    }
    const run = await ended(runId);
    expect({ status: run.status, failure: run.failure, steps: statuses(run) }).toEqual({
      status: 'succeeded',
      steps: {
        ...{ train: 'succeeded', 'train.0': 'succeeded', 'train.1': 'succeeded', 'train.2': 'succeeded' },
        best: 'succeeded',
      },
    });
    expect(most).toBe(2);
    expect(items(run)).toEqual([
      { depth: 4, rate: 0.1 },
      { depth: 6, rate: 0.1 },
      { depth: 8, rate: 0.1 },
    ]);
    expect(run.result).toEqual({
      outputs: {
        ...{ job: jobOf(run, 'train.1'), auc: 0.9, of: 6, trained: 3 },
        each: ['succeeded', 'succeeded', 'succeeded'],
      },
    });
  });

  it('may fail where that is said, and are left out of what is chosen from', async () => {
    failing = 'depth 6';
    const run = await ended(await start(sweep('onFailure: continue')));
    expect([run.status, statuses(run)['train'], statuses(run)['train.1']]).toEqual([
      ...['succeeded', 'succeeded', 'failed'],
    ]);
    expect(run.result).toMatchObject({
      outputs: { of: 8, trained: 2, each: ['succeeded', 'failed', 'succeeded'] },
    });
  });

  it('leave nothing running where they may fail, also what is committed only after the run has succeeded', async () => {
    await stage.inject({ endpoint: 'jobs.start', kind: 'late-commit', ms: 6_000 });
    const refusing = { endpoint: 'jobs.start', occurrence: 2, times: 2 };
    await stage.inject({ ...refusing, kind: 'status', status: 400, body: { error: 'no such tier' } });
    const steps = `  train:
    uses: job
    each: [endless, train]
    atOnce: 1
    onFailure: continue
    with: { project: ada/iris, command: [python, "\${{ item }}.py"] }
`;
    const run = await ended(await start(documentOf(stage.connection, steps)));
    expect([run.status, statuses(run)['train.0'], statuses(run)['train.1']]).toEqual([
      ...['succeeded', 'failed', 'succeeded'],
    ]);
    await eventually(() => created(stage.simulator, 'job').length === 2);
    const [late = ''] = created(stage.simulator, 'job'); // in the order of their requests
    await eventually(async () => (await jobStatus(stage.simulator, late)) === 'Stopped');
  });

  it('fail the run else: what goes on ends first, what was not begun stays out, and a replay does that alone', async () => {
    failing = 'depth 4';
    const runId = await start(sweep('atOnce: 2'));
    const run = await ended(runId);
    expect({ status: run.status, failure: run.failure, steps: statuses(run) }).toMatchObject({
      status: 'failed',
      failure: { step: 'train', code: 'JOB_FAILED' },
      steps: {
        train: 'failed',
        'train.0': 'failed',
        'train.1': 'succeeded',
        'train.2': 'skipped',
        best: 'skipped',
      },
    });
    expect(run.failure?.message).toMatch(/^item 0 \(\{"depth":4,"rate":0.1\}\): /);
    failing = undefined;
    const plan = await stage.client.replays.plan({ runId });
    expect(plan.steps.map(({ name, action }) => [name, action])).toEqual([
      ...[
        ['train', 'run'],
        ['train.0', 'run'],
        ['train.1', 'reused'],
        ['train.2', 'run'],
        ['best', 'run'],
      ],
    ]);
    await stage.client.replays.apply({ runId }, { plan: plan.hash, by: 'ada', reason: 'mended' });
    const again = await ended(runId);
    expect([again.status, statuses(again)]).toEqual([
      'succeeded',
      {
        ...{ train: 'succeeded', 'train.0': 'succeeded', 'train.1': 'reused', 'train.2': 'succeeded' },
        best: 'succeeded',
      },
    ]);
    expect(again.steps.find(({ name }) => name === 'train.0')?.generation).toBe(2);
    expect(created(stage.simulator, 'job')).toHaveLength(4);
  });

  it('park by themselves, and are resolved by their names while the others go on', async () => {
    refused.add('depth 6');
    const runId = await start(sweep());
    const parked = await until(stage.client, runId, ({ status }) => status === 'parked');
    expect(parked.failure).toMatchObject({ step: 'train.1', code: 'QUOTA_EXCEEDED' });
    expect(statuses(parked)).toMatchObject({ 'train.0': 'succeeded', 'train.2': 'succeeded' });
    refused.clear();
    await stage.client.resolve(runId, { ...by, step: 'train.1', action: 'retry' });
    expect((await ended(runId)).result).toMatchObject({ outputs: { of: 6, trained: 3 } });
  });

  it('end the run when a person ends one of them', async () => {
    refused.add('depth 6');
    const runId = await start(sweep('onFailure: continue'));
    await until(stage.client, runId, ({ status }) => status === 'parked');
    await stage.client.resolve(runId, { ...by, step: 'train.1', action: 'abort' });
    expect(await ended(runId)).toMatchObject({
      status: 'failed',
      failure: { step: 'train', code: 'ABORTED' },
    });
  });

  it('go on after the death of their worker, and are all stopped when the run is cancelled', async () => {
    const runId = await start(
      documentOf(
        stage.connection,
        `  train: { uses: job, each: "\${{ input.list }}", with: { project: ada/iris, command: "endless \${{ item }}" } }`,
        {
          name: 'many',
          more: 'input: { properties: { list: { type: array, items: { type: number } } }, required: [list] }',
        },
      ),
      { list: [1, 2, 3, 4] },
    );
    const going = (run: Run): boolean =>
      run.steps.filter(({ progress }) => progress?.effect === 'awaitJob').length === 4;
    await until(stage.client, runId, going);
    await stage.killWorkers();
    await stage.startWorker();
    await until(stage.client, runId, going);
    await stage.client.cancel(runId, { reason: 'enough' });
    const run = await ended(runId);
    expect(statuses(run)).toEqual({
      ...{ train: 'cancelled', 'train.0': 'cancelled', 'train.1': 'cancelled' },
      ...{ 'train.2': 'cancelled', 'train.3': 'cancelled' },
    });
    expect(calls(stage.simulator, 'jobs.stop')).toBe(4);
    expect(created(stage.simulator, 'job')).toHaveLength(4);
  });

  it('are none where the list is empty; what is no list parks before anything begins', async () => {
    const document = documentOf(
      stage.connection,
      `  train: { uses: job, each: "\${{ input.list }}", with: { project: ada/iris, command: [train, "\${{ item }}"] } }`,
      {
        name: 'many',
        more: `input: { properties: { list: {} }, required: [list] }
outputs: { trained: "\${{ steps.train.items }}" }`,
      },
    );
    const empty = await stage.client.startPipeline(document, { list: [] }, { key: 'none' });
    expect(await ended(empty.runId)).toMatchObject({
      status: 'succeeded',
      result: { outputs: { trained: [] } },
    });
    const { runId } = await stage.client.startPipeline(document, { list: 'all' }, { key: 'text' });
    const parked = await until(stage.client, runId, ({ status }) => status === 'parked');
    expect(parked.failure).toMatchObject({
      ...{ step: 'train', code: 'EXPRESSION_FAILED' },
      message: 'each of "train" must be a list; it came to "all"',
    });
    expect(created(stage.simulator, 'job')).toEqual([]);
  });
});

it('a replay goes on after a run that was cut off, with the items that its history tells of', async () => {
  const runId = await start(
    sweep('atOnce: 1', `  last: { uses: job, needs: best, with: { project: ada/iris, command: endless } }`),
  );
  await until(stage.client, runId, (run) => statuses(run)['last'] === 'waiting');
  await stage.killWorkers();
  const plan = stage.client.replays.plan({ runId, stopFirst: true });
  await stage.startWorker();
  expect((await plan).steps.map(({ name, action }) => [name, action])).toEqual([
    ...[
      ['train', 'reused'],
      ['train.0', 'reused'],
      ['train.1', 'reused'],
      ['train.2', 'reused'],
    ],
    ...[
      ['best', 'reused'],
      ['last', 'adopted'],
    ],
  ]);
});
