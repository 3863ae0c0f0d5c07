/** What every figure is measured on: a Temporal server in memory, a simulator, and one worker process. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectClient } from '../dist/client.js';
import { inWords, startChild } from '../dist/dev/child.js';
import { findTemporalCli } from '../dist/dev/temporal-cli.js';
import { startTemporal } from '../dist/dev/temporal-server.js';
import { searchAttributes } from '../dist/run/search-attributes.js';
import { createSimulator } from '../dist/simulator/index.js';

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** The whole pipeline on the simulator's project. */
export const fullInput = {
  connection: 'domino-dev',
  project: 'ada/iris',
  environment: { name: 'iris-training', base: { image: 'registry.example/base:1' } },
  revision: { dockerfile: 'RUN pip install --no-cache-dir pandas==2.0.0' },
  train: { command: 'python train.py', hardwareTier: 'small-k8s' },
  gate: { conditions: ['accuracy >= 0.9'] },
  register: { model: 'iris' },
  deploy: { modelApi: 'iris-api' },
};

/** Sets the stage, uses it, and takes it down by process id. `durations` are simulated seconds. */
export async function withStage({ speed = 120, durations, projects = ['iris'], waits, env = {} }, use) {
  const folder = await mkdtemp(join(tmpdir(), 'longhaul-bench-'));
  const closers = [() => rm(folder, { recursive: true })];
  try {
    const world = await writeWorld(folder, projects, durations);
    const simulator = await createSimulator({ speed, seed: 7, world });
    closers.unshift(() => simulator.close());
    const temporal = await startTemporal({
      cliPath: await findTemporalCli({ env: process.env, say: console.error }),
      searchAttributes,
      fastTimers: true,
    });
    closers.unshift(() => temporal.stop());
    const config = join(folder, 'longhaul.json');
    const connection = {
      platform: 'domino',
      url: simulator.url,
      apiKey: { env: 'KEY' },
      requestsPerSecond: 1000,
    };
    const limits = { firstLookMs: 100, lastLookMs: 500, settleMs: 200, ...waits };
    await writeFile(config, JSON.stringify({ connections: { 'domino-dev': connection }, waits: limits }));
    const shared = { KEY: simulator.apiKey, LONGHAUL_CONFIG: config, TEMPORAL_ADDRESS: temporal.address };
    const worker = await startWorker([cli, 'worker'], {
      ...env,
      ...shared,
      LONGHAUL_HEALTH_ADDRESS: '127.0.0.1:0',
      LONGHAUL_METRICS_ADDRESS: '127.0.0.1:0',
    });
    closers.unshift(worker.stop);
    const client = await connectClient({ temporal: { connectionOptions: { address: temporal.address } } });
    closers.unshift(() => client.close());
    return await use({ simulator, temporal, worker, client, env: shared });
  } finally {
    for (const close of closers) await close();
  }
}

async function writeWorld(folder, projects, durations = {}) {
  const path = join(folder, 'world.json');
  const standard = { name: 'Domino Standard Environment', image: 'registry.example/base:1', default: true };
  const world = {
    user: 'ada',
    projects: projects.map((name) => ({ owner: 'ada', name })),
    environments: [standard],
    hardwareTiers: [{ id: 'small-k8s', default: true }],
    durations: Object.fromEntries(
      Object.entries(durations).map(([key, seconds]) => [key, [seconds, seconds]]),
    ),
  };
  await writeFile(path, JSON.stringify(world));
  return path;
}

/** Longer than a worker takes to let its requests finish. */
const graceMs = 60_000;

/** A Node process that says "worker started" on standard error. */
export async function startWorker(args, env) {
  let tellStarted;
  const started = new Promise((resolve) => (tellStarted = resolve));
  const child = await startChild(process.execPath, args, {
    env: { PATH: process.env.PATH, ...env },
    eachLine: (line) => {
      if (line.includes('worker started')) tellStarted();
    },
    orphan: 'guard',
  });
  const early = child.ended.then((end) => {
    throw new Error(`the worker ${inWords(end)}:\n${child.lastLines().join('\n')}`);
  });
  await Promise.race([started, early]);
  early.catch(() => undefined);
  return { pid: child.pid, stop: () => child.stop(graceMs), kill: () => child.stop(0) };
}

/** User and system time of a process so far, in milliseconds. */
export function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10; // clock ticks of 1/100 s
}

/** Memory that a process holds, in MB. */
export const residentMb = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

/** Runs `count` tasks, `width` at a time, each with its number and the number of its lane. */
export async function inParallel(count, width, task) {
  let next = 0;
  const run = async (lane) => {
    while (next < count) await task(next++, lane);
  };
  await Promise.all(Array.from({ length: width }, (_, lane) => run(lane)));
}

export const quantile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
