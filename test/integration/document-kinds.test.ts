/** Steps that pause, ask, call and run another pipeline: for each item, made again, at the end of a run, and within each other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { PipelineDocument, ReplayPlan, Run } from '../../src/client.js';
import { runCommand } from '../support/command.js';
import { documentIn, documentOf } from '../support/documents.js';
import { created } from '../support/ledger.js';
import { type Stage, createStage, statuses } from '../support/stage.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-children-'));

/** Of the service: what it answers in order, and 200 after that. */
let answers: number[] = [];
let asked: { readonly url: string; readonly key: unknown }[] = [];
const service = createServer((request, response) => {
  asked.push({ url: request.url ?? '', key: request.headers['idempotency-key'] });
  response.writeHead(answers.shift() ?? 200, { 'content-type': 'application/json' }).end('{"rows":3}');
});

let stage: Stage;
beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  writeFileSync(join(folder, 'inner.yaml'), inner('python fails.py'));
  writeFileSync(join(folder, 'outer.yaml'), outer);
  stage = await createStage({
    world: new URL('../support/documents.yaml', import.meta.url).pathname,
    settings: { pipelines: folder, services: { rows: { url, internal: true } } },
  });
  await stage.startWorker();
});
beforeEach(() => {
  [answers, asked] = [[], []];
});
afterAll(async () => {
  await stage.close();
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
  rmSync(folder, { recursive: true });
});

const inner = (command: string) => `longhaul: pipeline/v1
pipeline: inner
connection: domino-test
input: { properties: { of: { type: string } }, required: [of] }
steps:
  first: { uses: job, with: { project: ada/iris, command: [python, first.py, "\${{ input.of }}"] } }
  train: { uses: job, needs: first, with: { project: ada/iris, command: ${command} } }
outputs: { auc: "\${{ steps.train.metrics.auc }}" }
`;
const outer = `longhaul: pipeline/v1
pipeline: outer
connection: domino-test
steps:
  child: { uses: pipeline, with: { pipeline: inner, input: { of: x } } }
outputs: { auc: "\${{ steps.child.outputs.auc }}", run: "\${{ steps.child.runId }}" }
`;

const start = async (document: PipelineDocument): Promise<string> =>
  (await stage.client.startPipeline(document, {})).runId;
const ended = (runId: string): Promise<Run> => stage.client.wait(runId, { timeoutMs: 90_000 });
const summary = (run: Run) => ({ status: run.status, failure: run.failure, steps: statuses(run) });
const jobs = (): number => created(stage.simulator, 'job').length;

it('each does its work for each item, and one that a service refuses is sent again as another', async () => {
  answers = [422];
  const text = `longhaul: pipeline/v1
pipeline: all
connection: domino-test
steps:
  ask:
    uses: http
    each: [a, b]
    atOnce: 1
    tries: { count: 2, backoff: 1s }
    with: { service: rows, method: POST, path: [rows, "\${{ item }}"], replay: idempotent }
  rest: { uses: pause, each: [1s, 2s], with: { for: "\${{ item }}" } }
  list: { uses: call, each: [1, 2], with: { endpoint: domino.hardwareTiers.list, select: { tier: /hardwareTiers/0/id } } }
  child: { uses: pipeline, needs: [ask], each: [x, y], with: { pipeline: inner, input: { of: "\${{ item }}" } } }
outputs: { each: "\${{ steps.child.items.map(i, i.outputs.auc) }}", rows: "\${{ steps.ask.items.map(i, i.body.rows) }}" }
`;
  const run = await ended(await start(documentIn(text, documentIn(inner('python train.py')))));
  expect(summary(run)).toEqual({
    status: 'succeeded',
    steps: Object.fromEntries(
      ['ask', 'rest', 'list', 'child'].flatMap((name) =>
        [name, `${name}.0`, `${name}.1`].map((step) => [step, 'succeeded']),
      ),
    ),
  });
  expect(run.result).toEqual({ outputs: { each: [0.5, 0.5], rows: [3, 3] } });
  expect(asked.map(({ url }) => url)).toEqual(['/rows/a', '/rows/a', '/rows/b']);
  expect(new Set(asked.map(({ key }) => key)).size).toBe(3);
});

