/** The largest fan-out that a document may have. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { documentOf } from '../support/documents.js';
import { created } from '../support/ledger.js';
import { type Stage, createStage } from '../support/stage.js';

const items = 500;
/** Of the 51,200 at which Temporal ends a run. */
const mostEvents = 10_000;

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({
    world: new URL('../support/documents.yaml', import.meta.url).pathname,
    requestsPerSecond: 1_000,
  });
  await stage.startWorker();
});
afterAll(() => stage.close());

it('500 jobs are one run, whose history stays far below the limit', async () => {
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
  const { runId } = await stage.client.startPipeline(document, { list }, { key: 'all' });
  const run = await stage.client.wait(runId, { timeoutMs: 600_000 });
  expect({ status: run.status, failure: run.failure, result: run.result }).toEqual({
    ...{ status: 'succeeded', result: { outputs: { trained: items } } },
  });
  expect(created(stage.simulator, 'job')).toHaveLength(items);
  const connection = await Connection.connect({ address: stage.temporalAddress });
  const handle = new Client({ connection, namespace: stage.namespace }).workflow.getHandle(runId);
  const { historyLength, raw } = await handle.describe();
  await connection.close();
  const bytes = Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
  console.log(`${items} jobs: ${historyLength} events, ${Math.round(bytes / 1024)} KiB`);
  expect(historyLength).toBeLessThanOrEqual(mostEvents);
}, 650_000);
