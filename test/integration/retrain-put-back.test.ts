/** Retrainings whose version does not stay: what served before is put back, also over kills, cancellations and replays. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { type Change, withFields } from '../support/between.js';
import { eventually } from '../support/eventually.js';
import { created } from '../support/ledger.js';
import { retrainingsOn, running, world } from '../support/retraining.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

let stage: Stage;
beforeEach(async () => {
  stage = await createStage({ world });
  await stage.startWorker();
});
afterEach(() => stage.close());

const { begin, ended, retrain, failing, sick } = retrainingsOn(() => stage);

async function terminate(runId: string): Promise<void> {
  const connection = await Connection.connect({ address: stage.temporalAddress });
  await new Client({ connection, namespace: stage.namespace }).workflow.getHandle(runId).terminate('test');
  await connection.close();
}

it('waits for the version before that it has started, also while reads still show how it was', async () => {
  await stage.close();
  let readsAfterStart = Number.NEGATIVE_INFINITY;
  const between: Change = async (passing, forward) => {
    const answer = await forward(passing);
    if (/startModelDeployment$/.test(passing.url.pathname)) readsAfterStart = 0;
    if (!/\/versions\/\w+$/.test(passing.url.pathname) || (readsAfterStart += 1) > 2) return answer;
    const deployment = { status: 'Stopped', isPending: false };
    return readsAfterStart > 0 ? withFields(answer, (fields: object) => ({ ...fields, deployment })) : answer;
  };
  stage = await createStage({ world, between });
  await stage.startWorker();
  await retrain('first', '0.8');
  const runId = await begin('second', '0.9', { watch: { for: '60s' } });
  expect((await failing(runId)).failure).toMatchObject({
    code: 'DEPLOYMENT_TAKEN_BACK',
    message: 'version 2 is Failed; version 1 serves again',
  });
  expect(readsAfterStart).toBeGreaterThan(2);
});

it('puts the version before back when the run is cancelled while the new one is watched', async () => {
  await retrain('first', '0.8');
  const runId = await begin('second', '0.9', { watch: { for: '60s' } });
  await until(stage.client, runId, (run) => statuses(run)['watch'] === 'waiting');
  expect(await running(stage, 'iris-api')).toEqual([2]);
  await stage.client.cancel(runId, { reason: 'not this one' });
  expect((await ended(runId)).status).toBe('cancelled');
  for (const endMs = Date.now() + 10_000; Date.now() < endMs;)
    if ((await running(stage, 'iris-api')).includes(1)) break;
  expect(await running(stage, 'iris-api')).toEqual([1]);
});

it('has the version before put back beside a replay that trains again and is not better', async () => {
  await retrain('first', '0.8');
  const runId = await begin('second', '0.9', { watch: { for: '60s' } });
  await until(stage.client, runId, (run) => statuses(run)['watch'] === 'waiting');
  await stage.inject({
    ...{ endpoint: 'modelApis.startVersion', kind: 'status', status: 403, times: 1_000 },
    body: { errors: ['no more instances'] },
  });
  await stage.client.cancel(runId, { reason: 'not this one' });
  expect((await ended(runId)).cleanup).toMatchObject({ afterwards: 'going-on' });
  const asked = { runId, from: 'train', set: { 'train.command': 'python train.py --accuracy 0.8' } };
  const plan = await stage.client.replays.plan(asked);
  await stage.client.replays.apply(asked, { plan: plan.hash, by: 'ada', reason: 'a better one' });
  await stage.heal();
  expect((await ended(runId)).result).toMatchObject({ outcome: 'not-better' });
  await eventually(async () => (await running(stage, 'iris-api'))[0] === 1);
});

it('deploys anew in a third attempt, although the second never came to deploy', async () => {
  await retrain('first', '0.8');
  const runId = await begin('second', '0.9', { watch: { for: '60s' } });
  await until(stage.client, runId, (run) => statuses(run)['watch'] === 'waiting');
  await stage.killWorkers();
  await terminate(runId);
  await stage.startWorker();
  const trained = (accuracy: string) => ({
    ...{ runId, from: 'train' },
    set: { 'train.command': `python train.py --accuracy ${accuracy}` },
  });
  const plan = await stage.client.replays.plan(trained('0.8'));
  await stage.client.replays.apply(trained('0.8'), { plan: plan.hash, by: 'ada', reason: 'a smaller one' });
  expect((await ended(runId)).result).toMatchObject({ outcome: 'not-better' });
  const { steps } = await stage.client.replays.plan(trained('0.95'));
  expect(steps.find(({ name }) => name === 'deploy')).toMatchObject({ action: 'run', generation: 2 });
});

it('goes back to the version before its own also when an attempt before has put that one live', async () => {
  await retrain('first', '0.8');
  const stopped = await begin('stopped', '0.9', { watch: { for: '60s' } });
  await until(stage.client, stopped, (run) => statuses(run)['watch'] === 'waiting');
  await stage.client.cancel(stopped, { reason: 'not this one' });
  await ended(stopped);
  const runId = await begin('second', '0.9', { watch: { for: '60s' } });
  await until(stage.client, runId, (run) => statuses(run)['deploy'] === 'waiting');
  await stage.killWorkers();
  await terminate(runId);
  await eventually(async () => (await running(stage, 'iris-api'))[0] === 3);
  await stage.startWorker();
  const plan = await stage.client.replays.plan({ runId });
  await stage.client.replays.apply({ runId }, { plan: plan.hash, by: 'ada', reason: 'the node is back' });
  expect((await failing(runId)).failure).toMatchObject({
    code: 'DEPLOYMENT_TAKEN_BACK',
    message: 'version 3 is Failed; version 1 serves again',
  });
  expect(await running(stage, 'iris-api')).toEqual([1]);
});

it('has one version live at any moment, however often its worker is killed', async () => {
  await retrain('first', '0.8', { ...(await sick()), watch: { for: '1s' } });
  const more = await sick();
  // Where no worker was there while it served, it never came to serve, as far as anybody knows.
  const watch = { ...more.watch, serveWithin: '20s' };
  const runId = await begin('second', '0.9', { ...more, watch });
  const seen = new Set<number>();
  const over = new AbortController();
  const looking = (async () => {
    while (!over.signal.aborted) {
      seen.add((await running(stage, 'sick-api')).length);
      await delay(50);
    }
  })();
  for (let kills = 0; kills < 6; kills += 1) {
    await delay(500 + 700 * Math.random());
    await stage.killWorkers();
    await stage.startWorker();
  }
  // Each kill may cost the ten seconds after which a heartbeat is missed.
  const run = await stage.client.wait(runId, { timeoutMs: 120_000 });
  over.abort();
  await looking;
  expect(run).toMatchObject({ failure: { code: 'DEPLOYMENT_TAKEN_BACK' } });
  expect(await running(stage, 'sick-api')).toEqual([1]);
  expect(Math.max(...seen)).toBe(1);
  expect(created(stage.simulator, 'modelApiVersion')).toHaveLength(2);
  expect(created(stage.simulator, 'job')).toHaveLength(2);
}, 180_000);
