/** Steps that run, wait and park side by side. */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Run } from '../../src/client.js';
import { eventually } from '../support/eventually.js';
import type { Installation } from '../support/installation.js';
import { calls, created } from '../support/ledger.js';
import { runProgram } from '../support/program.js';
import { ask } from '../support/retraining.js';
import { installSideBySide } from '../support/side-by-side.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

let installation: Installation;
let stage: Stage;
/** Commands of which the platform refuses the job. */
const refused = new Set<string>();

beforeAll(async () => {
  installation = await installSideBySide();
});
afterAll(() => installation.remove());
beforeEach(async () => {
  refused.clear();
  stage = await createStage({
    world: new URL('../support/side-by-side.yaml', import.meta.url).pathname,
    between: (passing, forward) =>
      passing.method === 'POST' && [...refused].some((command) => passing.body.includes(command))
        ? Promise.resolve({ status: 403, body: JSON.stringify({ errors: ['Compute quota exceeded'] }) })
        : forward(passing),
  });
  await startWorker();
});
afterEach(() => stage.close());

const startWorker = () => stage.startWorker([], {}, installation.mainFile);
const aDayLater = () => stage.control('clock', { advanceSeconds: 86_400 });
const by = { actor: 'ada', reason: 'quota raised' };

async function start(more: object = {}): Promise<string> {
  const train = { command: 'python train.py' };
  const input = { connection: stage.connection, project: 'ada/iris', train, ...more };
  return (await stage.client.start('train-and-deploy', input, { key: 'beside' })).runId;
}

const gated = (condition: string) => ({ gate: { conditions: [condition] } });
const both = (one: string, other: string) => (run: Run) =>
  statuses(run)['deep'] === one && statuses(run)['wide'] === other;
/** What most inputs leave out. */
const left = { approve: 'skipped', signOff: 'skipped', enough: 'skipped' };
const longhaul = (...args: string[]) =>
  runProgram(process.execPath, [installation.mainFile, ...args], { env: stage.env });
const jobs = () => created(stage.simulator, 'job').length;

/** Waits until these are listed, and no others: lists follow what happens with a delay. */
async function untilParked(...wanted: readonly object[]): Promise<void> {
  await eventually(async () => {
    const { runs } = await stage.client.page({ status: 'parked' }, { size: 10 });
    const parked = runs.map(({ status, step, failure }) => ({ status, step, failure }));
    return isDeepStrictEqual(parked, wanted);
  });
}

describe('steps that wait for nothing', () => {
  it('run side by side, each followed by its own next step, and survive the death of their worker', async () => {
    const runId = await start(gated('accuracy >= 0.9'));
    const waiting = await until(stage.client, runId, ({ steps }) =>
      steps.slice(0, 2).every(({ progress }) => progress?.effect === 'awaitJob'),
    );
    expect(statuses(waiting)).toMatchObject({ gate: 'pending', last: 'pending' });
    await stage.killWorkers();
    await startWorker();
    await until(stage.client, runId, (run) => statuses(run)['gate'] === 'succeeded');
    expect(statuses(await stage.client.get(runId))).toMatchObject({ wide: 'waiting', last: 'pending' });
    await aDayLater();
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect([run.status, statuses(run)]).toEqual([
      'succeeded',
      { ...left, deep: 'succeeded', wide: 'succeeded', gate: 'succeeded', last: 'succeeded' },
    ]);
    expect(jobs()).toBe(3);
  });

  it('are all stopped when the run is cancelled', async () => {
    const runId = await start();
    await until(stage.client, runId, both('waiting', 'waiting'));
    await stage.client.cancel(runId, { reason: 'for now' });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect([run.status, statuses(run)]).toEqual([
      'cancelled',
      { ...left, deep: 'cancelled', wide: 'cancelled', gate: 'skipped', last: 'skipped' },
    ]);
    expect(run.cleanup?.undone).toHaveLength(2);
  });
});

