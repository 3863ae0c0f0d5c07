/** What is seen from outside of one run: metrics of its worker and server, its trace, their logs. */
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../src/dev/ports.js';
import {
  type productMetrics,
  serverMetrics,
  seriesOf,
  workerMetrics,
} from '../../src/observability/metrics.js';
import { eventually } from '../support/eventually.js';
import { runProgram } from '../support/program.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, type WorkerProcess, createStage, until } from '../support/stage.js';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

interface Sent {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
}

const caller = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' };
const cli = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const bodies: string[] = [];
let receiver: Server;
let stage: Stage;
let worker: WorkerProcess;
let server: ServerProcess;
let metricsAddress: string;

const spans = (): Span[] =>
  bodies.flatMap((body) =>
    (JSON.parse(body) as Sent).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((one) => one.spans),
    ),
  );

const input = () => ({
  connection: stage.connection,
  project: 'ada/iris',
  train: { command: 'python train.py' },
});

beforeAll(async () => {
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(body);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo; // it listens on a port
  metricsAddress = `127.0.0.1:${await freePort()}`;
  stage = await createStage({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_BSP_SCHEDULE_DELAY: '100' },
  });
  worker = await stage.startWorker([], { LONGHAUL_METRICS_ADDRESS: metricsAddress });
  server = await startServer(stage);
  const started = await fetch(`${server.url}/v1/pipelines/train-and-deploy/runs`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': 'seen',
      traceparent: `00-${caller.trace}-${caller.span}-01`,
    },
    body: JSON.stringify({ input: input() }),
  });
  expect([started.status, await started.text()]).toEqual([201, expect.any(String)]);
  expect((await stage.client.wait('train-and-deploy.seen')).status).toBe('succeeded');
  await stage.inject({
    endpoint: 'jobs.start',
    kind: 'status',
    status: 403,
    body: { errors: ['Compute quota exceeded'] },
  });
  const { runId } = await stage.client.start('train-and-deploy', input(), { key: 'parked' });
  await until(stage.client, runId, ({ status }) => status === 'parked');
}, 120_000);

afterAll(async () => {
  await server.close();
  await stage.close();
  receiver.close();
});

/** The names of a span and of those that it is within, up to the caller's. */
function wayTo(span: Span | undefined): string[] {
  if (span === undefined) return [];
  const { name, parentSpanId } = span;
  if (parentSpanId === caller.span) return [name, 'caller'];
  return [name, ...wayTo(spans().find(({ spanId }) => spanId === parentSpanId))];
}

describe('the metrics', () => {
  const samplesAt = async (url: string): Promise<string[]> =>
    (await (await fetch(url)).text()).split('\n').filter((line) => line.startsWith('longhaul_'));
  const named = (samples: readonly string[]): string[] => [
    ...new Set(samples.map((line) => /^\w+/.exec(line)?.[0] ?? '')),
  ];
  const series = (table: typeof productMetrics): string[] =>
    Object.entries(table).flatMap(([name, metric]) => seriesOf(name, metric));

  it('of a worker tell of the run under the names and labels of the table', async () => {
    const read = () => samplesAt(`http://${metricsAddress}/metrics`);
    const last = ['longhaul_runs_ended_total', 'longhaul_steps_parked_total'];
    await eventually(async () => {
      const there = named(await read());
      return last.every((name) => there.includes(name));
    });
    const samples = await read();
    expect(samples).toContainEqual(
      expect.stringMatching(/^longhaul_runs_ended_total\{(?=.*code="none")(?=.*status="succeeded").*\} 1$/),
    );
    expect(samples).toContainEqual(
      expect.stringMatching(/^longhaul_step_duration_seconds_count\{(?=.*step="train").*\} 1$/),
    );
    expect(samples).toContainEqual(
      expect.stringMatching(/^longhaul_step_duration_seconds_bucket\{.*le="43200"\} \d+$/),
    );
    expect(samples).toContainEqual(
      expect.stringMatching(
        /^longhaul_platform_requests_total\{(?=.*endpoint="jobs.start")(?=.*status="20\d").*\} 1$/,
      ),
    );
    expect(samples).toContainEqual(
      expect.stringMatching(
        /^longhaul_steps_parked_total\{(?=.*step="train")(?=.*code="QUOTA_EXCEEDED").*\} 1$/,
      ),
    );
    expect(samples).toContainEqual(expect.stringMatching(/^longhaul_connection_refused\{.*\} 0$/));
    expect(series(workerMetrics)).toEqual(expect.arrayContaining(named(samples)));
    expect(named(samples)).toEqual(
      expect.arrayContaining([
        ...[
          'longhaul_looks_total',
          'longhaul_last_look_timestamp_seconds',
          'longhaul_end_to_seen_seconds_count',
        ],
        ...['longhaul_rate_tokens_total', 'longhaul_throttled_seconds_total'],
        ...['longhaul_run_duration_seconds_sum', 'longhaul_platform_request_duration_seconds_sum'],
      ]),
    );
  });

  it('of a server tell of the fleet', async () => {
    const parked = 'longhaul_runs{pipeline="train-and-deploy",status="parked"} 1';
    await eventually(async () => (await samplesAt(`${server.url}/metrics`)).includes(parked));
    const samples = await samplesAt(`${server.url}/metrics`);
    expect(series(serverMetrics)).toEqual(expect.arrayContaining(named(samples)));
    expect(samples).toEqual(
      expect.arrayContaining([
        'longhaul_temporal_reachable 1',
        'longhaul_runs{pipeline="train-and-deploy",status="running"} 0',
        parked,
        'longhaul_runs_parked{code="QUOTA_EXCEEDED"} 1',
        'longhaul_approvals_pending 0',
        'longhaul_deliveries_open 0',
        'longhaul_workers{queue="pipelines"} 1',
        `longhaul_workers{queue="activities.${stage.connection}"} 1`,
        'longhaul_triggers_total{pipeline="train-and-deploy",outcome="created"} 1',
      ]),
    );
  });
});

