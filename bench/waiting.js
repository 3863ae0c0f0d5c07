/**
 * What thousands of waiting runs cost, and what they cost others: the table of issue 14.
 *
 *   npm run bench -- waiting --runs 1000,10000 --workers 1,3 --on postgres,dev
 *
 * `--projects 20`, `--probes 50` and `--idle-seconds 60` are what it does without being told. `--temporal FOLDER` is where
 * `temporal-server` and `temporal-sql-tool` are.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { numbers, option, options } from './options.js';
import { inParallel, quantile } from './stage.js';
import { measureCost } from './waiting/cost.js';
import { measureIdle, memoryOf } from './waiting/idle.js';
import { measureLists, startWaiting } from './waiting/lists.js';
import { endLags, jobsOf, seconds, startLags, startProbes } from './waiting/probes.js';
import { byDefault, filling, probeEndsAfterMs, projectsOf, withWaitingStage } from './waiting/stage.js';

const fillWidth = 50;
/** Workers know each other, and have taken over what those before them have left. */
const settleMs = 20_000;

export async function measureWaiting() {
  const [servers, counts, workers] = [
    options('on', 'postgres,dev'),
    numbers('runs', '1000'),
    numbers('workers', '1'),
  ];
  const projects = projectsOf(Number(option('projects', '20')));
  const rows = [];
  for (const on of servers) {
    const cost = option('cost', 'yes') === 'yes' ? await measureCost(on) : [];
    rows.push(...cost.map(([figure, ...rest]) => [`${figure} (${on})`, ...rest]));
    for (const runs of counts) rows.push(...(await measureRuns({ on, projects, runs, workers })));
  }
  return rows;
}

/** One server with so many waits, which all numbers of workers take over, one after the other. */
const measureRuns = ({ on, projects, runs, workers }) =>
  withWaitingStage({ on, projects }, async (stage) => {
    const { temporal } = stage;
    const idleMb = await memoryOfIdle({ ...stage, projects });
    const before = { bytes: await temporal.bytes(), rows: await temporal.rows?.() };
    await fill({ ...stage, projects }, runs);
    const kept = { bytes: await temporal.bytes(), rows: await temporal.rows?.() };
    await temporal.cleanUp?.(); // after the start of so many, PostgreSQL would do so for minutes: that is not waiting
    const title = (width) =>
      `${temporal.name}, ${runs} waiting, ${width === 1 ? '1 worker' : `${width} workers`}`;
    const rows = [
      [
        `${temporal.name}, ${runs} waiting: database rows / KB per run`,
        `${kept.rows === undefined ? '–' : ((kept.rows - before.rows) / runs).toFixed(1)} / ${((kept.bytes - before.bytes) / runs / 1_024).toFixed(1)}`,
        '',
      ],
    ];
    for (const width of workers)
      for (const [figure, ...rest] of await measureWorkers({ ...stage, projects }, { width, runs, idleMb }))
        rows.push([`${title(width)}: ${figure}`, ...rest]);
    return rows;
  });

/** Of a worker that has done all of it before, for a few runs. */
async function memoryOfIdle(stage) {
  const worker = await stage.startWorker(byDefault);
  await delay(settleMs);
  const probes = await startProbes(stage, { count: 10, name: 'first' });
  await endLags(stage, probes, await jobsOf(stage, probes));
  const mb = memoryOf([worker]);
  await worker.stop();
  return mb;
}

async function fill({ client, simulator, projects, startWorker }, runs) {
  const before = jobsIn(simulator);
  const worker = await startWorker(filling);
  await inParallel(runs, fillWidth, (index) => startWaiting(client, projects, `waiting-${index}`, index));
  while (jobsIn(simulator) - before < runs) await delay(500);
  await delay(5_000); // until what waits has looked once
  await worker.stop();
  console.error(`${runs} runs wait after ${Math.round(performance.now() / 1_000)} s`);
}

const jobsIn = (simulator) =>
  simulator
    .ledger()
    .flatMap(({ effects }) => effects)
    .filter(({ change, kind }) => change === 'created' && kind === 'job').length;

async function measureWorkers(stage, { width, runs, idleMb }) {
  const workers = await Promise.all(Array.from({ length: width }, () => stage.startWorker(byDefault)));
  await delay(settleMs);
  const count = Number(option('probes', '50'));
  const name = (of) => `${of}-${width}`;
  const say = (figure) => console.error(`${figure} at ${Math.round(performance.now() / 1_000)} s`);
  say(`idle, ${width} workers`);
  const rows = await measureIdle({ ...stage, workers }, Number(option('idle-seconds', '60')));
  // Before the probes: what they leave behind until it is collected is not of those who wait.
  const waitingMb = memoryOf(workers) - width * idleMb;
  rows.push(['memory of workers per 1,000 waits, MB', ((waitingMb / runs) * 1_000).toFixed(1), '≤ 5']);
  say('probes');
  const probes = await startProbes(stage, { count, name: name('probe') });
  const jobs = await jobsOf(stage, probes);
  const lags = await endLags(stage, probes, jobs);
  rows.push(
    ['from the end of a job to the next step, p50 / p99, s', p50p99(lags), '2.5 / 10'],
    ['from a start to the job’s request, p50, s', seconds(quantile(startLags(probes, jobs), 0.5)), '1'],
  );
  say('a killed worker');
  const replace = async () => {
    await workers[0].kill();
    workers[0] = await stage.startWorker(byDefault);
  };
  rows.push(
    await measureRecovery(stage, { count, name: name('worker'), what: 'a killed worker', fail: replace }),
  );
  say('a killed Temporal');
  const { restart } = stage.temporal;
  rows.push(
    await measureRecovery(stage, { count, name: name('temporal'), what: 'a killed Temporal', fail: restart }),
  );
  say('lists');
  rows.push(...(await measureLists(stage, name('start'))));
  await Promise.all(workers.map((worker) => worker.kill()));
  return rows;
}

/** Jobs end while something is gone. */
async function measureRecovery(stage, { count, name, what, fail }) {
  const probes = await startProbes(stage, { count, name });
  const jobs = await jobsOf(stage, probes);
  const first = Math.min(...jobs.values());
  await delay(Math.max(0, first + probeEndsAfterMs - Date.now()));
  await fail();
  const lags = await endLags(stage, probes, jobs);
  return [`the same over ${what}, p50 / p99, s`, p50p99(lags), '– / 15'];
}

const p50p99 = (lags) => [0.5, 0.99].map((share) => seconds(quantile(lags, share))).join(' / ');
