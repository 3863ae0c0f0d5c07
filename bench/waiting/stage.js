/** What waiting is measured on: Temporal, a simulator with many projects, and worker processes that are told when to start. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { connectClient } from '../../dist/client.js';
import { createSimulator } from '../../dist/simulator/index.js';
import { startWorker } from '../stage.js';
import { startOn } from './temporal.js';

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export const connection = 'domino-dev';
/** Simulated seconds; the simulator's clock is a real one here. */
export const durations = { build: 5, queue: 1, job: 10, deploy: 5 };
/** Of a job whose end is looked at. */
export const probeSeconds = 30;
/** From the end of its command to the end of a job, as the simulator has it. */
const finishingSeconds = 3;
/** From the request of such a job to its end. */
export const probeEndsAfterMs = (durations.queue + probeSeconds + finishingSeconds) * 1_000;

const jobs = [
  { command: 'forever', status: 'Succeeded', minutes: 1_000_000 },
  { command: 'probe', status: 'Succeeded', minutes: probeSeconds / 60 },
];

/** While the waits begin: as quickly as it goes, and without looks. */
export const filling = {
  rate: { requestsPerSecond: 1_000 },
  waits: { firstLookMs: 60_000, lastLookMs: 60_000 },
};
/** What is measured is what everybody has who sets nothing. */
export const byDefault = { rate: {}, waits: {} };

/** Sets the stage on `dev` or `postgres`, uses it, and takes it down by process id. */
export async function withWaitingStage({ on, projects, speed = 1, lasting = durations }, use) {
  const folder = await mkdtemp(join(tmpdir(), 'longhaul-waiting-'));
  const closers = [() => rm(folder, { recursive: true, force: true })];
  const closing = (close) => closers.unshift(close);
  try {
    const world = await writeWorld(folder, projects, lasting);
    const simulator = await createSimulator({ speed, seed: 7, world });
    closing(() => simulator.close());
    const temporal = await startOn[on](folder);
    closing(() => temporal.stop());
    const client = await connectClient({ temporal: { connectionOptions: { address: temporal.address } } });
    closing(() => client.close());
    const sdk = await Connection.connect({ address: temporal.address });
    closing(() => sdk.close());
    const workers = [];
    closing(() => Promise.all(workers.map((worker) => worker.kill())));
    const configure = async ({ rate, waits }) => {
      const file = join(folder, 'longhaul.json');
      const platform = { platform: 'domino', url: simulator.url, apiKey: { env: 'KEY' } };
      await writeFile(
        file,
        JSON.stringify({ connections: { [connection]: { ...platform, ...rate } }, waits }),
      );
      return { KEY: simulator.apiKey, LONGHAUL_CONFIG: file, TEMPORAL_ADDRESS: temporal.address };
    };
    return await use({
      ...{ folder, simulator, temporal, client, configure, sdk: new Client({ connection: sdk }) },
      startWorker: async (settings) => {
        const worker = await startWorker([cli, 'worker'], {
          ...(await configure(settings)),
          LONGHAUL_HEALTH_ADDRESS: '127.0.0.1:0',
          LONGHAUL_METRICS_ADDRESS: '127.0.0.1:0',
          LONGHAUL_AUDIT_DIRECTORY: join(folder, 'audit'),
        });
        workers.push(worker);
        return worker;
      },
    });
  } finally {
    for (const close of closers) await close();
  }
}

export const projectsOf = (count) => Array.from({ length: count }, (_, index) => `iris-${index}`);

async function writeWorld(folder, projects, lasting) {
  const path = join(folder, 'world.json');
  const standard = { name: 'Domino Standard Environment', image: 'registry.example/base:1', default: true };
  const world = {
    ...{ user: 'ada', projects: projects.map((name) => ({ owner: 'ada', name })) },
    ...{ environments: [standard], hardwareTiers: [{ id: 'small-k8s', default: true }], jobs },
    durations: Object.fromEntries(Object.entries(lasting).map(([key, seconds]) => [key, [seconds, seconds]])),
  };
  await writeFile(path, JSON.stringify(world));
  return path;
}
