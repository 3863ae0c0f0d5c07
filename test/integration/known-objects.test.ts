/** Objects of a run that the platform does not find: for a moment, or for good. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { calls, created } from '../support/ledger.js';
import { type Stage, createStage, fullInput, statuses, until } from '../support/stage.js';

let stage: Stage;
beforeEach(async () => {
  stage = await createStage({
    settings: { waits: { firstLookMs: 100, lastLookMs: 500, settleMs: 200, patienceMs: 6_000 } },
  });
  await stage.startWorker();
});
afterEach(() => stage.close());

const answers = {
  'as text of an ingress': 'default backend - 404',
  'in the platform’s words': { error: 'There is no such thing' },
};

/** Every endpoint at which a run asks for what it has made. */
const endpoints = [
  'environments.details',
  'modelApis.list',
  'environments.getRevision',
  'environments.createRevision',
  'jobs.start',
  'jobs.get',
  'registeredModels.register',
  'modelApis.create',
  'modelApis.getVersion',
];

describe.each(Object.entries(answers))('404 %s', (_, body) => {
  it('fails no run when it comes once from each endpoint', async () => {
    for (const endpoint of endpoints) await stage.inject({ endpoint, kind: 'status', status: 404, body });
    // The first time it is looked up whether the input names anything.
    await stage.inject({ endpoint: 'projects.find', kind: 'status', status: 404, body, occurrence: 2 });
    const { runId } = await stage.client.start('train-and-deploy', fullInput(stage.connection), {
      key: 'once',
    });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    for (const kind of ['environment', 'revision', 'job', 'modelVersion', 'modelApiVersion'])
      expect({ kind, made: created(stage.simulator, kind).length }).toEqual({ kind, made: 1 });
  });
});

describe('an object that stays away', () => {
  it('parks the step, and the run goes on with it once it is back', async () => {
    const { client, connection } = stage;
    const body = { error: 'There is no such job' };
    await stage.inject({ endpoint: 'jobs.get', kind: 'status', status: 404, body, times: 10_000 });
    const input = { connection, project: 'ada/iris', train: { command: 'python train.py' } };
    const { runId } = await client.start('train-and-deploy', input, { key: 'gone' });
    const parked = await until(client, runId, ({ status }) => status === 'parked');
    expect(statuses(parked)).toMatchObject({ train: 'parked' });
    expect(parked.steps.find(({ name }) => name === 'train')?.state).toMatchObject({
      failure: { code: 'OBJECT_MISSING', message: expect.stringContaining('There is no such job') },
    });
    expect(calls(stage.simulator, 'jobs.stop')).toBe(0);

    await fetch(new URL('/_simulator/faults', stage.simulator.url), { method: 'DELETE' });
    await client.resolve(runId, { step: 'train', action: 'retry', actor: 'ada', reason: 'it is back' });
    expect((await client.wait(runId, { timeoutMs: 90_000 })).status).toBe('succeeded');
    expect(created(stage.simulator, 'job')).toHaveLength(1);
  });
});
