/**
 * A thousand schedules that all tick within one minute, while the only worker is killed and another takes over:
 * whether every tick has started its run, once.
 */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { connectClient } from '../dist/client.js';
import { deployLive, tickInput } from './retrain.js';
import { inParallel, quantile, startWorker, withStage } from './stage.js';

/** Ticks that look at the live model and decide against retraining it. */
const pipeline = 'retrain';
const inputOf = (index) => tickInput(projects[index % projects.length], { metric: 'accuracy < 0.5' });

const schedules = 1_000;
const projects = Array.from({ length: 20 }, (_, index) => `iris-${index}`);
/** From the creation of the first schedule to the tick of the first: all of them must be there by then. */
const leadMs = 60_000;
const windowMs = 60_000;
const killAfterMs = 20_000;
const endWithinMs = 240_000;
const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

export const measureSchedules = () =>
  withStage({ speed: 2_000, projects }, async ({ temporal, worker, env }) => {
    const connection = await Connection.connect({ address: temporal.address });
    const sdk = new Client({ connection });
    const client = await connectClient({ temporal: { connectionOptions: { address: temporal.address } } });
    let next;
    try {
      for (const project of projects) await deployLive(client, project);
      const firstMs = Math.ceil((Date.now() + leadMs) / 60_000) * 60_000;
      const ticks = await createAll(client, firstMs);
      await wait(firstMs + killAfterMs - Date.now());
      await worker.kill();
      next = await startWorker([cli, 'worker'], {
        ...env,
        LONGHAUL_HEALTH_ADDRESS: '127.0.0.1:0',
        LONGHAUL_METRICS_ADDRESS: '127.0.0.1:0',
      });
      await wait(firstMs + windowMs + 5_000 - Date.now());
      await allEnded(sdk, firstMs + windowMs + endWithinMs);
      return rowsOf(ticks, await runsOf(sdk), await countsOf(client));
    } finally {
      await next?.stop();
      await client.close();
      await connection.close();
    }
  });

/** One tick each, at its own second of the minute; the run ids that they must give. */
async function createAll(client, firstMs) {
  const expected = new Map();
  await inParallel(schedules, 20, async (index) => {
    const name = `tick-${index}`;
    const at = new Date(firstMs + Math.floor((index * windowMs) / schedules / 1_000) * 1_000);
    const [year, month, dayOfMonth] = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()];
    const clock = { hour: at.getUTCHours(), minute: at.getUTCMinutes(), second: at.getUTCSeconds() };
    const calendar = [{ year, month, dayOfMonth, ...clock }];
    await client.schedules.create({ name, pipeline, input: inputOf(index), calendar });
    expected.set(`${pipeline}.${name}-${at.toISOString().slice(0, 19)}Z`, at);
  });
  if (Date.now() >= firstMs) throw new Error('the schedules were not all there before the first tick');
  return expected;
}

async function allEnded(sdk, untilMs) {
  const running = `LonghaulTags = 'trigger:schedule' AND ExecutionStatus = 'Running'`;
  while ((await sdk.workflow.count(running)).count > 0 && Date.now() < untilMs) await wait(1_000);
}

async function runsOf(sdk) {
  const runs = [];
  for await (const { workflowId, status, startTime } of sdk.workflow.list({
    query: `LonghaulTags = 'trigger:schedule'`,
  }))
    runs.push({ workflowId, status: status.name, startTime });
  return runs;
}

/** What Temporal itself says that it started, missed and skipped. */
async function countsOf({ schedules: { describe } }) {
  const counts = { started: 0, missed: 0 };
  await inParallel(schedules, 20, async (index) => {
    const { started, skippedByOverlap, missedCatchUpWindow } = (await describe(`tick-${index}`)).counts;
    counts.started += started;
    counts.missed += skippedByOverlap + missedCatchUpWindow;
  });
  return counts;
}

function rowsOf(expected, runs, counts) {
  const started = new Set(runs.map(({ workflowId }) => workflowId));
  const lost = [...expected.keys()].filter((runId) => !started.has(runId)).length;
  const lags = runs.map(({ workflowId, startTime }) => startTime - (expected.get(workflowId) ?? startTime));
  const succeeded = runs.filter(({ status }) => status === 'COMPLETED').length;
  return [
    [`ticks of ${schedules} schedules within a minute, one worker killed`, expected.size, ''],
    ['runs started', started.size, expected.size],
    ['ticks lost', lost, 0],
    ['ticks doubled, or started by nobody’s tick', runs.length - (expected.size - lost), 0],
    [
      'ticks that Temporal counts as started / as missed or skipped',
      `${counts.started} / ${counts.missed}`,
      '',
    ],
    ['runs that succeeded', succeeded, expected.size],
    ['from tick to start, p50 / p99, ms', `${quantile(lags, 0.5)} / ${quantile(lags, 0.99)}`, ''],
  ];
}
