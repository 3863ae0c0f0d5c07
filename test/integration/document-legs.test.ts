/** Runs whose history grows long: each attempt goes on in another leg, and is the same to everybody. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import {
  type Followed,
  LonghaulError,
  type PipelineDocument,
  type Run,
  type RunEvent,
} from '../../src/client.js';
import { documentIn, documentOf } from '../support/documents.js';
import { eventually } from '../support/eventually.js';
import { calls, created } from '../support/ledger.js';
import { readLegs } from '../../src/client/histories/histories.js';
import { legsOf } from '../support/legs.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

/** Legs are so short here. */
const limits = { mostEvents: 40, patienceMs: 1_500 };

let stage: Stage;
/** Commands whose job the platform refuses. */
const refused = new Set<string>();
/** How long the platform takes to start the job of a command. */
const slow = { command: 'slow', forMs: 10_000 };

beforeEach(async () => {
  refused.clear();
  stage = await createStage({
    world: new URL('../support/documents.yaml', import.meta.url).pathname,
    between: async (passing, forward) => {
      const has = (command: string): boolean => passing.method === 'POST' && passing.body.includes(command);
      if ([...refused].some(has))
        return { status: 403, body: JSON.stringify({ errors: ['Compute quota exceeded'] }) };
      if (has(slow.command)) await delay(slow.forMs);
      return forward(passing);
    },
  });
  await stage.startWorker();
});
afterEach(() => stage.close());

/** Jobs for each of these, some at once, beside other steps. */
const filling = (items: number, rest = '', more = '', after = ''): PipelineDocument =>
  documentOf(
    stage.connection,
    `${rest}  fill:
    uses: job
    each: [${Array.from({ length: items }, (_, index) => index).join(', ')}]
    atOnce: 4
    with: { project: ada/iris, command: "fill \${{ item }}" }
  last: { uses: job, needs: [fill], with: { project: ada/iris, command: "last of \${{ steps.fill.counts.succeeded }}" } }
${after}`,
    { name: 'long', more },
  );
const start = async (document: PipelineDocument): Promise<string> =>
  (await stage.client.startPipeline(document, {}, { key: 'one', legs: limits })).runId;
const ended = (runId: string): Promise<Run> => stage.client.wait(runId, { timeoutMs: 120_000 });
const legs = async (runId: string): Promise<number> => (await legsOf(stage, runId)).length;
const untilLeg = (runId: string, number: number): Promise<void> =>
  eventually(async () => (await legs(runId)) >= number);
