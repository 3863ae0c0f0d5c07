/** Replays in a world that has changed: another live model, a restricted revision, an environment that is gone. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PipelineInput, ReplayPlan, ReplayRequest, Run } from '../../src/client.js';
import type { BuildOutput, EnvironmentOutput } from '../../src/run/undoing/effects.js';
import { archiveEnvironment, restrictRevision } from '../support/by-hand.js';
import { retrainInput, running, world } from '../support/retraining.js';
import { type Stage, createStage, fullInput, statuses, until } from '../support/stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({ world });
  await stage.startWorker();
});
afterAll(() => stage.close());

const actions = ({ steps }: ReplayPlan): Record<string, string> =>
  Object.fromEntries(steps.map(({ name, action }) => [name, action]));

/** What was planned, what was done, and what came of it. */
async function replay(
  request: ReplayRequest,
): Promise<{ plan: ReplayPlan; planned: string[]; done: unknown[]; run: Run }> {
  const plan = await stage.client.replays.plan(request);
  const since = stage.simulator.ledger().length;
  await stage.client.replays.apply(request, { plan: plan.hash, by: 'ada', reason: 'the world has changed' });
  const run = await stage.client.wait(request.runId, { timeoutMs: 90_000 });
  const changing = stage.simulator.ledger().filter(({ seq, effects }) => seq > since && effects.length > 0);
  const planned = plan.steps.flatMap(({ calls }) => calls.map(({ endpoint }) => endpoint));
  return { plan, planned, done: changing.map(({ endpoint }) => endpoint), run };
}

describe('a retraining that was not better', () => {
  const retrain = async (
    key: string,
    accuracy: string,
    more?: Partial<PipelineInput<'retrain'>>,
  ): Promise<Run> => {
    const { runId } = await stage.client.start('retrain', await retrainInput(stage, accuracy, more), { key });
    return stage.client.wait(runId, { timeoutMs: 90_000 });
  };

  it('goes on only by another comparison, and the plan knows what that comes to', async () => {
    await retrain('first', '0.9');
    const { runId, result } = await retrain('second', '0.8');
    expect(result).toMatchObject({ outcome: 'not-better' });
    await expect(stage.client.replays.plan({ runId, from: 'compare' })).rejects.toThrow(
      /"compare" comes to "not-better", with which the run ends, and nothing after it would run/,
    );
    const { plan, planned, done, run } = await replay({ runId, set: { 'compare.tolerance': 0.2 } });
    expect(actions(plan)).toMatchObject({
      decide: 'reused',
      train: 'reused',
      compare: 'run',
      register: 'run',
      deploy: 'run',
      watch: 'run',
    });
    expect(planned).toEqual(['registeredModels.register', 'modelApis.createVersion']);
    expect(plan.steps.find(({ name }) => name === 'deploy')?.minutes?.runs).toBe(1); // the first retraining
    expect(done).toEqual(planned);
    expect(run).toMatchObject({ status: 'succeeded', result: { outcome: 'deployed' } });
    expect(await running(stage, 'iris-api')).toEqual([2]);
  });

  it('is approved by who may, and not by a replay', async () => {
    const approval = { byStarter: false, within: '4s' };
    const { runId, result } = await retrain('third', '0.95', { approval });
    expect(result).toMatchObject({ outcome: 'approval-expired' });
    for (const request of [{ skip: { approve: { decision: 'approved' } } }, { set: { approval: null } }])
      await expect(stage.client.replays.plan({ runId, ...request })).rejects.toMatchObject({
        code: 'REPLAY_INVALID',
        message:
          'an approval is given by `longhaul run approve`, and neither supplied nor edited by a replay',
      });

    const plan = await stage.client.replays.plan({ runId, from: 'approve' });
    await stage.client.replays.apply({ runId }, { plan: plan.hash, by: 'ada', reason: 'nobody was there' });
    await until(stage.client, runId, (run) => statuses(run)['approve'] === 'waiting');
    const decide = (actor: string) =>
      stage.client.decideApproval(runId, {
        action: 'approve',
        actor,
        names: [actor],
        reason: 'looked at it',
      });
    await expect(decide('ada')).rejects.toMatchObject({ code: 'APPROVAL_DENIED' });
    await decide('grace');
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run).toMatchObject({ status: 'succeeded', result: { outcome: 'deployed' } });
  });
});

describe('the environment of a run', () => {
  const failedAtTraining = async (key: string): Promise<Run> => {
    const input = {
      ...fullInput(stage.connection),
      environment: { name: key, base: { image: 'registry.example/base:1' } },
      train: { command: 'exit 1' },
    };
    const { runId } = await stage.client.start('train-and-deploy', input, { key });
    return stage.client.wait(runId, { timeoutMs: 90_000 });
  };
  const outputOf = (run: Run, step: string): unknown => {
    const state = run.steps.find(({ name }) => name === step)?.state;
    return state?.status === 'succeeded' ? state.output : null;
  };
  const set = { 'train.command': 'python train.py --accuracy 0.9' };

  it('is said to be restricted, when it is by now', async () => {
    const run = await failedAtTraining('restricted');
    const { environmentId } = outputOf(run, 'environment') as EnvironmentOutput; // of that step
    const { revisionId } = outputOf(run, 'build') as BuildOutput;
    await restrictRevision(stage.simulator, { environmentId, revisionId });
    const plan = await stage.client.replays.plan({ runId: run.runId, set });
    expect(plan.differences).toContainEqual({
      what: 'environment',
      detail: 'revision 1 of restricted is restricted now',
    });
  });

  it('is made again when it is gone', async () => {
    const failed = await failedAtTraining('archived');
    const { environmentId } = outputOf(failed, 'environment') as EnvironmentOutput; // of that step
    await archiveEnvironment(stage.simulator, environmentId);
    const { plan, planned, done, run } = await replay({ runId: failed.runId, set });
    expect(plan.differences).toContainEqual({
      what: 'environment',
      detail: `what "environment" had made for ${failed.runId} is gone, or did not come to an end`,
    });
    expect(actions(plan)).toMatchObject({ environment: 'run', revision: 'run', build: 'run', train: 'run' });
    expect(planned.slice(0, 2)).toEqual(['environments.create', 'jobs.start']);
    expect(done).toEqual(planned);
    expect(run.status).toBe('succeeded');
  });
});

describe('a run whose hardware tier is gone since', () => {
  const tiers = [{ hardwareTier: { id: 'other', name: 'Other' } }];
  const without = () =>
    stage.inject({
      ...{ endpoint: 'hardwareTiers.listForProject', kind: 'status', status: 200, times: 20 },
      body: tiers,
    });
  const missing = { code: 'NOT_FOUND', message: expect.stringContaining('train.hardwareTier: there is no') };

  it('is not replayed where the step that names it would run again', async () => {
    await stage.inject({ endpoint: 'jobs.start', kind: 'status', status: 400, body: { errors: ['no'] } });
    const train = { command: 'python train.py', hardwareTier: 'small-k8s' };
    const input = { connection: stage.connection, project: 'ada/iris', train };
    const { runId } = await stage.client.start('train-and-deploy', input, { key: 'tier' });
    expect(await stage.client.wait(runId, { timeoutMs: 90_000 })).toMatchObject({ status: 'failed' });
    await without();
    await expect(stage.client.replays.plan({ runId })).rejects.toMatchObject(missing);
    await stage.heal();
    expect(actions(await stage.client.replays.plan({ runId }))).toMatchObject({ train: 'run' });
  });
});
