/** Each creating effect, with its answer lost after the commit, and with its worker killed after the commit. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { created } from '../support/ledger.js';
import { type Stage, createStage, fullInput } from '../support/stage.js';

/** The endpoint that creates, the kind of its object, and how many of it a whole run leaves. */
const creations = [
  ['environments.create', 'environment'],
  ['environments.createRevision', 'revision'],
  ['jobs.start', 'job'],
  ['registeredModels.register', 'modelVersion'],
  ['modelApis.create', 'modelApi'],
  ['modelApis.createVersion', 'modelApiVersion'],
] as const;

let stage: Stage;
beforeEach(async () => {
  stage = await createStage();
  await stage.startWorker();
});
afterEach(() => stage.close());

/** What a run adds of each kind when nothing goes wrong, after an earlier run has made environment and model API. */
async function prepare(endpoint: string): Promise<Record<string, number>> {
  const needsEarlierRun =
    endpoint === 'environments.createRevision' || endpoint === 'modelApis.createVersion';
  if (needsEarlierRun) {
    const { runId } = await stage.client.start('train-and-deploy', fullInput(stage.connection), {
      key: 'earlier',
    });
    expect((await stage.client.wait(runId, { timeoutMs: 90_000 })).status).toBe('succeeded');
  }
  const count = (kind: string) => created(stage.simulator, kind).length;
  return Object.fromEntries(creations.map(([, kind]) => [kind, count(kind)]));
}

const inputFor = (endpoint: string) => {
  const input = fullInput(stage.connection);
  return endpoint === 'environments.createRevision'
    ? { ...input, revision: { dockerfile: 'RUN pip install numpy' } }
    : input;
};

describe.each(creations)('%s', (endpoint, kind) => {
  it('is adopted when its answer is lost after the commit', async () => {
    const before = await prepare(endpoint);
    await stage.inject({ endpoint, kind: 'lose-answer' });
    const { runId } = await stage.client.start('train-and-deploy', inputFor(endpoint), { key: 'lost' });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });

    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(created(stage.simulator, kind)).toHaveLength((before[kind] ?? 0) + 1);
    expect(stage.simulator.ledger().filter((entry) => entry.fault !== undefined)).toHaveLength(1);
  });

  it('is adopted by another worker when its worker is killed after the commit', async () => {
    const before = await prepare(endpoint);
    await stage.inject({ endpoint, kind: 'hold-answer', ms: 60_000 });
    await stage.client.start('train-and-deploy', inputFor(endpoint), { key: 'killed' });
    await until(() => created(stage.simulator, kind).length === (before[kind] ?? 0) + 1);
    await stage.killWorkers();
    await stage.startWorker();
    const run = await stage.client.wait('train-and-deploy.killed', { timeoutMs: 90_000 });

    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(created(stage.simulator, kind)).toHaveLength((before[kind] ?? 0) + 1);
  });
});

it('stops a second job with the same marker that shows up late', async () => {
  await stage.close();
  stage = await createStage({ world: new URL('../support/slow-job.yaml', import.meta.url).pathname });
  await stage.startWorker();
  const { client, connection, simulator } = stage;
  const headers = { 'x-domino-api-key': simulator.apiKey, 'content-type': 'application/json' };
  const input = { connection, project: 'ada/iris', train: { command: 'python train.py' } };
  await client.start('train-and-deploy', input, { key: 'late' });
  await until(() => created(simulator, 'job').length === 1);
  const [first] = created(simulator, 'job');
  const inspected = await fetch(new URL(`/v4/jobs/${first}`, simulator.url), { headers });
  const { projectId, title } = (await inspected.json()) as { projectId: string; title: string };

  const body = JSON.stringify({ projectId, title, runCommand: 'python slow.py' });
  await fetch(new URL('/api/jobs/v1/jobs', simulator.url), { method: 'POST', headers, body });
  const run = await client.wait('train-and-deploy.late', { timeoutMs: 90_000 });

  expect(run.result).toMatchObject({ job: { jobId: first, duplicatesStopped: 1 } });
  const [, late] = created(simulator, 'job');
  const after = await fetch(new URL(`/v4/jobs/${late}`, simulator.url), { headers });
  expect(await after.json()).toMatchObject({ statuses: { executionStatus: expect.stringMatching(/^Stop/) } });
});

async function until(holds: () => boolean): Promise<void> {
  for (const endMs = Date.now() + 30_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 50)))
    if (Date.now() > endMs) throw new Error('it did not come to that in 30 s');
}