const temporal = async <T>(perform: (client: Client) => Promise<T>): Promise<T> => {
  const connection = await Connection.connect({ address: stage.temporalAddress });
  try {
    return await perform(new Client({ connection, namespace: stage.namespace }));
  } finally {
    await connection.close();
  }
};
describe('a run of several legs', () => {
  it('keeps what is parked and what pauses, and those who watch it miss nothing', async () => {
    refused.add('refused');
    const runId = await start(
      filling(
        40,
        `  parks: { uses: job, with: { project: ada/iris, command: "refused" } }
  rest: { uses: pause, with: { for: 9s } }
`,
        `outputs: { until: "\${{ steps.rest.until }}" }`,
      ),
    );
    const told: RunEvent[] = [];
    let followed: Followed | undefined;
    const follow = async (): Promise<boolean> => {
      const changes = await stage.client.changes(runId, followed);
      ({ followed } = changes);
      told.push(...changes.events);
      return changes.ended !== undefined;
    };
    while ((await legs(runId)) < 3) await follow();
    const parked = await stage.client.get(runId);
    expect(statuses(parked)).toMatchObject({ parks: 'parked', fill: 'waiting' });
    expect(parked.steps.find(({ name }) => name === 'parks')).toMatchObject({ tries: 1 });
    expect(await stage.client.describe(runId)).toMatchObject({ step: 'parks', failure: 'QUOTA_EXCEEDED' });
    const { runs } = await stage.client.page({ latest: true }, { size: 10 });
    const { attemptId, startedAt } = parked;
    expect(runs).toMatchObject([{ runId, attemptId, startedAt }]);
    const since = await stage.client.page({ status: 'parked', since: new Date(startedAt) }, { size: 10 });
    expect(since.runs).toMatchObject([{ runId, step: 'parks' }]);
    refused.clear();
    await stage.client.resolve(runId, { step: 'parks', action: 'retry', actor: 'ada', reason: 'raised' });
    while (!(await follow())) await delay(20);
    const run = await ended(runId);
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(await legs(runId)).toBeGreaterThan(3);
    expect(run.attemptId).toBe((await legsOf(stage, runId))[0]?.executionId);
    expect(created(stage.simulator, 'job')).toHaveLength(42);
    expect(run.steps.find(({ name }) => name === 'parks')).toMatchObject({ tries: 2 });
    const rest = run.steps.find(({ name }) => name === 'rest')?.state;
    const pausedMs =
      rest?.status === 'succeeded' ? Date.parse(rest.endedAt) - Date.parse(rest.startedAt) : undefined;
    expect(pausedMs).toBeGreaterThanOrEqual(9_000);
    expect(pausedMs).toBeLessThan(15_000);
    const numbers = told.map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    const ends = told.flatMap((event) =>
      event.type === 'step' && event.step.state.status === 'succeeded' ? [event.step.name] : [],
    );
    expect(ends.toSorted()).toEqual(run.steps.map(({ name }) => name).toSorted());
  });

  it('stops what is under way when it is cancelled, and undoes nothing twice', async () => {
    const runId = await start(
      filling(30, `  endless: { uses: job, with: { project: ada/iris, command: "endless" } }\n`),
    );
    await untilLeg(runId, 3);
    await stage.client.cancel(runId, { reason: 'wrong data', by: 'ada' });
    await ended(runId);
    // What a slow machine has not undone by the end of the run is undone afterwards.
    await eventually(async () => (await stage.client.get(runId)).cleanup?.afterwards !== 'going-on');
    const run = await stage.client.get(runId);
    expect(run.status).toBe('cancelled');
    expect(run.cleanup?.leftBehind).toEqual([]);
    const cut = run.steps.filter(({ name, state }) => name !== 'fill' && state.status === 'cancelled');
    expect(cut.map(({ name }) => name)).toContain('endless');
    const jobs = cut.flatMap(({ references }) => references.map(({ id }) => id));
    expect(jobs).toEqual(expect.arrayContaining(run.cleanup?.undone.map(({ id }) => id) ?? []));
    expect(run.cleanup?.undone.map(({ id }) => id)).toContain(jobs[0]);
  });

  it('starts nothing twice when its workers die again and again', async () => {
    const runId = await start(filling(30));
    for (let times = 0; times < 5; times += 1) {
      await delay(700);
      await stage.killWorkers();
      await stage.startWorker();
    }
    const run = await ended(runId);
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(await legs(runId)).toBeGreaterThan(2);
    expect(created(stage.simulator, 'job')).toHaveLength(31);
    expect(calls(stage.simulator, 'jobs.start')).toBe(31);
  });

  it('is replayed with all that its legs have come to, and tells it without a worker', async () => {
    const runId = await start(filling(30));
    await untilLeg(runId, 3);
    await temporal((client) => client.workflow.getHandle(runId).terminate('by hand'));
    const before = await stage.client.get(runId);
    const done = before.steps.filter(({ state }) => state.status === 'succeeded').map(({ name }) => name);
    expect(done.length).toBeGreaterThan(5);
    await stage.killWorkers();
    const histories = readLegs(await stage.client.histories.export(runId));
    expect(histories).toHaveLength(await legs(runId));
    const [first, second] = histories.map(
      ({ events }) => events?.[0]?.workflowExecutionStartedEventAttributes,
    );
    expect([first?.originalExecutionRunId, second?.continuedExecutionRunId]).toEqual([
      before.attemptId,
      before.attemptId,
    ]);
    const exported = await stage.client.replays.export(runId);
    expect(exported.attemptId).toBe(before.attemptId);
    const told = exported.steps.filter(({ state }) => state.status === 'succeeded').map(({ name }) => name);
    expect(told).toEqual(expect.arrayContaining(done));
    await stage.startWorker();
    const plan = await stage.client.replays.plan({ runId });
    expect(plan.of.attemptId).toBe(before.attemptId);
    const reused = plan.steps.filter(({ action }) => action === 'reused').map(({ name }) => name);
    expect(reused).toEqual(expect.arrayContaining(done));
    await stage.client.replays.apply({ runId }, { plan: plan.hash, by: 'ada', reason: 'go on' });
    const run = await ended(runId);
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(run.lineage).toMatchObject({ of: { attemptId: before.attemptId }, number: 2 });
    expect(created(stage.simulator, 'job')).toHaveLength(31);
    expect((await stage.client.replays.attempts(runId)).map(({ attemptId }) => attemptId)).toEqual([
      run.attemptId,
      before.attemptId,
    ]);
  });

  it('hears what is said to it while it goes on in another leg', async () => {
    const parks = Array.from({ length: 12 }, (_, index) => index);
    refused.add('refused');
    const runId = await start(
      filling(
        30,
        `  parks:
    uses: job
    each: [${parks.join(', ')}]
    with: { project: ada/iris, command: "refused \${{ item }}" }
`,
      ),
    );
    await until(stage.client, runId, (run) =>
      parks.every((index) => statuses(run)[`parks.${index}`] === 'parked'),
    );
    refused.clear();
    for (const index of parks) {
      await stage.client.resolve(runId, {
        ...{ step: `parks.${index}`, action: 'retry', actor: 'ada', reason: 'raised' },
      });
      await delay(250);
    }
    const run = await ended(runId);
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(await legs(runId)).toBeGreaterThan(2);
    expect(run.steps.filter(({ name }) => name.startsWith('parks.')).map(({ tries }) => tries)).toEqual(
      parks.map(() => 2),
    );
    expect(created(stage.simulator, 'job')).toHaveLength(43);
  });

  it('answers what is said to it at that very moment', async () => {
    const runId = await start(filling(30));
    const answers = new Map<string, number>();
    let isOver = false;
    const say = async (): Promise<void> => {
      while (!isOver) {
        const said = { step: 'fill', action: 'retry', actor: 'ada', reason: 'now' } as const;
        const error: unknown = await stage.client.resolve(runId, said).catch((thrown: unknown) => thrown);
        const answer = error instanceof LonghaulError ? error.code : String(error);
        if ((await stage.client.describe(runId)).endedAt === undefined)
          answers.set(answer, (answers.get(answer) ?? 0) + 1);
        // Temporal ends no execution while it has something to tell it: without a pause, that would be always.
        await delay(100);
      }
    };
    const saying = Array.from({ length: 3 }, say);
    const run = await ended(runId);
    isOver = true;
    await Promise.all(saying);
    expect(run.status).toBe('succeeded');
    expect(await legs(runId)).toBeGreaterThan(3);
    expect([...answers.keys()]).toEqual(['STEP_NOT_PARKED']);
  });

  it('begins what waits where something else takes long', async () => {
    const runId = await start(
      filling(30, `  slow: { uses: job, with: { project: ada/iris, command: "slow" } }\n`),
    );
    const isSlow = (run: Run): boolean => statuses(run)['slow'] === 'running';
    let most = 0;
    for await (const run of stage.client.watch(runId, { everyMs: 100 }))
      if (isSlow(run))
        most = Math.max(most, run.steps.filter(({ state }) => state.status === 'succeeded').length);
    const run = await ended(runId);
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(most).toBeGreaterThan(8);
    expect(created(stage.simulator, 'job')).toHaveLength(32);
  });

  it('asks once, hears who approves it in a later leg, and watches no longer than it was to', async () => {
    const iris = 'project: ada/iris';
    const document = filling(
      60,
      `  env: { uses: environment, with: { name: churn, base: { image: "registry.example/base:1" } } }
  one: { uses: job, with: { ${iris}, command: "train one" } }
  register: { uses: register, with: { model: churn, job: "\${{ steps.one }}" } }
`,
      '',
      `  approve: { uses: approve, with: { within: 1h } }
  deploy:
    uses: deploy
    with: { modelApi: churn-api, ${iris}, job: "\${{ steps.one }}", from: "\${{ steps.register }}", environment: "\${{ steps.env }}", restores: true }
  watch: { uses: watch, with: { modelApi: churn-api, ${iris}, deployment: "\${{ steps.deploy }}", for: 4s } }
`,
    );
    const runId = await start(document);
    const asked = await until(stage.client, runId, ({ steps }) =>
      steps.some(
        ({ name, state, progress }) =>
          name === 'approve' && state.status === 'waiting' && progress === undefined,
      ),
    );
    const { attemptId } = asked;
    await untilLeg(runId, (await legs(runId)) + 2);
    const still = await stage.client.get(runId);
    expect(still.steps.find(({ name }) => name === 'approve')).toEqual(
      asked.steps.find(({ name }) => name === 'approve'),
    );
    const decision = { action: 'approve', actor: 'grace', names: ['grace'], reason: 'good' } as const;
    await stage.client.decideApproval(runId, decision, { attemptId });
    const run = await ended(runId);
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    const watched = run.steps.find(({ name }) => name === 'watch')?.state;
    const watchedMs =
      watched?.status === 'succeeded'
        ? Date.parse(watched.endedAt) - Date.parse(watched.startedAt)
        : undefined;
    expect(watchedMs).toBeGreaterThanOrEqual(4_000);
    expect(watchedMs).toBeLessThan(9_000);
    expect(created(stage.simulator, 'modelApiVersion')).toHaveLength(1);
  });

  it('is awaited by the run whose step it is, and cancelled with it', async () => {
    const child = filling(16);
    const parent = documentIn(
      `longhaul: pipeline/v1
pipeline: parent
connection: ${stage.connection}
steps:
  child: { uses: pipeline, with: { pipeline: long, input: {} } }
`,
      child,
    );
    const begin = async (key: string): Promise<string> =>
      (await stage.client.startPipeline(parent, {}, { key, legs: limits })).runId;
    const childOf = async (runId: string): Promise<string> =>
      (await until(stage.client, runId, (one) => (one.steps[0]?.references.length ?? 0) > 0)).steps[0]
        ?.references[0]?.id ?? '';
    const runId = await begin('whole');
    const run = await ended(runId);
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(await legs(await childOf(runId))).toBeGreaterThan(1);
    const other = await begin('cut');
    const otherChild = await childOf(other);
    await untilLeg(otherChild, 2);
    await stage.client.cancel(other, { reason: 'wrong data', by: 'ada' });
    expect((await ended(other)).status).toBe('cancelled');
    expect((await ended(otherChild)).status).toBe('cancelled');
  });

  it('is the same by its key, and cannot be reset', async () => {
    const document = filling(16);
    const runId = await start(document);
    const { attemptId } = await ended(runId);
    expect(await legs(runId)).toBeGreaterThan(1);
    // Its key is known still.
    const again = await stage.client.startPipeline(document, {}, { key: 'one' });
    expect(again).toEqual({ runId, attemptId, created: false });
    await expect(stage.client.reset(runId, { step: 'last', reason: 'again' })).rejects.toMatchObject({
      code: 'RESET_REFUSED',
      message: expect.stringContaining('longhaul replay plan'),
    });
  });
});
