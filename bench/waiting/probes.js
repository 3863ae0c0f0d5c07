/** Runs that are looked at while others wait: when their job is asked for, and when their next step begins after its end. */
import { setTimeout as delay } from 'node:timers/promises';
import { connection, probeEndsAfterMs } from './stage.js';

/** What has not come to it by then counts as if it had come then. */
const patienceMs = 600_000;
/** A probe sends eight requests: more of them at once would measure the rate of the connection, which is 20 a second. */
const everyMs = 1_000;

/** Starts so many, one after the other, each of a project in turn. */
export async function startProbes({ client, projects }, { count, name }) {
  const probes = [];
  for (let index = 0; index < count; index += 1, await delay(everyMs)) {
    const key = `${name}-${index}`;
    const project = `ada/${projects[index % projects.length]}`;
    const input = { connection, project, train: { command: 'python probe.py' }, register: { model: key } };
    const startedMs = Date.now();
    const { runId } = await client.start('train-and-deploy', input, { key });
    probes.push({ runId, startedMs });
  }
  return probes;
}

/** The requests by which their jobs were made, once all are. */
export async function jobsOf({ client, simulator }, probes) {
  const endMs = Date.now() + patienceMs;
  const found = new Map();
  for (;;) {
    for (const { runId } of probes)
      if (!found.has(runId)) {
        const job = await jobOf(client, runId);
        const entry = job && madeBy(simulator, job);
        if (entry) found.set(runId, Date.parse(entry.time));
      }
    if (found.size === probes.length || Date.now() > endMs) return found;
    await delay(500);
  }
}

async function jobOf(client, runId) {
  const run = await client.get(runId).catch(() => null); // Temporal or its worker may just be gone
  const train = run?.steps.find(({ name }) => name === 'train');
  return train?.references.find(({ kind }) => /(^|\.)job$/.test(kind))?.id;
}

const madeBy = (simulator, jobId) =>
  simulator
    .ledger()
    .findLast(({ effects }) =>
      effects.some(({ change, kind, id }) => change === 'created' && kind === 'job' && id === jobId),
    );

/** From the start of each to the request of its job, in milliseconds. */
export const startLags = (probes, jobs) =>
  probes.map(({ runId, startedMs }) => (jobs.get(runId) ?? startedMs + patienceMs) - startedMs);

/** From the end of the job of each to the beginning of its next step, once all have come to it. */
export async function endLags({ client }, probes, jobs) {
  const endMs = Date.now() + patienceMs;
  const lags = new Map();
  for (;;) {
    for (const { runId } of probes) {
      const requestedMs = jobs.get(runId);
      if (requestedMs === undefined || lags.has(runId)) continue;
      const run = await client.get(runId).catch(() => null);
      const next = run?.steps.find(({ name }) => name === 'register')?.state;
      if (next && 'startedAt' in next)
        lags.set(runId, Date.parse(next.startedAt) - requestedMs - probeEndsAfterMs);
    }
    if (lags.size === probes.length || Date.now() > endMs)
      return probes.map(({ runId }) => lags.get(runId) ?? patienceMs);
    await delay(500);
  }
}

/** Milliseconds as seconds; what was not awaited is said to be more. */
export const seconds = (ms) => (ms >= patienceMs ? `> ${patienceMs / 1_000}` : (ms / 1_000).toFixed(1));