describe('the trace', () => {
  it('goes from the request of the caller to the request that starts the job', async () => {
    const path = () => wayTo(spans().find(({ name }) => name === 'POST jobs.start'));
    await eventually(() => path().at(-1) === 'caller');
    expect(path()).toEqual([
      'POST jobs.start',
      'RunActivity:ensureJob',
      'StartWorkflow:trainAndDeploy',
      'POST /v1/pipelines/:pipeline/runs',
      'caller',
    ]);
    expect(new Set(spans().map(({ traceId }) => traceId))).toEqual(new Set([caller.trace]));
    // Whoever waits for the run asks Temporal many times.
    expect(spans().filter(({ name }) => /^(?:Describe|Query)Workflow/.test(name))).toEqual([]);
  });

  it('holds no secret, no query string and no text', () => {
    const all = bodies.join('\n');
    for (const secret of [stage.simulator.apiKey, 'python train.py', '?']) expect(all).not.toContain(secret);
    const keys = new Set(spans().flatMap(({ attributes }) => attributes.map(({ key }) => key)));
    expect([...keys].sort()).toEqual([
      'http.request.method',
      'http.response.status_code',
      'http.route',
      'longhaul.connection',
      'longhaul.endpoint',
      'longhaul.request_id',
      'run_id',
      'temporalActivityId',
      'temporalWorkflowId',
    ]);
  });
});

describe('the trace of a command', () => {
  it('is sent before the command ends, and goes on in the run', async () => {
    const values = ['connection', stage.connection, 'project', 'ada/iris', 'train.command', 'exit 0'];
    const args = values.flatMap((value, at) => (at % 2 === 0 ? ['-p', `${value}=${values[at + 1]}`] : []));
    const { exitCode, stderr } = await runProgram(
      process.execPath,
      [cli, 'run', 'start', 'train-and-deploy', ...args],
      {
        env: stage.env,
      },
    );
    expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
    const command = spans().find(({ name }) => name === 'longhaul run start');
    expect(command).toBeDefined();
    const inCommand = () => spans().filter(({ traceId }) => traceId === command?.traceId);
    await eventually(() => inCommand().some(({ name }) => name === 'RunActivity:ensureJob'));
    expect(inCommand().map(({ name }) => name)).toContain('StartWorkflow:trainAndDeploy');
  });
});

describe('the logs', () => {
  it('of worker and server are JSON to the last line', async () => {
    worker.kill('SIGTERM');
    await worker.ended;
    server.kill('SIGTERM');
    await server.ended;
    for (const log of [worker.log, server.log]) {
      expect(log.length).toBeGreaterThan(1);
      for (const line of log) expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) });
    }
  });
});
