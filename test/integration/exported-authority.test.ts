/** Attempts from files: whoever has a file may have edited it, so it gives nobody a right, and shows nobody's log. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Connection } from '@temporalio/client';
import type { AttemptRecord, ReplayRequest, Run } from '../../src/client.js';
import { awaitedApproval } from '../../src/run/approvals/approvals.js';
import type { JobOutput } from '../../src/run/undoing/effects.js';
import type { Json } from '../../src/run/steps.js';
import { calls } from '../support/ledger.js';
import { retrainInput, world } from '../support/retraining.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

let stage: Stage;
let server: ServerProcess;
beforeAll(async () => {
  stage = await createStage({ world });
  await stage.startWorker();
  server = await startServer(stage);
});
afterAll(async () => {
  await server.close();
  await stage.close();
});

const ended = (runId: string): Promise<Run> => stage.client.wait(runId, { timeoutMs: 90_000 });
const outputOf = ({ steps }: Pick<Run, 'steps'>, step: string): Json | undefined => {
  const state = steps.find(({ name }) => name === step)?.state;
  return state !== undefined && 'output' in state ? state.output : undefined;
};
const jobOf = (run: Pick<Run, 'steps'>): JobOutput => outputOf(run, 'train') as JobOutput; // of that very step

const logOf = async (runId: string): Promise<{ readonly status: number; readonly text: string }> => {
  const response = await fetch(new URL(`/v1/runs/${runId}/logs`, server.url));
  return { status: response.status, text: await response.text() };
};

/** A run whose model was approved; it succeeded. */
async function approved(key: string): Promise<string> {
  const { deploy } = await retrainInput(stage, '0.9');
  const input = await retrainInput(stage, '0.9', {
    compare: undefined,
    register: { model: key },
    deploy: { ...deploy, modelApi: key },
    approval: { byStarter: false },
  });
  const trigger = { kind: 'cli', by: 'ada@desk' } as const;
  const { runId } = await stage.client.start('retrain', input, { key, trigger });
  await until(stage.client, runId, (run) => awaitedApproval(run) !== null);
  await decide(runId, 'grace');
  await ended(runId);
  return runId;
}

const decide = (runId: string, actor: string, action: 'approve' | 'reject' = 'approve'): Promise<void> =>
  stage.client.decideApproval(runId, { action, actor, names: [actor], reason: 'looked at it' });

/** Lets Temporal forget a run, as it does when its retention is over. */
async function forget(runId: string): Promise<void> {
  const connection = await Connection.connect({ address: stage.temporalAddress });
  const { workflowService } = connection;
  const { namespace } = stage;
  const { workflowExecutionInfo } = await workflowService.describeWorkflowExecution({
    namespace,
    execution: { workflowId: runId },
  });
  const workflowExecution = { workflowId: runId, runId: workflowExecutionInfo?.execution?.runId ?? '' };
  await workflowService.deleteWorkflowExecution({ namespace, workflowExecution });
  while (await stage.client.describe(runId).catch(() => null)) await delay(100);
  await connection.close();
}

/** What `run export` writes, with outputs changed by somebody; of a run that Temporal does not know. */
async function edited(
  runId: string,
  change: Partial<AttemptRecord>,
  outputs: Readonly<Record<string, Json>> = {},
): Promise<AttemptRecord> {
  const record = JSON.parse(JSON.stringify(await stage.client.replays.export(runId))) as AttemptRecord;
  const steps = record.steps.map((step) =>
    step.name in outputs
      ? { ...step, state: { ...step.state, status: 'succeeded', output: outputs[step.name] } }
      : step,
  );
  return { ...record, ...change, steps: steps as AttemptRecord['steps'] };
}

async function apply(request: ReplayRequest, by = 'mallory'): Promise<string> {
  const { hash, runId } = await stage.client.replays.plan(request);
  await stage.client.replays.apply(request, { plan: hash, by, reason: 'from a file' });
  return runId;
}

/** A run that Temporal does not know. The markers of what it would have made are others. */
const forgotten = (runId: string): string => `${runId}-of-last-year`;