describe('a step that parks beside another', () => {
  it('is seen at once, and resolved by its name, while the other goes on', async () => {
    refused.add('wide.py');
    const runId = await start();
    const run = await until(stage.client, runId, both('waiting', 'parked'));
    expect(run).toMatchObject({ status: 'running', failure: { step: 'wide', code: 'QUOTA_EXCEEDED' } });
    await untilParked({ status: 'running', step: 'wide', failure: 'QUOTA_EXCEEDED' });
    // When the other has ended, nothing goes on any more.
    const parked = await until(stage.client, runId, ({ status }) => status === 'parked');
    expect(statuses(parked)).toMatchObject({ deep: 'succeeded', wide: 'parked' });
    await untilParked({ status: 'parked', step: 'wide', failure: 'QUOTA_EXCEEDED' });
    refused.clear();
    await stage.client.resolve(runId, { ...by, step: 'wide', action: 'retry' });
    const going = await until(stage.client, runId, both('succeeded', 'waiting'));
    expect([going.status, going.failure]).toEqual(['running', undefined]);
    await untilParked();
    await aDayLater();
    expect((await stage.client.wait(runId, { timeoutMs: 90_000 })).status).toBe('succeeded');
  });

  it('leaves the others parked when it is resolved', async () => {
    refused.add('wide.py').add('deep.py');
    const runId = await start();
    await until(stage.client, runId, both('parked', 'parked'));
    await until(stage.client, runId, ({ status }) => status === 'parked');
    await expect(stage.client.resolve(runId, { ...by, step: 'last', action: 'retry' })).rejects.toMatchObject(
      {
        code: 'STEP_NOT_PARKED',
        message: expect.stringMatching(/the parked steps are "(deep", "wide|wide", "deep)"$/),
      },
    );
    const output = { projectId: 'p', jobId: 'j', metrics: {}, experimentRunId: null, outputCommitId: null };
    await stage.client.resolve(runId, { ...by, step: 'wide', action: 'skip', output });
    const run = await until(stage.client, runId, (seen) => statuses(seen)['last'] === 'succeeded');
    expect(statuses(run)).toMatchObject({ deep: 'parked', wide: 'skipped' });
    await until(
      stage.client,
      runId,
      ({ status, failure }) => status === 'parked' && failure?.step === 'deep',
    );
    await stage.client.resolve(runId, { ...by, step: 'deep', action: 'abort' });
    const ended = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(ended).toMatchObject({ status: 'failed', failure: { code: 'ABORTED', step: 'deep' } });
  });
});

describe('a step that fails beside another', () => {
  it('ends the run when that one has ended, which stays as it is, and nothing new starts', async () => {
    const runId = await start(gated('accuracy >= 0.99'));
    const failing = await until(stage.client, runId, (run) => statuses(run)['gate'] === 'failed');
    expect(failing).toMatchObject({ status: 'running', failure: { step: 'gate' } });
    expect(statuses(failing)).toMatchObject({ deep: 'succeeded', wide: 'waiting' });
    await aDayLater();
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run).toMatchObject({ status: 'failed', failure: { step: 'gate' } });
    expect(statuses(run)).toMatchObject({ wide: 'succeeded', last: 'skipped' });
    expect(run.steps.find(({ name }) => name === 'last')?.state).toMatchObject({
      ...{ reason: 'the run failed at "gate"', unreached: true },
    });
    expect([jobs(), calls(stage.simulator, 'jobs.stop')]).toEqual([2, 0]);
  });

  it('gives up what is parked: nobody has to resolve a step of a run that fails', async () => {
    refused.add('wide.py');
    const runId = await start(gated('accuracy >= 0.99'));
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run).toMatchObject({ status: 'failed', failure: { step: 'gate' } });
    expect(statuses(run)).toMatchObject({ wide: 'cancelled', last: 'skipped' });
  });
});

