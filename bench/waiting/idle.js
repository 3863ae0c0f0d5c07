/** What it costs that runs wait, while nothing else happens. */
import { setTimeout as delay } from 'node:timers/promises';
import { residentMb } from '../stage.js';
import { cpuOfTreeMs } from './processes.js';

const dayMs = 86_400_000;

/** Rows for so long a time. */
export async function measureIdle({ temporal, simulator, workers }, seconds) {
  const look = async () => ({
    atMs: performance.now(),
    requests: simulator.ledger().length,
    temporal: temporal.cpuMs(),
    postgres: temporal.postgresCpuMs?.(),
    workers: workers.reduce((sum, { pid }) => sum + cpuOfTreeMs(pid), 0),
    wal: await temporal.walBytes?.(),
  });
  const before = await look();
  await delay(seconds * 1_000);
  const after = await look();
  const passedMs = after.atMs - before.atMs;
  const per = (name) => (after[name] - before[name]) / passedMs;
  const percent = (name) => (before[name] === undefined ? '–' : `${(per(name) * 100).toFixed(1)}`);
  const wal = before.wal === undefined ? '–' : ((per('wal') * dayMs) / 1e9).toFixed(2);
  return [
    ['platform calls per second', (per('requests') * 1_000).toFixed(1), '≤ 5'],
    [
      'CPU of Temporal / PostgreSQL with nothing happening, %',
      `${percent('temporal')} / ${percent('postgres')}`,
      '≤ 10 / ≤ 5',
    ],
    ['CPU of all workers with nothing happening, %', percent('workers'), ''],
    ['WAL per day with nothing happening, GB', wal, '≤ 1'],
  ];
}

/** Memory of all workers together, in MB. */
export const memoryOf = (workers) => workers.reduce((sum, { pid }) => sum + residentMb(pid), 0);