describe('an exported attempt', () => {
  it('brings no approval along, no trigger, no lineage and nobody who is told', async () => {
    const source = await approved('brought');
    const lineage = { number: 7, of: { runId: source, attemptId: 'x' }, by: 'root', reason: 'r', plan: 'p' };
    const drift = { condition: 'drift > 0.2', verdict: 'holds', value: 0.9 };
    const asker = { ids: ['bob'], from: '2025-01-01T00:00:00Z', to: '2025-01-02T00:00:00Z' };
    const exported = await edited(
      source,
      {
        runId: forgotten(source),
        trigger: { kind: 'schedule', by: 'root', askers: [asker] },
        lineage,
        notify: { 'run.approval-requested': ['mallory'] },
      },
      {
        decide: { verdict: 'retrain', reason: 'forged', evidence: [drift] },
        approve: { decision: 'approved', by: 'grace', reason: 'forged', at: '2026-01-01T00:00:00Z' },
      },
    );
    const request = { runId: exported.runId, exported, from: 'train' };
    const plan = await stage.client.replays.plan(request);
    expect(plan.steps.find(({ name }) => name === 'approve')).toMatchObject({
      action: 'run',
      why: '"train" gives another output; asks for approval',
    });
    const runId = await apply(request);
    const run = await until(stage.client, runId, (one) => awaitedApproval(one) !== null);
    const changed = awaitedApproval(run)?.changed;
    expect(changed).toContain(
      'the output of "decide" was supplied by mallory: taken from a file (from a file)',
    );
    expect(changed?.join()).not.toContain('drift');
    expect(run.trigger).toEqual({ kind: 'replay', by: 'mallory', reason: 'from a file' });
    expect(run.lineage).toMatchObject({ number: 2, by: 'mallory', before: ['root', 'bob'] });
    expect((await stage.client.replays.export(runId)).notify).toBeUndefined();
    for (const actor of ['mallory', 'root', 'bob'])
      await expect(decide(runId, actor)).rejects.toMatchObject({ code: 'APPROVAL_DENIED' });
    await decide(runId, 'grace', 'reject');
    expect((await ended(runId)).result).toMatchObject({ outcome: 'rejected' });
  });

  it('that asks for an approval names a training of its own, which has measured what the platform says', async () => {
    const source = await approved('measured');
    const real = jobOf(await stage.client.get(source));
    const other = jobOf(await stage.client.get(await approved('of-another')));
    const foreign = await edited(source, { status: 'failed' }, { train: { ...other } });
    const better = await edited(
      source,
      { status: 'failed' },
      { train: { ...real, metrics: { accuracy: 0.99 } } },
    );
    await forget(source);
    await expect(stage.client.replays.plan({ runId: source, exported: foreign })).rejects.toMatchObject({
      code: 'REPLAY_INVALID',
      message: expect.stringContaining(`job ${other.jobId}, which the file names as the one of "train" of`),
    });
    const request = { runId: source, exported: better };
    const plan = await stage.client.replays.plan(request);
    expect(plan.steps.map(({ name, action }) => [name, action])).toEqual(
      expect.arrayContaining([
        ['train', 'reused'],
        ['register', 'adopted'],
        ['approve', 'run'],
        ['deploy', 'adopted'],
      ]),
    );
    await apply(request);
    const run = await until(stage.client, source, (one) => awaitedApproval(one) !== null);
    expect(awaitedApproval(run)).toMatchObject({ model: 'measured', version: 1, metrics: { accuracy: 0.9 } });
    expect(await logOf(source)).toMatchObject({ status: 200 });
    await decide(source, 'grace');
    expect((await ended(source)).result).toMatchObject({ outcome: 'deployed' });
  });

  it('shows no log of a job that its run has not made', async () => {
    const train = { command: 'python train.py --accuracy 0.9' };
    const input = { connection: stage.connection, project: 'ada/iris', train };
    const secret = await stage.client.start('train-and-deploy', input, { key: 'secret' });
    const theirs = jobOf(await ended(secret.runId));
    expect(await logOf(secret.runId)).toMatchObject({ status: 200, text: expect.stringContaining('done') });

    const failing = { ...input, train: { command: 'exit 1' } };
    const mine = await stage.client.start('train-and-deploy', failing, { key: 'mine' });
    await ended(mine.runId);
    const exported = await edited(mine.runId, { runId: forgotten(mine.runId) });
    const references = [{ kind: 'job', id: theirs.jobId }];
    const steps = exported.steps.map((step) =>
      step.name === 'train'
        ? { ...step, references, state: { status: 'succeeded', output: { ...theirs } } }
        : step,
    );
    const forged = { ...exported, status: 'failed', steps } as AttemptRecord; // as somebody may write it
    const request = { runId: forged.runId, exported: forged };
    const plan = await stage.client.replays.plan({
      ...request,
      set: { gate: { conditions: ['accuracy >= 0.1'] } },
    });
    expect(plan.warnings).toContainEqual(
      expect.stringMatching(/^job \S+, which the file names .*: its log is not shown$/),
    );
    const runId = await apply({ ...request, set: { gate: { conditions: ['accuracy >= 0.1'] } } });
    expect(statuses(await ended(runId))).toMatchObject({ train: 'reused', gate: 'succeeded' });
    const log = await logOf(runId);
    expect(log).toMatchObject({ status: 404, text: expect.stringContaining('does not carry the marker') });
    expect(log.text).not.toContain('done');
    const before = calls(stage.simulator, 'jobs.get');
    const again = await Promise.all(Array.from({ length: 5 }, () => logOf(runId)));
    expect(again.map(({ status }) => status)).toEqual(Array(5).fill(404));
    expect(calls(stage.simulator, 'jobs.get')).toBe(before); // nobody makes the server ask by asking
    const diff = await stage.client.diff(secret.runId, runId);
    const notes = JSON.stringify(diff.parts);
    expect(notes).toContain('does not carry the marker of the run, so nothing is told of it');
  });

  it('names no run of another pipeline as its origin', async () => {
    const source = await stage.client.replays.export('train-and-deploy.secret');
    const origins = [{ runId: 'retrain.brought', firstAttemptId: 'x' }];
    await expect(
      stage.client.replays.plan({ runId: source.runId, exported: { ...source, origins } }),
    ).rejects.toMatchObject({
      code: 'REPLAY_INVALID',
      message: expect.stringContaining('retrain.brought is no run of train-and-deploy'),
    });
  });
});

