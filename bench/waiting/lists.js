/** How long lists take while runs wait, and how many runs start a second. */
import { join } from 'node:path';
import { inParallel, quantile } from '../stage.js';
import { startServer } from '../server-stage.js';
import { byDefault, connection } from './stage.js';

const asks = 100;
const starts = 200;

/** Rows; the runs that it starts wait from then on. */
export async function measureLists({ client, configure, folder, projects }, name) {
  const begunMs = performance.now();
  await inParallel(starts, 20, (index) => startWaiting(client, projects, `${name}-${index}`, index));
  const perSecond = (starts * 1_000) / (performance.now() - begunMs);
  const lists = await timesOf(async () => {
    let count = 0;
    for await (const _ of client.list({ limit: 50 })) count += 1;
    if (count === 0) throw new Error('no run is listed');
  });
  const env = { ...(await configure(byDefault)), LONGHAUL_AUDIT_DIRECTORY: join(folder, 'audit') };
  const server = await startServer([], env);
  try {
    const answers = await timesOf(async () => {
      const answer = await fetch(`${server.url}/v1/runs?limit=50`);
      if (!answer.ok) throw new Error(`GET /v1/runs: ${answer.status} ${await answer.text()}`);
      await answer.json();
    });
    return [
      ['starts per second while they wait', perSecond.toFixed(0), ''],
      ['list of 50 runs / GET /v1/runs, p99, ms', `${p99(lists)} / ${p99(answers)}`, '≤ 300'],
    ];
  } finally {
    await server.stop();
  }
}

/** A run whose job does not end. */
export const startWaiting = (client, projects, key, index) =>
  client.start(
    'train-and-deploy',
    {
      ...{ connection, project: `ada/${projects[index % projects.length]}` },
      train: { command: 'python forever.py' },
    },
    { key },
  );

async function timesOf(ask) {
  const times = [];
  for (let at = 0; at < asks; at += 1) {
    const begunMs = performance.now();
    await ask();
    times.push(performance.now() - begunMs);
  }
  return times;
}

const p99 = (values) => Math.round(quantile(values, 0.99));