it('each can stand at the end of a run, whatever that has come to', async () => {
  const steps = `  train: { uses: job, with: { project: ada/iris, command: python fails.py } }
finally:
  within: 60s
  steps:
    told: { uses: http, with: { service: rows, method: POST, path: [ended, "\${{ run.outcome }}"] } }
    rest: { uses: pause, with: { for: 1s } }
    list: { uses: call, needs: rest, with: { endpoint: domino.hardwareTiers.list, select: { tier: /hardwareTiers/0/id } } }
    last: { uses: pipeline, with: { pipeline: inner, input: { of: "\${{ run.outcome }}" } } }
    refused: { uses: http, needs: told, with: { service: rows, method: POST, path: /refused, expect: 201 } }
`;
  const document = documentIn(
    `longhaul: pipeline/v1\npipeline: mine\nconnection: ${stage.connection}\nsteps:\n${steps}`,
    documentIn(inner('python train.py')),
  );
  expect(summary(await ended(await start(document)))).toMatchObject({
    status: 'failed',
    failure: { step: 'train', code: 'JOB_FAILED' },
    steps: { told: 'succeeded', rest: 'succeeded', list: 'succeeded', last: 'succeeded', refused: 'failed' },
  });
  expect(asked.map(({ url }) => url)).toEqual(['/ended/failed', '/refused']);
});

it('a pipeline that Longhaul brings along is run on the connection of the step, and on no other', async () => {
  const child = (input: string) =>
    documentOf(
      stage.connection,
      `  child: { uses: pipeline, with: { pipeline: train-and-deploy, input: { project: ada/iris, train: { command: python train.py }${input} } } }\n`,
      { more: 'outputs: { job: "${{ steps.child.job }}" }' },
    );
  const before = jobs();
  const run = await ended(await start(child('')));
  expect(summary(run)).toEqual({ status: 'succeeded', steps: { child: 'succeeded' } });
  expect(jobs()).toBe(before + 1);
  const runId = await start(child(', connection: "${{ \'other\' }}"'));
  for await (const { status, failure } of stage.client.watch(runId)) {
    if (status !== 'parked') continue;
    expect(failure).toMatchObject({
      ...{ step: 'child', code: 'EXPRESSION_FAILED' },
      message: 'the child would act on connection "other", on which no step of its parent acts',
    });
    break;
  }
  await stage.client.cancel(runId, { reason: 'looked at' });
  expect(jobs()).toBe(before + 1);
});

it('a step is given up with its run, which stops what it has running, when its time is over', async () => {
  const run = await ended(
    await start(
      documentIn(
        outer.replace('with: { pipeline', 'within: 8s, onFailure: continue, with: { pipeline'),
        documentIn(inner('endless')),
      ),
    ),
  );
  expect(summary(run)).toMatchObject({ status: 'succeeded', steps: { child: 'failed' } });
  const id = run.steps[0]?.references.find(({ kind }) => kind === 'run')?.id ?? '';
  expect(await stage.client.get(id)).toMatchObject({
    status: 'cancelled',
    cleanup: { undone: [{ kind: 'job' }], leftBehind: [] },
  });
});

it('a run whose child has failed goes on by what both are now, and the child where it has failed', async () => {
  const longhaul = (...args: readonly string[]) => runCommand([...args, '-o', 'json'], { env: stage.env });
  const started = await longhaul('run', 'start', 'outer', '--key', 'cli', '--wait');
  expect(JSON.parse(started.stdout)).toMatchObject({
    status: 'failed',
    failure: { step: 'child', code: 'CHILD_FAILED' },
  });
  const before = jobs();
  writeFileSync(join(folder, 'inner.yaml'), inner('python train.py'));
  const latest = ['outer.cli', '--definition', 'latest'];
  const plan = JSON.parse((await longhaul('replay', 'plan', ...latest)).stdout) as ReplayPlan;
  expect(plan.differences).toContainEqual({
    what: 'definition',
    detail: 'children.inner.steps.train.with.command: "python fails.py" is now "python train.py"',
  });
  const applied = await longhaul(
    ...['replay', 'apply', ...latest, '--plan', plan.hash, '--reason', 'mended', '--wait'],
  );
  const run = JSON.parse(applied.stdout) as Run;
  expect({ exitCode: applied.exitCode, ...summary(run) }).toEqual({
    ...{ exitCode: 0, status: 'succeeded', steps: { child: 'succeeded' } },
  });
  const { auc, run: id } = (run.result as { outputs: { auc: number; run: string } }).outputs;
  expect(auc).toBe(0.5);
  expect(statuses(await stage.client.get(id))).toEqual({ first: 'reused', train: 'succeeded' });
  expect(jobs()).toBe(before + 1);
});
