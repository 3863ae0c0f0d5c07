/** The life of a run, within an execution of the SDK. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { isCancellation } from '@temporalio/workflow';
import { mayBeMadeDetail } from '../../../src/run/failures/errors.js';
import type { Run, RunStart } from '../../../src/run/steps.js';
import type { Pipeline } from '../../../src/steps/define.js';
import { runPipeline } from '../../../src/workflows/kernel/run.js';
import { Inside, beganAt } from '../inside.js';
import { type ToyInput, type ToyPlacing, toyPipeline } from '../toy-pipeline.js';

afterEach(() => {
  jest.useRealTimers();
});

const hour = 3_600_000;
const at = (ms: number): string => new Date(Date.parse(beganAt) + ms).toISOString();

async function start(pipeline: Pipeline, more: Partial<RunStart<ToyInput>> = {}) {
  const inside = new Inside();
  let ended: unknown;
  await inside.call(() => {
    runPipeline(
      pipeline,
      { input: {}, trigger: { kind: 'cli', by: 'ada' }, ...more },
      { connection: 'dev', names: [] },
    ).then(
      (run) => (ended = run),
      (error: unknown) => (ended = error),
    );
  });
  const shown = async (): Promise<Run> => (await inside.query('run')) as Run; // what the query answers
  const resolve = (resolution: object) =>
    inside.update('resolve', { step: 'train', actor: 'grace', reason: 'seen', ...resolution });
  return { inside, ended: () => ended, shown, resolve };
}

const two = toyPipeline({ train: {}, deploy: { needs: ['train'] } });
const undone = { undone: [{ kind: 'job', id: 'j1' }], leftBehind: [] };

describe('a run', () => {
  it('does step after step, and returns what its pipeline makes of their outputs', async () => {
    const { inside, ended, shown } = await start(two);
    expect(inside.activities()).toEqual([
      ['ensureWork', expect.objectContaining({ connection: 'dev', name: 'train', begunBefore: false })],
    ]);
    await inside.answer({ id: 'j1' });
    expect((await shown()).steps[0]?.state).toMatchObject({
      status: 'waiting',
      waitingFor: 'work j1 to end',
    });
    await inside.pass(hour);
    await inside.answer({ jobId: 'j1', value: 5 });
    await inside.answer({ id: 'j2' });
    expect(inside.activities()).toEqual([['awaitWork', { id: 'j2' }]]);
    await inside.answer({ jobId: 'j2', value: 7 });
    expect(ended()).toMatchObject({
      ...{ runId: 'churn.x', attemptId: 'a1', pipeline: 'toy', status: 'succeeded' },
      ...{ startedAt: beganAt, endedAt: at(hour) },
      result: { ending: null, values: { train: 5, deploy: 7 } },
    });
    expect(await shown()).toEqual(ended());
    expect(inside.said()).toMatchObject({ LonghaulStatus: 'succeeded', LonghaulStep: 'deploy' });
    const step = { pipeline: 'toy', status: 'succeeded' };
    expect(inside.metered()).toEqual([
      ['stepEnded', { ...step, step: 'train', lastedMs: hour }],
      ['stepEnded', { ...step, step: 'deploy', lastedMs: 0 }],
      ['runEnded', { pipeline: 'toy', status: 'succeeded', lastedMs: hour }],
    ]);
  });

  it('that a step ends early has the outcome of that, and skips the rest', async () => {
    const { inside, ended } = await start(two);
    await inside.answer({ id: 'j1' });
    await inside.answer({ jobId: 'j1', value: 0 });
    expect(ended()).toMatchObject({
      ...{ status: 'succeeded', result: { ending: 'nothing', values: { train: 0 } } },
      steps: [
        { name: 'train', state: { status: 'succeeded' } },
        { name: 'deploy', state: { status: 'skipped', reason: 'there is nothing to do' } },
      ],
    });
    expect(inside.said()).toMatchObject({ LonghaulOutcome: 'nothing' });
  });

  it('fails by a failure of a step, once what goes on beside it has ended', async () => {
    const beside = toyPipeline({ train: {}, sweep: {}, deploy: { needs: ['train'] } });
    const { inside, ended, shown } = await start(beside);
    await inside.fail({ type: 'JOB_FAILED', message: 'exited with code 1' });
    expect(inside.activities()).toEqual([['ensureWork', expect.objectContaining({ name: 'sweep' })]]);
    expect(ended()).toBeUndefined();
    expect(await shown()).toMatchObject({
      status: 'running',
      failure: { code: 'JOB_FAILED', step: 'train' },
    });
    await inside.answer({ id: 'j2' });
    await inside.answer({ jobId: 'j2', value: 1 });
    expect(ended()).toMatchObject({ type: 'JOB_FAILED', message: 'exited with code 1', nonRetryable: true });
    expect(await shown()).toMatchObject({
      ...{ status: 'failed', failure: { code: 'JOB_FAILED', step: 'train' } },
      cleanup: { undone: [], leftBehind: [] },
      steps: [
        { name: 'train', state: { status: 'failed' } },
        { name: 'sweep', state: { status: 'succeeded' } },
        {
          name: 'deploy',
          state: { status: 'skipped', reason: 'the run failed at "train"', unreached: true },
        },
      ],
    });
    expect(ended()).toHaveProperty('details', [await shown()]);
    expect(inside.said()).toMatchObject({ LonghaulStatus: 'failed', LonghaulFailure: 'JOB_FAILED' });
  });

  it('stops what a failed step may have sent all the same, and says what is left', async () => {
    const { inside, ended, shown } = await start(two);
    await inside.fail({ type: 'JOB_FAILED', message: 'no', details: [mayBeMadeDetail] });
    expect(inside.activities()).toEqual([
      ['stopJobs', expect.objectContaining({ connection: 'dev', doubt: 'unanswered' })],
    ]);
    expect(ended()).toBeUndefined();
    await inside.fail({ type: 'PLATFORM_UNAVAILABLE', message: 'is away' });
    expect((await shown()).cleanup).toEqual({
      ...{ undone: [], leftBehind: [{ kind: 'job', reason: 'is away' }], afterwards: 'going-on' },
    });
    expect(inside.children()).toEqual([
      [expect.stringMatching(/churn\.x$/), expect.objectContaining({ runId: 'churn.x', attemptId: 'a1' })],
    ]);
    expect(ended()).toMatchObject({ type: 'JOB_FAILED' });
  });

  it('that is cancelled stops what it has running, and says so of every step', async () => {
    const { inside, ended, shown } = await start(two);
    await inside.answer({ id: 'j1' });
    await inside.cancel();
    expect(inside.activities()).toEqual([['stopJobs', expect.objectContaining({ made: { id: 'j1' } })]]);
    expect(inside.activities()[0]?.[1]).not.toHaveProperty('doubt');
    await inside.answer(undone);
    expect(isCancellation(ended())).toBe(true);
    expect(await shown()).toMatchObject({
      ...{ status: 'cancelled', cleanup: undone },
      failure: { code: 'CANCELLED', message: 'the run was cancelled', step: 'train' },
      steps: [
        { name: 'train', state: { status: 'cancelled' } },
        {
          name: 'deploy',
          state: { status: 'skipped', reason: 'the run was cancelled before this step', unreached: true },
        },
      ],
    });
  });

  it('is parked no more in lists while one that is cancelled stops what it has sent', async () => {
    const { inside, ended } = await start(two);
    await inside.fail({ type: 'CONFLICT', message: 'no' });
    await inside.cancel();
    expect(inside.activities().map(([type]) => type)).toEqual(['stopJobs']);
    expect(inside.said()).toMatchObject({ LonghaulStatus: 'running', LonghaulFailure: null });
    await inside.answer(undone);
    expect(isCancellation(ended())).toBe(true);
  });

  it('that has succeeded says what goes on where an effect may have been made twice', async () => {
    const { inside, ended } = await start(toyPipeline({ train: {} }));
    await inside.answer({ id: 'j1', inDoubt: true });
    await inside.answer({ jobId: 'j1', value: 1 });
    expect(ended()).toMatchObject({
      ...{ status: 'succeeded', cleanup: { undone: [], leftBehind: [], afterwards: 'going-on' } },
    });
  });

  it('is not done when its time is over', async () => {
    const { inside, ended, shown } = await start({ ...two, withinMs: hour });
    await inside.answer({ id: 'j1' });
    await inside.pass(hour - 1);
    expect(inside.activities()).toEqual([['awaitWork', { id: 'j1' }]]);
    await inside.pass(1);
    await inside.answer(undone);
    expect(ended()).toMatchObject({ type: 'TIMED_OUT', message: 'the run was not done within 1h' });
    expect(await shown()).toMatchObject({ status: 'failed', cleanup: undone });
  });

  it('leaves a mistake in the code to the next version: it ends by none of its failures, and undoes nothing', async () => {
    const wrong = toyPipeline({ train: { refusal: () => never() } });
    const { inside, ended, shown } = await start(wrong);
    expect(ended()).toEqual(new TypeError('a mistake'));
    expect([inside.activities(), (await shown()).status]).toEqual([[], 'running']);
  });

  it('undoes what lasts too where its input says that it cleans up', async () => {
    const made = { jobId: 'j1', value: 1 };
    const pipeline = toyPipeline({ train: {}, deploy: { needs: ['train'] } });
    const lasting = { target: { undo: 'stopJobs', of: 'train' }, made: { id: 'j1' } };
    const train = { ...pipeline.steps['train'], lasting: () => lasting } as never; // as a kind states it
    const kept = { ...pipeline, steps: { ...pipeline.steps, train } };
    const continuation = {
      ...{
        firstAttemptId: 'a0',
        outputs: { train: made },
        generations: {},
        references: {},
        endedAt: beganAt,
      },
    };
    for (const cleanup of [false, true]) {
      const { inside, ended } = await start(kept, { input: { cleanup }, continuation });
      await inside.fail({ type: 'JOB_FAILED', message: 'no' });
      expect(inside.activities().map(([type]) => type)).toEqual(cleanup ? ['stopJobs'] : []);
      expect(ended() === undefined).toBe(cleanup);
    }
  });
});

describe('what is done last', () => {
  const pipeline = toyPipeline({ train: {} }, { atEnd: { tell: {} } });

  it.each(['succeeds', 'fails', 'is cancelled'])('is done when the run %s', async (how) => {
    const { inside, ended, shown } = await start(pipeline);
    if (how === 'succeeds') {
      await inside.answer({ id: 'j1' });
      await inside.answer({ jobId: 'j1', value: 1 });
    } else if (how === 'fails') await inside.fail({ type: 'JOB_FAILED', message: 'no' });
    else {
      await inside.cancel();
      await inside.answer(undone);
    }
    expect(inside.activities()).toEqual([['ensureWork', expect.objectContaining({ name: 'tell' })]]);
    expect(ended()).toBeUndefined();
    await inside.answer({ id: 'j9' });
    await inside.answer({ jobId: 'j9', value: 1 });
    expect(ended()).toBeDefined();
    expect((await shown()).steps.at(-1)).toMatchObject({ name: 'tell', state: { status: 'succeeded' } });
  });

  it('sees how the run has ended, and what is left', async () => {
    const seen: unknown[] = [];
    const passes: ToyPlacing['passes'] = (_, __, { run }) => {
      seen.push(run);
      return { reason: 'it has seen enough' };
    };
    const { inside, ended } = await start(toyPipeline({ train: {} }, { atEnd: { tell: { passes } } }));
    await inside.fail({ type: 'JOB_FAILED', message: 'no', details: [mayBeMadeDetail] });
    await inside.answer({ undone: [], leftBehind: [{ kind: 'job', reason: 'is away', lasting: true }] });
    expect(seen).toEqual([
      {
        ...{ outcome: 'failed', reason: 'no', failed: ['train'] },
        left: [{ kind: 'job', reason: 'is away', lasting: true }],
      },
    ]);
    expect(ended()).toMatchObject({ type: 'JOB_FAILED' });
  });

  it.each(['succeeds', 'fails'])(
    'is done once, and changes no outcome, where a person ends a step of it in a run that %s',
    async (how) => {
      const { inside, ended, shown } = await start(pipeline);
      if (how === 'succeeds') {
        await inside.answer({ id: 'j1' });
        await inside.answer({ jobId: 'j1', value: 1 });
      } else await inside.fail({ type: 'JOB_FAILED', message: 'no' });
      await inside.fail({ type: 'ABORTED', message: 'ada: enough (while it paused)' });
      expect(inside.activities()).toEqual([]);
      expect(ended()).toMatchObject(how === 'succeeds' ? { status: 'succeeded' } : { type: 'JOB_FAILED' });
      const { status, steps } = await shown();
      expect([status, ...steps.map(({ state }) => state.status)]).toEqual(
        how === 'succeeds' ? ['succeeded', 'succeeded', 'failed'] : ['failed', 'failed', 'failed'],
      );
    },
  );

  it('is given up after its time, and changes no outcome', async () => {
    const { inside, ended } = await start(pipeline);
    await inside.answer({ id: 'j1' });
    await inside.answer({ jobId: 'j1', value: 1 });
    await inside.pass(60_000);
    expect(inside.activities().map(([type]) => type)).toEqual(['stopJobs']);
    await inside.answer(undone);
    expect(ended()).toMatchObject({
      status: 'succeeded',
      steps: [{ name: 'train' }, { name: 'tell', state: { status: 'cancelled' } }],
    });
  });
});

describe('a step that a person can repair', () => {
  const refused = { type: 'CONFLICT', message: 'something else has this name' };

  it('parks, and the run with it, until somebody has it tried again', async () => {
    const { inside, ended, shown, resolve } = await start(two);
    await inside.fail(refused);
    expect(await shown()).toMatchObject({
      ...{ status: 'parked', failure: { code: 'CONFLICT', step: 'train' } },
      steps: [{ state: { status: 'parked', parkedAt: beganAt } }, { state: { status: 'pending' } }],
    });
    expect(inside.said()).toMatchObject({ LonghaulStatus: 'parked', LonghaulFailure: 'CONFLICT' });
    expect(await resolve({ step: 'deploy', action: 'retry' })).toEqual({
      ...{ type: 'STEP_NOT_PARKED', message: '"deploy" cannot be resolved: the parked step is "train"' },
    });
    expect(await resolve({ action: 'retry' })).toBeNull();
    expect(inside.said()).toMatchObject({ LonghaulStatus: 'running', LonghaulFailure: null });
    expect(inside.activities()).toEqual([
      ['ensureWork', expect.objectContaining({ name: 'train', begunBefore: true, sentNothing: true })],
    ]);
    expect((await shown()).steps[0]?.tries).toBe(2);
    await inside.answer({ id: 'j1' });
    await inside.answer({ jobId: 'j1', value: 0 });
    expect(ended()).toMatchObject({ status: 'succeeded' });
  });

  it('is skipped with an output, which later steps read', async () => {
    const { inside, ended, resolve } = await start(two);
    await inside.fail(refused);
    expect(await resolve({ action: 'skip', output: { jobId: 'j0' } })).toMatchObject({
      type: 'RESOLUTION_INVALID',
    });
    expect(await resolve({ action: 'skip', output: { jobId: 'j0', value: 3 } })).toBeNull();
    expect(inside.activities()).toEqual([['ensureWork', expect.objectContaining({ name: 'deploy' })]]);
    await inside.answer({ id: 'j2' });
    await inside.answer({ jobId: 'j2', value: 4 });
    expect(ended()).toMatchObject({
      result: { values: { train: 3, deploy: 4 } },
      steps: [{ state: { status: 'skipped', reason: 'grace: seen', output: { value: 3 } } }, {}],
    });
  });

  it('is aborted with the run', async () => {
    const { inside, ended, resolve } = await start(two);
    await inside.fail(refused);
    await resolve({ action: 'abort' });
    // Nothing was sent: one look says what is there.
    expect(inside.activities()).toEqual([
      ['stopJobs', expect.not.objectContaining({ doubt: expect.anything() })],
    ]);
    await inside.answer(undone);
    expect(ended()).toMatchObject({
      type: 'ABORTED',
      message: 'grace: seen (parked for CONFLICT: something else has this name)',
    });
  });
});

describe('a step that a person could repair', () => {
  const refused = { type: 'CONFLICT', message: 'something else has this name' };

  it('fails where the run comes to its end', async () => {
    const { inside, ended, shown } = await start(toyPipeline({ train: {}, sweep: {} }));
    await inside.fail({ type: 'JOB_FAILED', message: 'no' });
    await inside.fail(refused);
    await inside.answer(undone);
    expect(ended()).toMatchObject({ type: 'JOB_FAILED' });
    expect((await shown()).steps.map(({ state }) => state.status)).toEqual(['failed', 'failed']);
  });

  it('fails where it is done last, and changes no outcome', async () => {
    const { inside, ended } = await start(toyPipeline({ train: {} }, { atEnd: { tell: {} } }));
    await inside.answer({ id: 'j1' });
    await inside.answer({ jobId: 'j1', value: 1 });
    await inside.fail(refused);
    await inside.answer(undone);
    expect(ended()).toMatchObject({
      ...{ status: 'succeeded', steps: [{}, { name: 'tell', state: { status: 'failed' } }] },
    });
  });
});

describe('who is told of a run', () => {
  it('is told of what they ask for, by a workflow for each event', async () => {
    const told = { 'run.parked': ['hook'], 'run.succeeded': ['hook', 'other'], 'run.failed': ['other'] };
    const notify = { 'run.started': ['hook'], 'run.resumed': ['hook'], ...told };
    const { inside, resolve } = await start(toyPipeline({ train: {} }), { notify });
    await inside.fail({ type: 'CONFLICT', message: 'no' });
    await resolve({ action: 'retry' });
    await inside.answer({ id: 'j1' });
    await inside.answer({ jobId: 'j1', value: 1 });
    expect(inside.children().map(([, given]) => given)).toMatchObject([
      { target: 'hook', event: { type: 'run.started', number: 1, status: 'running' } },
      { target: 'hook', event: { type: 'run.parked', number: 2, status: 'parked', step: 'train' } },
      { target: 'hook', event: { type: 'run.resumed', number: 3, status: 'running' } },
      { target: 'hook', event: { type: 'run.succeeded', number: 4, status: 'succeeded' } },
      { target: 'other', event: { type: 'run.succeeded', number: 4, status: 'succeeded' } },
    ]);
  });
});

function never(): never {
  throw new TypeError('a mistake');
}
