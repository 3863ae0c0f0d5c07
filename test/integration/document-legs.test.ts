/** Runs whose history grows long: each attempt goes on in another leg, and is the same to everybody. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { Followed, PipelineDocument, Run, RunEvent } from '../../src/client.js';
import { documentOf } from '../support/documents.js';
import { eventually } from '../support/eventually.js';
import { calls, created } from '../support/ledger.js';
import { legsOf } from '../support/legs.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

/** A leg has so few events here. */
const mostEvents = 120;

let stage: Stage;
/** Commands whose job the platform refuses. */
const refused = new Set<string>();

beforeEach(async () => {
  refused.clear();
  stage = await createStage({
    world: new URL('../support/documents.yaml', import.meta.url).pathname,
    between: ({ method, body, ...passing }, forward) =>
      method === 'POST' && [...refused].some((command) => body.includes(command))
        ? Promise.resolve({ status: 403, body: JSON.stringify({ errors: ['Compute quota exceeded'] }) })
        : forward({ method, body, ...passing }),
  });
  await stage.startWorker();
});
afterEach(() => stage.close());

/** Jobs for each of these, some at once, beside other steps. */
const filling = (items: number, rest = '', more = ''): PipelineDocument =>
  documentOf(
    stage.connection,
    `${rest}  fill:
    uses: job
    each: [${Array.from({ length: items }, (_, index) => index).join(', ')}]
    atOnce: 6
    with: { project: ada/iris, command: "fill \${{ item }}" }
  last: { uses: job, needs: [fill], with: { project: ada/iris, command: "last of \${{ steps.fill.counts.succeeded }}" } }
`,
    { name: 'long', more },
  );
const start = async (document: PipelineDocument): Promise<string> =>
  (await stage.client.startPipeline(document, {}, { key: 'one', mostEvents })).runId;
const ended = (runId: string): Promise<Run> => stage.client.wait(runId, { timeoutMs: 90_000 });
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
        60,
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
    expect(created(stage.simulator, 'job')).toHaveLength(62);
    expect(run.steps.find(({ name }) => name === 'parks')).toMatchObject({ tries: 2 });
    const rest = run.steps.find(({ name }) => name === 'rest')?.state;
    const pausedMs =
      rest?.status === 'succeeded' ? Date.parse(rest.endedAt) - Date.parse(rest.startedAt) : undefined;
    expect(pausedMs).toBeGreaterThanOrEqual(9_000);
    expect(pausedMs).toBeLessThan(11_000);
    const numbers = told.map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    const ends = told.flatMap((event) =>
      event.type === 'step' && event.step.state.status === 'succeeded' ? [event.step.name] : [],
    );
    expect(ends.toSorted()).toEqual(run.steps.map(({ name }) => name).toSorted());
  });

  it('stops what is under way when it is cancelled, and undoes nothing twice', async () => {
    const runId = await start(
      filling(60, `  endless: { uses: job, with: { project: ada/iris, command: "endless" } }\n`),
    );
    await untilLeg(runId, 3);
    await stage.client.cancel(runId, { reason: 'wrong data', by: 'ada' });
    const run = await ended(runId);
    expect(run.status).toBe('cancelled');
    expect(run.cleanup?.leftBehind).toEqual([]);
    const cut = run.steps.filter(({ name, state }) => name !== 'fill' && state.status === 'cancelled');
    expect(cut.map(({ name }) => name)).toContain('endless');
    const jobs = cut.flatMap(({ references }) => references.map(({ id }) => id));
    expect(jobs).toEqual(expect.arrayContaining(run.cleanup?.undone.map(({ id }) => id) ?? []));
    expect(run.cleanup?.undone.map(({ id }) => id)).toContain(jobs[0]);
  });

  it('starts nothing twice when its workers die again and again', async () => {
    const runId = await start(filling(60));
    for (let times = 0; times < 5; times += 1) {
      await delay(700);
      await stage.killWorkers();
      await stage.startWorker();
    }
    const run = await ended(runId);
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(await legs(runId)).toBeGreaterThan(2);
    expect(created(stage.simulator, 'job')).toHaveLength(61);
    expect(calls(stage.simulator, 'jobs.start')).toBe(61);
  });

  it('is replayed with all that its legs have come to, and tells it without a worker', async () => {
    const runId = await start(filling(60));
    await untilLeg(runId, 3);
    await temporal((client) => client.workflow.getHandle(runId).terminate('by hand'));
    const before = await stage.client.get(runId);
    const done = before.steps.filter(({ state }) => state.status === 'succeeded').map(({ name }) => name);
    expect(done.length).toBeGreaterThan(10);
    await stage.killWorkers();
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
    expect(created(stage.simulator, 'job')).toHaveLength(61);
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
        50,
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
    expect(created(stage.simulator, 'job')).toHaveLength(63);
  });

  it('cannot be reset, and says what can be done instead', async () => {
    const runId = await start(filling(30));
    await ended(runId);
    expect(await legs(runId)).toBeGreaterThan(1);
    await expect(stage.client.reset(runId, { step: 'last', reason: 'again' })).rejects.toMatchObject({
      code: 'RESET_REFUSED',
      message: expect.stringContaining('longhaul replay plan'),
    });
  });
});
