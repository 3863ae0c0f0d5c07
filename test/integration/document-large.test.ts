/** The largest fan-out that a document may have. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { documentOf } from '../support/documents.js';
import { created } from '../support/ledger.js';
import { legsOf } from '../support/legs.js';
import { type Stage, createStage } from '../support/stage.js';

const items = 500;
/** Far fewer than are usual, so that the run has several legs. */
const mostEvents = 1_000;

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({
    world: new URL('../support/documents.yaml', import.meta.url).pathname,
    requestsPerSecond: 1_000,
  });
  await stage.startWorker();
});
afterAll(() => stage.close());

it('500 jobs are one run of several legs, and each job is started once', async () => {
  const document = documentOf(
    stage.connection,
    `  train: { uses: job, each: "\${{ input.list }}", atOnce: 100, with: { project: ada/iris, command: "train \${{ item }}" } }
  best: { uses: choose, with: { from: "\${{ steps.train }}", by: auc } }`,
    {
      name: 'large',
      more: `input: { properties: { list: { type: array, items: { type: number } } }, required: [list] }
outputs: { trained: "\${{ steps.train.counts.succeeded }}" }`,
    },
  );
  const list = Array.from({ length: items }, (_, index) => index);
  const { runId, attemptId } = await stage.client.startPipeline(
    document,
    { list },
    { key: 'all', legs: { mostEvents, patienceMs: 60_000 } },
  );
  const startedMs = performance.now();
  const run = await stage.client.wait(runId, { timeoutMs: 600_000 });
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  expect({ status: run.status, failure: run.failure, result: run.result, attemptId: run.attemptId }).toEqual({
    ...{ status: 'succeeded', result: { outputs: { trained: items } }, attemptId },
  });
  const commands = stage.simulator.ledger().filter(({ endpoint }) => endpoint === 'jobs.start');
  expect(commands).toHaveLength(items);
  expect(created(stage.simulator, 'job')).toHaveLength(items);
  expect(
    run.steps.filter(({ item, state }) => item !== undefined && state.status === 'succeeded'),
  ).toHaveLength(items);
  const legs = await legsOf(stage, runId);
  console.log(
    `${items} jobs in ${seconds} s: ${legs.map(({ events, bytes, input }) => `${events} events (${Math.round(bytes / 1024)} KiB, begun with ${Math.round(input / 1024)} KiB)`).join(', ')}`,
  );
  expect(legs.length).toBeGreaterThan(2);
  for (const { events, input } of legs) {
    expect(events).toBeLessThan(3 * mostEvents);
    expect(input).toBeLessThan(1_800_000);
  }
  expect(await stage.client.replays.attempts(runId)).toMatchObject([{ attemptId, status: 'succeeded' }]);
}, 650_000);
