/** The older spelling of about twenty operations: the same run, and nothing but the edge knows. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { created } from '../support/ledger.js';
import { type Stage, createStage, fullInput, statuses } from '../support/stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({ dialect: 'reference' });
  await stage.startWorker();
});
afterAll(() => stage.close());

it('goes through all seven steps on a platform that speaks the reference dialect', async () => {
  const { client, connection, simulator } = stage;
  for (const key of ['first', 'second']) {
    await client.start('train-and-deploy', fullInput(connection), { key });
    const run = await client.wait(`train-and-deploy.${key}`, { timeoutMs: 90_000 });
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(new Set(Object.values(statuses(run)))).toEqual(new Set(['succeeded']));
    expect(run.result).toMatchObject({
      job: { metrics: { accuracy: 0.95 }, logTail: expect.arrayContaining([expect.any(String)]) },
    });
  }
  expect(created(simulator, 'job')).toHaveLength(2);
  expect(created(simulator, 'environment')).toHaveLength(1);
});

/** What creates, and the kind of its object. */
const creations = [
  ['environments.create', 'environment'],
  ['environments.createRevision', 'revision'],
  ['jobs.start', 'job'],
  ['registeredModels.register', 'modelVersion'],
  ['modelApis.create', 'modelApi'],
  ['modelApis.createVersion', 'modelApiVersion'],
] as const;

it('makes nothing twice where the answer to each creation is lost', async () => {
  const { client, connection, simulator } = stage;
  const counts = () =>
    Object.fromEntries(creations.map(([, kind]) => [kind, created(simulator, kind).length]));
  const before = counts();
  for (const [endpoint] of creations) await stage.inject({ endpoint, kind: 'lose-answer' });
  const input = {
    ...fullInput(connection),
    environment: { name: 'lost', base: { image: 'registry.example/base:1' } },
    register: { model: 'lost' },
    deploy: { modelApi: 'lost-api' },
  };
  for (const [key, pandas] of [
    ['lost-1', '2.0.0'],
    ['lost-2', '2.1.0'],
  ] as const) {
    const revision = { dockerfile: `RUN pip install pandas==${pandas}` };
    await client.start('train-and-deploy', { ...input, revision }, { key });
    const run = await client.wait(`train-and-deploy.${key}`, { timeoutMs: 90_000 });
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
  }
  const made = Object.entries(counts()).map(([kind, count]) => [kind, count - (before[kind] ?? 0)]);
  expect(Object.fromEntries(made)).toEqual({
    ...{ environment: 1, revision: 2, job: 2, modelVersion: 2, modelApi: 1, modelApiVersion: 2 },
  });
  const lost = simulator.ledger().flatMap(({ fault, endpoint }) => (fault === undefined ? [] : [endpoint]));
  expect(new Set(lost)).toEqual(new Set(creations.map(([endpoint]) => endpoint)));
});
