/** An approval holds for what was approved: what would be deployed otherwise is asked again, whatever leads there. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PipelineInput, ReplayPlan, ReplayRequest, Run } from '../../src/client.js';
import { awaitedApproval } from '../../src/run/approvals/approvals.js';
import type { JobOutput } from '../../src/run/undoing/effects.js';
import { retrainInput, running, world } from '../support/retraining.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({ world });
  await stage.startWorker();
});
afterAll(() => stage.close());

const isAsked = (run: Run): boolean => awaitedApproval(run) !== null;
const ended = (runId: string): Promise<Run> => stage.client.wait(runId, { timeoutMs: 90_000 });
const decide = (runId: string, action: 'approve' | 'reject' = 'approve', digest?: string): Promise<void> =>
  stage.client.decideApproval(runId, {
    action,
    actor: 'grace',
    names: ['grace'],
    reason: 'looked at it',
    digest,
  });

/** A run whose model was approved for `<key>-staging`, and serves there. */
async function approved(key: string, more: Partial<PipelineInput<'retrain'>> = {}): Promise<string> {
  const { deploy } = await retrainInput(stage, '0.9');
  const input = await retrainInput(stage, '0.9', {
    compare: undefined,
    register: { model: key },
    deploy: { ...deploy, modelApi: `${key}-staging` },
    approval: { within: '1h' },
    ...more,
  });
  const { runId } = await stage.client.start('retrain', input, { key });
  await until(stage.client, runId, isAsked);
  await decide(runId);
  expect(await ended(runId)).toMatchObject({ status: 'succeeded', result: { outcome: 'deployed' } });
  return runId;
}

const stepIn = ({ steps }: ReplayPlan, wanted: string) => steps.find(({ name }) => name === wanted);

async function begin(request: ReplayRequest): Promise<ReplayPlan> {
  const plan = await stage.client.replays.plan(request);
  await stage.client.replays.apply(request, { plan: plan.hash, by: 'ada', reason: 'elsewhere' });
  return plan;
}

const trainingOf = (run: Run): JobOutput => {
  const state = run.steps.find(({ name }) => name === 'train')?.state;
  if (state === undefined || !('output' in state)) throw new Error('the run has trained nothing');
  return state.output as JobOutput; // the output of that very step
};