describe('approvals', () => {
  const deploying = async () => ({
    deploy: {
      modelApi: 'iris-api',
      environmentId: (await ask<{ id: string }>(stage, '/v4/environments/defaultEnvironment')).id,
      source: { file: 'serve.py', function: 'predict' },
    },
  });
  const asked = (run: Run) => both('waiting', 'waiting')(run) && statuses(run)['signOff'] === 'waiting';
  const digestIn = (run: Run, name: string): string => {
    const state = run.steps.find((step) => step.name === name)?.state;
    return (state?.status === 'waiting' ? state.approval?.digest : undefined) ?? '';
  };

  it('are asked for beside each other and decided one by one, by what was shown', async () => {
    const runId = await start(await deploying());
    const run = await until(stage.client, runId, asked);
    const vague = await longhaul('run', 'approve', runId, '--reason', 'good');
    expect([vague.exitCode, vague.stderr]).toEqual([
      7,
      expect.stringContaining('the run awaits several: name the step, "approve" or "signOff"'),
    ]);
    const decide = (action: string, name: string) =>
      longhaul('run', action, runId, '--reason', 'seen', '--digest', digestIn(run, name));
    expect(await decide('reject', 'signOff')).toMatchObject({ exitCode: 0 });
    await until(stage.client, runId, (seen) => statuses(seen)['signOff'] === 'succeeded');
    expect(statuses(await stage.client.get(runId))['approve']).toBe('waiting');
    expect(await decide('approve', 'approve')).toMatchObject({ exitCode: 0 });
    await aDayLater();
    const ended = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(ended.result).toMatchObject({
      approve: { decision: 'approved' },
      signOff: { decision: 'rejected' },
    });
  });

  it('are given up when the run fails: nobody decides any more', async () => {
    const runId = await start({ ...(await deploying()), ...gated('accuracy >= 0.99') });
    const run = await until(stage.client, runId, (seen) => statuses(seen)['gate'] === 'failed');
    expect(statuses(run)).toMatchObject({ approve: 'cancelled', signOff: 'cancelled', wide: 'waiting' });
    expect(await longhaul('run', 'approve', runId, '--reason', 'late')).toMatchObject({ exitCode: 7 });
    await aDayLater();
    expect((await stage.client.wait(runId, { timeoutMs: 90_000 })).failure?.step).toBe('gate');
  });
});

describe('a step that ends the run early', () => {
  const register = { register: { model: 'iris' } };

  it('lets the one beside it finish, and nothing new starts', async () => {
    const runId = await start(register);
    const ending = await until(stage.client, runId, (run) => statuses(run)['enough'] === 'succeeded');
    expect([ending.status, statuses(ending)]).toEqual([
      'running',
      { ...left, deep: 'succeeded', wide: 'waiting', gate: 'skipped', enough: 'succeeded', last: 'skipped' },
    ]);
    await aDayLater();
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect([run.status, statuses(run)['wide'], jobs()]).toEqual(['succeeded', 'succeeded', 2]);
  });

  it('gives up one that is parked, and stops what that has running', async () => {
    const runId = await start({ ...register, train: { command: 'python train.py', within: '1s' } });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect([run.status, statuses(run)['wide'], run.failure]).toEqual(['succeeded', 'cancelled', undefined]);
    expect([jobs(), calls(stage.simulator, 'jobs.stop')]).toEqual([2, 1]);
  });
});

describe('a reset', () => {
  it('begins a step again, and the one beside it goes on with the job that it had', async () => {
    const runId = await start(gated('accuracy >= 0.9'));
    await until(stage.client, runId, (run) => statuses(run)['gate'] === 'succeeded');
    const reset = ['run', 'reset', runId, '--to', 'gate', '--stop-first', '--reason', 'judged again'];
    expect(await longhaul(...reset)).toMatchObject({ exitCode: 0 });
    const run = await until(stage.client, runId, (seen) => statuses(seen)['gate'] === 'succeeded');
    expect(statuses(run)).toMatchObject({ deep: 'succeeded', wide: 'waiting' });
    await aDayLater();
    expect((await stage.client.wait(runId, { timeoutMs: 90_000 })).status).toBe('succeeded');
    expect(jobs()).toBe(3);
  });
});
