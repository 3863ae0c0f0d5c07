import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ReplayPlan, ReplayRequest, Run } from '../../src/client.js';
import { calls, created } from '../support/ledger.js';
import { type Stage, createStage, fullInput, statuses } from '../support/stage.js';

let stage: Stage;
beforeEach(async () => {
  stage = await createStage();
  await stage.startWorker();
});
afterEach(() => stage.close());

const replaying = (plan: ReplayPlan) => ({ plan: plan.hash, by: 'ada', reason: 'the platform is back' });
const actions = (plan: ReplayPlan): Record<string, string> =>
  Object.fromEntries(plan.steps.map(({ name, action }) => [name, action]));
const planned = (plan: ReplayPlan): string[] =>
  plan.steps.flatMap(({ cleans, calls }) => [...cleans, ...calls].map(({ endpoint }) => endpoint));
/** The requests that have changed something, since a number of the ledger. */
const done = (since: number): (string | null)[] =>
  stage.simulator
    .ledger()
    .filter(({ seq, effects }) => seq > since && effects.length > 0)
    .map(({ endpoint }) => endpoint);

const apply = async (request: ReplayRequest): Promise<{ plan: ReplayPlan; run: Run; done: unknown[] }> => {
  const plan = await stage.client.replays.plan(request);
  const since = stage.simulator.ledger().length;
  await stage.client.replays.apply(request, replaying(plan));
  const run = await stage.client.wait(plan.runId, { timeoutMs: 40_000 });
  return { plan, run, done: done(since) };
};

const refuse = (endpoint: string): Promise<void> =>
  stage.inject({ endpoint, kind: 'status', status: 400, body: { message: 'no' } });

/** A run that has failed at its deployment. */
async function failedAtDeploy(): Promise<string> {
  await refuse('modelApis.create');
  const { runId } = await stage.client.start('train-and-deploy', fullInput(stage.connection), { key: 'a' });
  const run = await stage.client.wait(runId, { timeoutMs: 40_000 });
  expect(run).toMatchObject({ status: 'failed', failure: { step: 'deploy', code: 'REQUEST_REJECTED' } });
  return runId;
}

describe('a replay', () => {
  it('goes on at the step that failed: no build, no job, and the same run in another attempt', async () => {
    const runId = await failedAtDeploy();
    const { plan, run, done } = await apply({ runId });

    expect(actions(plan)).toEqual({
      environment: 'reused',
      revision: 'reused',
      build: 'reused',
      train: 'reused',
      gate: 'reused',
      register: 'reused',
      deploy: 'run',
    });
    expect(planned(plan)).toEqual(['modelApis.create']);
    expect(done).toEqual(planned(plan));
    expect(run).toMatchObject({
      runId,
      status: 'succeeded',
      lineage: { number: 2, by: 'ada', plan: plan.hash },
    });
    expect(statuses(run)).toMatchObject({ train: 'reused', deploy: 'succeeded' });
    expect(created(stage.simulator, 'job')).toHaveLength(1);
    expect(calls(stage.simulator, 'environments.createRevision')).toBe(0);
    expect(
      (await stage.client.replays.attempts(runId)).map(({ status, lineage }) => [status, lineage?.number]),
    ).toEqual([
      ['succeeded', 2],
      ['failed', undefined],
    ]);
  });

  it('is refused when the world has moved since its plan was made', async () => {
    const runId = await failedAtDeploy();
    const plan = await stage.client.replays.plan({ runId });
    await apply({ runId });
    await expect(stage.client.replays.apply({ runId }, replaying(plan))).rejects.toMatchObject({
      code: 'REPLAY_INVALID',
    });
  });
});
