/**
 * A stage for integration tests: a namespace of its own on the real Temporal server, a simulator, and worker
 * processes that can be killed.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { type LonghaulClient, type PipelineInput, type Run, connectClient } from '../../src/client.js';
import { inWords, startChild } from '../../src/dev/child.js';
import { type Simulator, type SimulatorOptions, createSimulator } from '../../src/simulator/index.js';
import { type Change, createBetween } from './between.js';
import { type LonghaulProcess, type Starting, nodeFlags, startProcess } from './process.js';

export interface WorkerProcess {
  readonly pid: number;
  /** Everything that it logged. */
  readonly log: readonly string[];
  readonly health: string;
  kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export interface Stage {
  readonly client: LonghaulClient;
  readonly simulator: Simulator;
  readonly connection: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  /** Environment of a process that takes part. */
  readonly env: Record<string, string>;
  /** Of this installation; or, as a process that nothing else ran in before, of the one whose `main.js` is given. */
  startWorker(
    args?: readonly string[],
    env?: Readonly<Record<string, string>>,
    mainFile?: string,
  ): Promise<WorkerProcess>;
  /** Kills every worker, as an out-of-memory killer would. */
  killWorkers(): Promise<void>;
  /** Arms a fault of the simulator. */
  inject(fault: object): Promise<void>;
  /** Disarms all of them. */
  heal(): Promise<void>;
  /** Tells the simulator something at `/_simulator/<path>`. */
  control(path: string, body: object): Promise<void>;
  close(): Promise<void>;
}

/** The Temporal server that the global set-up has started. */
export function temporalAddress(): string {
  const address = process.env['LONGHAUL_TEST_TEMPORAL'];
  if (address === undefined)
    throw new Error('integration tests run through `npm test`, which starts Temporal');
  return address;
}

/** Of this installation. */
export const mainFile = new URL('../../dist/cli/main.js', import.meta.url).pathname;

interface StageOptions extends SimulatorOptions {
  /** Of the connection. */
  readonly requestsPerSecond?: number;
  /** Where its key is; left out, in a variable. */
  readonly apiKeySource?: object;
  readonly temporal?: string;
  /** Whether what Temporal stores is encrypted. */
  readonly encrypted?: boolean;
  /** More of longhaul.yaml. */
  readonly settings?: object;
  /** More connections, by name. */
  readonly connections?: Readonly<
    Record<string, { readonly platform: string; readonly [setting: string]: unknown }>
  >;
  /** The name of its own. */
  readonly connection?: string;
  /** What changes the requests of workers to the simulator, and its answers. */
  readonly between?: Change;
  /** More of the environment of processes. */
  readonly env?: Readonly<Record<string, string>>;
}

/** By which an encrypted stage encrypts. */
export const payloadKey = { id: 'stage-1', bytes: randomBytes(32) };

/** Sets a stage. Looks of waits are quick; the simulator runs at 120 times the speed of a platform. */
export async function createStage({
  temporal,
  requestsPerSecond = 500,
  apiKeySource = { env: 'STAGE_KEY' },
  settings,
  connections = {},
  connection = 'domino-test',
  between,
  encrypted = false,
  env: extraEnv,
  ...options
}: StageOptions = {}): Promise<Stage> {
  const address = temporal ?? temporalAddress();
  const { platform = 'domino' } = options;
  const namespace = `test-${randomBytes(4).toString('hex')}`;
  const simulator = await createSimulator({ speed: 120, seed: 7, ...options });
  const inBetween = between && (await createBetween(simulator.url, between));
  const folder = mkdtempSync(join(tmpdir(), 'longhaul-stage-'));
  const config = join(folder, 'longhaul.yaml');
  writeFileSync(
    config,
    JSON.stringify({
      connections: {
        [connection]: {
          platform,
          url: inBetween?.url ?? simulator.url,
          dialect: options.dialect ?? (platform === 'domino' ? 'v6' : 'v2.1'),
          apiKey: apiKeySource,
          requestsPerSecond,
          requestTimeoutMs: 5_000,
        },
        ...connections,
      },
      waits: {
        ...{ firstLookMs: 100, lastLookMs: 500, settleMs: 200, patienceMs: 1_000 },
        ...{ undoMs: 6_000, sweepMs: 4_000 },
      },
      ...(encrypted && {
        encryption: { keys: [{ id: payloadKey.id, secret: { env: 'STAGE_PAYLOAD_KEY' } }] },
      }),
      ...settings,
    }),
  );
  const env = {
    PATH: process.env['PATH'] ?? '',
    LONGHAUL_CONFIG: config,
    LONGHAUL_HEALTH_ADDRESS: '127.0.0.1:0',
    LONGHAUL_METRICS_ADDRESS: '127.0.0.1:0',
    LONGHAUL_AUDIT_DIRECTORY: join(folder, 'audit'),
    ...extraEnv,
    STAGE_KEY: simulator.apiKey,
    STAGE_PAYLOAD_KEY: Buffer.from(payloadKey.bytes).toString('base64'),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
  };
  await createNamespace(address, namespace);
  const client = await connectClient({
    temporal: { connectionOptions: { address }, namespace },
    connections: [connection, ...Object.keys(connections)],
    platformOf: (name) => (name === connection ? platform : (connections[name]?.platform ?? null)),
    ...(encrypted && { payloadKeys: [payloadKey] }),
  });
  const workers: LonghaulProcess[] = [];
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await inBetween?.close();
    await Promise.all([simulator.close(), ...workers.map(({ stop }) => stop())]);
    await client.close();
    rmSync(folder, { recursive: true });
  };

  return {
    client,
    simulator,
    connection,
    temporalAddress: address,
    namespace,
    env,
    startWorker: async (args = [], extra = {}, installed) => {
      const log: string[] = [];
      const starting: Starting = {
        env: { ...env, ...extra },
        eachLine: (line, output) => {
          if (output === 'stderr') log.push(line);
        },
      };
      const words = ['worker', ...args];
      const worker =
        installed === undefined
          ? startProcess(words, starting)
          : await startInstalled(installed, words, starting);
      workers.push(worker);
      return started(worker, log);
    },
    killWorkers: async () => {
      for (const { kill } of workers) kill('SIGKILL');
      await Promise.all(workers.map(({ ended }) => ended));
    },
    inject: (fault) => control(simulator, 'faults', fault),
    heal: async () => {
      await fetch(new URL('/_simulator/faults', simulator.url), { method: 'DELETE' });
    },
    control: (path, body) => control(simulator, path, body),
    close: () => (closing ??= close()),
  };
}