describe('an approval', () => {
  it('for staging does not put the model into production: the plan says so, and the approver is shown both', async () => {
    const runId = await approved('moved');
    const plan = await begin({ runId, set: { 'deploy.modelApi': 'moved-production' } });
    expect(stepIn(plan, 'approve')).toMatchObject({
      action: 'run',
      why: 'approval is asked again: deploys.name: "moved-staging" is now "moved-production"',
    });
    const request = awaitedApproval(await until(stage.client, runId, isAsked));
    expect(request).toMatchObject({
      subject: {
        connection: stage.connection,
        project: 'ada/iris',
        deploys: { name: 'moved-production', source: { model: 'moved', version: 1 } },
        trained: { jobId: expect.any(String) },
      },
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      changed: expect.arrayContaining([
        'approval is asked again: deploys.name: "moved-staging" is now "moved-production"',
      ]),
    });
    expect(await running(stage, 'moved-production')).toEqual([]);
    await decide(runId, 'reject');
    expect((await ended(runId)).result).toMatchObject({ outcome: 'rejected' });
    expect(await running(stage, 'moved-production')).toEqual([]);
  });

  it.each([
    ['replicas', { 'deploy.replicas': 3 }],
    ['another source', { 'deploy.source': { file: 'model.py', function: 'predict' } }],
    ['other hardware', { 'deploy.hardwareTier': 'small-k8s' }],
    ['another training', { 'train.command': 'python train.py --accuracy 0.8' }],
  ])('does not hold for %s', async (what, set) => {
    const runId = await approved(`other-${what.replaceAll(' ', '-')}`);
    const plan = await stage.client.replays.plan({ runId, set });
    expect(stepIn(plan, 'approve')).toMatchObject({
      action: 'run',
      why: expect.stringMatching(/^approval is asked again: /),
    });
  });

  it('does not hold for the output of another training that somebody supplies', async () => {
    const runId = await approved('supplied');
    const output = { ...trainingOf(await stage.client.get(runId)), experimentRunId: 'f'.repeat(32) };
    const plan = await begin({ runId, skip: { train: output } });
    expect(stepIn(plan, 'approve')).toMatchObject({ action: 'run' });
    const asked = async () => awaitedApproval(await until(stage.client, runId, isAsked))?.changed;
    expect(await asked()).toContain('the output of "train" was supplied by ada: elsewhere');
    await decide(runId, 'reject');
    await ended(runId);
    await begin({ runId, from: 'approve' });
    expect(await asked()).toContain('the output of "train" was supplied by ada: elsewhere');
    await decide(runId, 'reject');
    await ended(runId);
  });

  it('is asked where somebody has supplied the decision to retrain, without any evidence', async () => {
    const runId = await approved('decided');
    const skip = { decide: { verdict: 'retrain', reason: 'by hand' } };
    await begin({ runId, skip, set: { 'deploy.modelApi': 'decided-production' } });
    const request = awaitedApproval(await until(stage.client, runId, isAsked));
    expect(request?.changed).toContain('the output of "decide" was supplied by ada: elsewhere');
    await decide(runId, 'reject');
    expect((await ended(runId)).result).toMatchObject({ outcome: 'rejected' });
  });

  it('holds for a replay that deploys the same, and nobody is asked twice', async () => {
    const runId = await approved('same');
    const plan = await begin({ runId, from: 'watch' });
    expect(stepIn(plan, 'approve')).toMatchObject({ action: 'reused' });
    expect(await ended(runId)).toMatchObject({
      status: 'succeeded',
      result: { outcome: 'deployed', approval: { decision: 'approved', by: 'grace' } },
    });
  });

  it('is asked again of a fork that deploys elsewhere, and holds for one that deploys the same', async () => {
    const runId = await approved('forked');
    const same = await stage.client.replays.plan({ runId, forkTo: 'fork-same', from: 'deploy' });
    expect(stepIn(same, 'approve')).toMatchObject({ action: 'reused' });
    const set = { 'deploy.modelApi': 'forked-production' };
    const other = await stage.client.replays.plan({ runId, forkTo: 'fork-other', set });
    expect(stepIn(other, 'approve')).toMatchObject({ action: 'run' });
  });

  it('that was rejected for one target is asked anew for another', async () => {
    const { deploy } = await retrainInput(stage, '0.9');
    const input = await retrainInput(stage, '0.9', {
      compare: undefined,
      register: { model: 'refused' },
      deploy: { ...deploy, modelApi: 'refused-production' },
      approval: {},
    });
    const { runId } = await stage.client.start('retrain', input, { key: 'refused' });
    await until(stage.client, runId, isAsked);
    await decide(runId, 'reject');
    await ended(runId);
    await expect(stage.client.replays.plan({ runId, from: 'deploy' })).rejects.toThrow(
      /"approve" comes to "rejected", with which the run ends/,
    );
    const plan = await stage.client.replays.plan({ runId, set: { 'deploy.modelApi': 'refused-staging' } });
    expect(stepIn(plan, 'approve')).toMatchObject({ action: 'run' });
  });

  it('decides on what its giver was shown, or on nothing', async () => {
    const { deploy } = await retrainInput(stage, '0.9');
    const input = await retrainInput(stage, '0.9', {
      compare: undefined,
      register: { model: 'shown' },
      deploy: { ...deploy, modelApi: 'shown-api' },
      approval: {},
    });
    const { runId } = await stage.client.start('retrain', input, { key: 'shown' });
    const digest = awaitedApproval(await until(stage.client, runId, isAsked))?.digest;
    await expect(decide(runId, 'approve', '0'.repeat(64))).rejects.toMatchObject({
      code: 'APPROVAL_NOT_AWAITED',
      message: 'what is to be decided is not what you were shown any more: look at it again',
    });
    await decide(runId, 'approve', digest);
    expect((await ended(runId)).result).toMatchObject({ approval: { digest } });
  });

  it('is not supplied to a parked step, nor is what it would deploy supplied to a replay', async () => {
    const { deploy } = await retrainInput(stage, '0.9');
    const input = await retrainInput(stage, '0.9', {
      compare: undefined,
      register: { model: 'parked' },
      deploy: { ...deploy, modelApi: 'parked-api' },
      approval: {},
    });
    const { runId } = await stage.client.start('retrain', input, { key: 'parked' });
    await until(stage.client, runId, (run) => statuses(run)['train'] === 'waiting');
    await stage.inject({
      endpoint: 'modelApis.list',
      kind: 'status',
      status: 403,
      body: { errors: ['Compute quota exceeded'] },
      occurrence: 1,
    });
    await until(stage.client, runId, (run) => statuses(run)['approve'] === 'parked');
    const by = { actor: 'ada', reason: 'it is fine' };
    const output = { decision: 'approved' };
    await expect(
      stage.client.resolve(runId, { ...by, step: 'approve', action: 'skip', output }),
    ).rejects.toMatchObject({ code: 'RESOLUTION_INVALID' });
    await stage.client.resolve(runId, { ...by, step: 'approve', action: 'retry' });
    await until(stage.client, runId, isAsked);
    await decide(runId, 'reject');
    await ended(runId);
    const skip = { deploy: { modelApiId: 'a', versionId: 'b' } };
    await expect(stage.client.replays.plan({ runId, from: 'approve', skip })).rejects.toMatchObject({
      code: 'REPLAY_INVALID',
      message:
        '"deploy" deploys what was approved: where the input asks for an approval, its output cannot be supplied',
    });
  });
});
