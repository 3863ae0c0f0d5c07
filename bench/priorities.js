/** Whether the next step of a run is late where thousands of waits use up the rate of its connection. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { fullInput, inParallel, quantile, startWorker, withStage } from './stage.js';

const at = process.argv.indexOf('--runs');
/** Runs that wait for their jobs. */
const waiting = at === -1 ? 3_000 : Number(process.argv[at + 1]);
const perSecond = 20;
const probes = 20;
/** A step that has not begun by then counts as if it had begun then. */
const patienceMs = 170_000;

/** Of steps of new runs, beside 3,000 that wait for their jobs: first with the priorities of effects, then without. */
export const measurePriorities = () =>
  withStage(
    { speed: 1, durations: { queue: 1, job: 1_000_000 }, waits: { firstLookMs: 60_000, lastLookMs: 60_000 } },
    async ({ client, temporal, worker, env, simulator }) => {
      const input = { connection: fullInput.connection, project: fullInput.project, train: fullInput.train };
      const start = async (key) => (await client.start('train-and-deploy', input, { key })).runId;
      const connection = await Connection.connect({ address: temporal.address });
      const raw = new Client({ connection });
      const without = installationWithoutPriorities();
      try {
        await inParallel(waiting, 50, (index) => start(`waiting-${index}`));
        await until(() => jobsOf(simulator) >= waiting);
        console.error(`${waiting} runs wait after ${Math.round(performance.now() / 1_000)} s`);
        await worker.stop();
        const slowed = { ...env, LONGHAUL_CONFIG: slowConfig(env.LONGHAUL_CONFIG) };
        const measured = [];
        for (const [name, folder] of [
          ['with', fileURLToPath(new URL('..', import.meta.url))],
          ['without', without],
        ]) {
          const slow = await startWorker([join(folder, 'dist/cli/main.js'), 'worker'], {
            ...slowed,
            LONGHAUL_HEALTH_ADDRESS: '127.0.0.1:0',
            LONGHAUL_METRICS_ADDRESS: '127.0.0.1:0',
          });
          await delay(15_000); // until looks have used up the rate
          const runIds = [];
          for (let index = 0; index < probes; index += 1, await delay(250))
            runIds.push(await start(`${name}-${index}`));
          measured.push(await Promise.all(runIds.map((runId) => effectDelayMs(raw, runId))));
          await slow.stop();
        }
        const [first, second] = measured.map(said);
        const beside = `beside ${waiting} waits at ${perSecond} requests a second`;
        return [
          [
            `from the schedule of a step to the start of its effect ${beside}, p50 / p95 of ${probes}, s`,
            first,
            '',
          ],
          ['the same without priorities', second, ''],
        ];
      } finally {
        rmSync(without, { recursive: true });
        await connection.close();
      }
    },
  );

const jobsOf = (simulator) =>
  simulator
    .ledger()
    .flatMap(({ effects }) => effects)
    .filter(({ change, kind }) => change === 'created' && kind === 'job').length;

async function until(holds) {
  while (!holds()) await delay(500);
}

const said = (values) =>
  [0.5, 0.95]
    .map((share) => quantile(values, share) / 1_000)
    .map((seconds) => (seconds * 1_000 >= patienceMs ? `> ${patienceMs / 1_000}` : seconds.toFixed(1)))
    .join(' / ');

/** By Temporal’s clock, from the history of a run. */
async function effectDelayMs(raw, runId) {
  const handle = raw.workflow.getHandle(runId);
  const endMs = performance.now() + patienceMs;
  while (performance.now() < endMs) {
    const { events } = await handle.fetchHistory();
    const started = events.find(({ activityTaskStartedEventAttributes: one }) => one);
    if (started !== undefined) {
      const scheduledId = Number(started.activityTaskStartedEventAttributes.scheduledEventId);
      return timeOf(started) - timeOf(events.find(({ eventId }) => Number(eventId) === scheduledId));
    }
    await delay(1_000);
  }
  return patienceMs;
}

const timeOf = ({ eventTime: { seconds, nanos } }) => Number(seconds) * 1_000 + nanos / 1e6;

/** Of the workers that are measured; the one that begins the waits leaves their first looks for then. */
function slowConfig(file) {
  const config = JSON.parse(readFileSync(file, 'utf8'));
  config.connections[fullInput.connection].requestsPerSecond = perSecond;
  config.waits = { ...config.waits, firstLookMs: 2_000 };
  const slow = join(file, '..', 'slow.json');
  writeFileSync(slow, JSON.stringify(config));
  return slow;
}

/** The installation once more, whose workflows say nothing of what comes first. */
function installationWithoutPriorities() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'longhaul-priorities-'));
  for (const part of ['dist', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const bundle = join(folder, 'dist/workflow-bundle.js');
  const text = readFileSync(bundle, 'utf8');
  const plain = text.replace(/const priorities = \{.*\};/, 'const priorities = { awaited: {}, effect: {} };');
  if (plain === text) throw new Error('the bundle states its priorities in another way');
  writeFileSync(bundle, plain);
  return folder;
}