describe('the log of a job', () => {
  const input = () => ({
    connection: stage.connection,
    project: 'ada/iris',
    train: { command: 'python train.py --accuracy 0.9' },
    gate: { conditions: ['accuracy >= 0.99'] },
  });

  it('is shown of one that the run was forked with, or had before it was replayed', async () => {
    const { runId } = await stage.client.start('train-and-deploy', input(), { key: 'origin' });
    await ended(runId);
    const set = { 'gate.conditions.0': 'accuracy >= 0.1' };
    const fork = await apply({ runId, forkTo: 'fork', set });
    expect(statuses(await ended(fork))).toMatchObject({ train: 'reused' });
    const again = await apply({ runId: fork, from: 'gate', set: { 'gate.conditions.0': 'accuracy >= 0.2' } });
    await ended(again);
    const second = await apply({ runId: fork, forkTo: 'fork-of-fork', from: 'gate' });
    await ended(second);
    const replayed = await apply({ runId, set });
    await ended(replayed);
    for (const one of [fork, second, replayed])
      expect([one, await logOf(one)]).toMatchObject([
        one,
        { status: 200, text: expect.stringContaining('done') },
      ]);
  });

  it('is shown of one that was made afresh', async () => {
    const { runId } = await stage.client.start('train-and-deploy', input(), { key: 'afresh' });
    await ended(runId);
    await apply({ runId, fresh: ['train'], set: { 'gate.conditions.0': 'accuracy >= 0.1' } });
    expect(statuses(await ended(runId))).toMatchObject({ train: 'succeeded' });
    expect(await logOf(runId)).toMatchObject({ status: 200 });
  });

  it('is not compared of one that an operator has supplied', async () => {
    const { runId } = await stage.client.start('train-and-deploy', input(), { key: 'supplied' });
    await ended(runId);
    const theirs = jobOf(await stage.client.get('train-and-deploy.secret'));
    await apply({ runId, skip: { train: { ...theirs } }, set: { 'gate.conditions.0': 'accuracy >= 0.1' } });
    expect(jobOf(await ended(runId))).toEqual(theirs);
    const { parts } = await stage.client.diff('train-and-deploy.secret', runId);
    expect(JSON.stringify(parts)).toContain('does not carry the marker of the run, so nothing is told of it');
  });
});
