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