async function control({ url, apiKey }: Simulator, path: string, body: object): Promise<void> {
  const response = await fetch(new URL(`/_simulator/${path}`, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-domino-api-key': apiKey },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** Creates a namespace whose runs are kept for a day. */
export async function createNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address });
  const workflowExecutionRetentionPeriod = msToTs('1 day');
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  await connection.close();
}

async function startInstalled(
  installed: string,
  args: readonly string[],
  starting: Starting,
): Promise<LonghaulProcess> {
  const words = [...nodeFlags, installed, ...args];
  const child = await startChild(process.execPath, words, { ...starting, orphan: 'channel' });
  return { ...child, stop: () => child.stop(0) };
}

async function started(
  { pid, ended, kill }: LonghaulProcess,
  log: readonly string[],
): Promise<WorkerProcess> {
  let end: Awaited<typeof ended> | undefined;
  void ended.then((how) => (end = how));
  for (;;) {
    const line = log.find((each) => each.includes('"worker started"'));
    if (line !== undefined) return { pid, log, health: healthIn(line), ended, kill };
    if (end !== undefined) throw new Error(`the worker ${inWords(end)}:\n${log.join('\n')}`);
    await delay(20);
  }
}

const healthIn = (line: string): string => String((JSON.parse(line) as { health: unknown }).health); // our own line

/** The input of most tests: every step, on the simulator’s default world. */
export const fullInput = (connection: string): PipelineInput<'train-and-deploy'> => ({
  connection,
  project: 'ada/iris',
  environment: { name: 'iris-training', base: { image: 'registry.example/base:1' } },
  revision: { dockerfile: 'RUN pip install --no-cache-dir pandas==2.0.0' },
  train: { command: 'python train.py', hardwareTier: 'small-k8s' },
  gate: { conditions: ['accuracy >= 0.9', 'accuracy >= baseline'], baseline: 'live' },
  register: { model: 'iris' },
  deploy: { modelApi: 'iris-api' },
});

/** Waits until the run is as wanted, and says how it stood when it does not come to that. */
export async function until(
  client: LonghaulClient,
  runId: string,
  wanted: (run: Run) => boolean,
  timeoutMs = 90_000,
): Promise<Run> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const run = await client.get(runId);
    if (wanted(run)) return run;
    if (run.endedAt !== undefined || Date.now() > endMs)
      throw new Error(`the run stands at ${JSON.stringify(run, null, 1)}`);
    await delay(100);
  }
}

/** What Temporal is asked for itself, by a client that is closed afterwards. */
export async function withTemporal<T>(
  { temporalAddress: address, namespace }: Pick<Stage, 'temporalAddress' | 'namespace'>,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
}

/** The state of each step, by name. */
export const statuses = (run: Run): Record<string, string> =>
  Object.fromEntries(run.steps.map(({ name, state }) => [name, state.status]));
