/** The documents of examples/pipelines, run as they stand on the simulator. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Run } from '../../src/client.js';
import { type Simulator, createSimulator } from '../../src/simulator/index.js';
import { documentIn } from '../support/documents.js';
import { created } from '../support/ledger.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

const world = new URL('../support/document-examples.yaml', import.meta.url).pathname;
let stage: Stage;
let other: Simulator;
/** What the service of reports was sent. */
const reported: { readonly line: string; readonly body: unknown }[] = [];
const reports = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    reported.push({ line: `${request.method ?? ''} ${request.url ?? ''}`, body });
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"id":"r1"}');
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => reports.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(reports.address() as AddressInfo).port}`;
  other = await createSimulator({ speed: 120, seed: 8, world });
  stage = await createStage({
    ...{ world, connection: 'domino-dev' },
    settings: { services: { reports: { url, internal: true } } },
    connections: {
      'domino-prod': {
        platform: 'domino',
        url: other.url,
        apiKey: { env: 'OTHER_KEY' },
        requestsPerSecond: 500,
      },
    },
    env: { OTHER_KEY: other.apiKey },
  });
  await stage.startWorker();
});
afterAll(async () => {
  await stage.close();
  await other.close();
  await new Promise((resolve) => reports.close(resolve));
});

const example = (name: string) => {
  const text = readFileSync(new URL(`../../examples/pipelines/${name}.yaml`, import.meta.url), 'utf8');
  return documentIn(text.replace('for: 10m', 'for: 2s')); // nobody waits ten minutes in a test
};

const start = async (name: string, input: object): Promise<string> =>
  (await stage.client.startPipeline(example(name), input)).runId;

async function succeeded(runId: string): Promise<Run> {
  const run = await stage.client.wait(runId, { timeoutMs: 120_000 });
  expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
  return run;
}

it('etl-train-deploy extracts, trains and deploys, and asks somebody at the end of the year', async () => {
  const first = await succeeded(await start('etl-train-deploy', { month: '2026-11' }));
  expect(statuses(first)).toMatchObject({
    ...{ 'extract.2': 'succeeded', approve: 'skipped', deploy: 'succeeded', watch: 'succeeded' },
    report: 'succeeded',
  });
  expect(first.result).toEqual({ outputs: { version: 1, auc: 0.85 } });
  const again = await succeeded(await start('etl-train-deploy', { month: '2026-10' }));
  expect(again.result).toMatchObject({ outcome: 'not-better' });
  expect(statuses(again)).toMatchObject({ deploy: 'skipped', report: 'succeeded' });

  const runId = await start('etl-train-deploy', { month: '2026-12', tables: ['customers'] });
  await until(stage.client, runId, (run) => statuses(run)['approve'] === 'waiting');
  const decision = { action: 'approve', actor: 'grace', names: ['grace'], reason: 'looked at it' } as const;
  await stage.client.decideApproval(runId, decision);
  const asked = await succeeded(runId);
  expect(statuses(asked)).toMatchObject({ approve: 'succeeded', deploy: 'succeeded', watch: 'succeeded' });
  expect(asked.result).toEqual({ outputs: { version: 2, auc: 0.95 } });
});

it('sweep trains six times, and deploys the best', async () => {
  const run = await succeeded(await start('sweep', { month: '2026-11' }));
  expect(run.result).toEqual({ outputs: { model: 'churn', version: 3, auc: 0.9, trained: 6 } });
  expect(run.steps.filter(({ item }) => item !== undefined)).toHaveLength(6);
  expect(statuses(run)).toMatchObject({ best: 'succeeded', gate: 'succeeded', deploy: 'succeeded' });
});

it('two-connections trains on one platform and scores on another', async () => {
  const run = await succeeded(await start('two-connections', { month: '2026-11' }));
  const [scored] = created(other, 'job');
  expect(run.result).toEqual({
    outputs: { trainedBy: created(stage.simulator, 'job').at(-1), scoredBy: scored },
  });
  expect(run.connection).toBe('domino-dev');
});

it('nightly-report measures by a job, and posts what it has measured', async () => {
  const run = await succeeded(await start('nightly-report', { day: '2026-11-28' }));
  expect(run.result).toEqual({ outputs: { report: 'r1', psi: 0.12 } });
  const job = created(stage.simulator, 'job').at(-1);
  expect(reported).toEqual([
    { line: 'POST /reports/churn-api/2026-11-28', body: { job, metrics: { psi: 0.12 } } },
  ]);
});
