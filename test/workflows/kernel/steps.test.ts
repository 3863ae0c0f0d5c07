/** Which steps a run does, reuses, leaves out and goes on without, within an execution of the SDK. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { mayBeMadeDetail } from '../../../src/run/failures/errors.js';
import type { Continuation, Run, RunStart } from '../../../src/run/steps.js';
import type { Pipeline } from '../../../src/steps/define.js';
import { runPipeline } from '../../../src/workflows/kernel/run.js';
import { Inside, beganAt } from '../inside.js';
import { type ToyInput, type ToyPlacing, toyPipeline } from '../toy-pipeline.js';

afterEach(() => {
  jest.useRealTimers();
});

async function start(pipeline: Pipeline, more: Partial<RunStart<ToyInput>> = {}, info: object = {}) {
  const inside = new Inside(info);
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
  /** The steps whose work is sent, and not answered. */
  const sent = (): unknown[] =>
    inside
      .activities()
      .flatMap(([type, of]) => (type === 'ensureWork' ? [(of as { name: string }).name] : []));
  /** Does the work of the step that was sent first. */
  const work = async (value: number): Promise<void> => {
    const [name = ''] = sent() as string[];
    await inside.answer({ id: `of ${name}` });
    await inside.answer({ jobId: `of ${name}`, value }, inside.activities().length - 1);
  };
  /** How each step stands: its status, and why. */
  const steps = async () =>
    Object.fromEntries(
      ((await inside.query('run')) as Run).steps.map(({ name, state }) => [
        name,
        'reason' in state ? `${state.status}: ${state.reason}` : state.status,
      ]),
    );
  return { inside, ended: () => ended, sent, work, steps };
}

const continued = (more: Partial<Continuation>): { continuation: Continuation } => ({
  continuation: {
    ...{ firstAttemptId: 'a0', outputs: {}, generations: {}, references: {}, endedAt: beganAt },
    ...more,
  },
});
const failed = { type: 'JOB_FAILED', message: 'exited with code 1' };

describe('the steps of a run', () => {
  it('begin as soon as what they need has ended, side by side', async () => {
    const needs = ['a', 'b'];
    const { sent, work, ended } = await start(
      toyPipeline({ a: {}, b: {}, c: { needs }, d: { needs: ['b'] } }),
    );
    expect(sent()).toEqual(['a', 'b']);
    await work(1);
    expect(sent()).toEqual(['b']);
    await work(2);
    expect(sent()).toEqual(['c', 'd']);
    await work(3);
    await work(4);
    expect(ended()).toMatchObject({ status: 'succeeded' });
  });

  it('that the input does not ask for are skipped, and hand over nothing', async () => {
    const pipeline = toyPipeline({ a: {}, b: { needs: ['a'] }, c: {} });
    const { sent, work, steps, ended } = await start(pipeline, { input: { without: ['a', 'c'] } });
    expect([sent(), await steps()]).toEqual([
      ['b'],
      { a: 'skipped: not in the input', b: 'running', c: 'skipped: not in the input' },
    ]);
    await work(2);
    expect(ended()).toMatchObject({ result: { values: { a: null, b: 2, c: null } } });
  });

  it('that are passed over say why', async () => {
    const pipeline = toyPipeline({
      a: { passes: () => ({ reason: 'nothing is new' }) },
      b: { needs: ['a'] },
    });
    const { sent, steps } = await start(pipeline);
    expect([sent(), await steps()]).toEqual([['b'], { a: 'skipped: nothing is new', b: 'running' }]);
  });

  it('are refused by what stands against them, before anything is sent', async () => {
    const refusal = () => ({ code: 'JOB_FAILED', message: 'auc is too low' }) as const;
    const { inside, ended } = await start(toyPipeline({ a: { refusal } }));
    expect(inside.activities()).toEqual([]);
    expect(ended()).toMatchObject({ type: 'JOB_FAILED', message: 'auc is too low' });
  });

  it('begin no more where the history is full', async () => {
    const most = toyPipeline({ a: {} });
    const full = await start(most, {}, { historyLength: 40_001 });
    expect([full.sent(), full.ended()]).toEqual([[], expect.objectContaining({ type: 'HISTORY_FULL' })]);
    const nearly = await start(most, {}, { historyLength: 40_000 });
    expect(nearly.sent()).toEqual(['a']);
  });
});

describe('an output of an earlier attempt', () => {
  const pipeline = toyPipeline({ a: {}, b: { needs: ['a'] } });
  const output = { jobId: 'j0', value: 5 };

  it('is reused, and its step is not done', async () => {
    const references = { a: [{ kind: 'job', id: 'j0' }] };
    const { inside, sent, work, ended } = await start(
      pipeline,
      continued({ outputs: { a: output }, references }),
    );
    expect(sent()).toEqual(['b']);
    expect(((await inside.query('run')) as Run).steps[0]).toMatchObject({
      ...{ tries: 0, references: references.a, state: { status: 'reused', output } },
    });
    await work(6);
    expect(ended()).toMatchObject({ result: { values: { a: 5, b: 6 } } });
  });

  it('that a person has supplied is said to be theirs', async () => {
    const { steps } = await start(
      pipeline,
      continued({ outputs: { a: output }, supplied: { a: 'ada: by hand' } }),
    );
    expect(await steps()).toEqual({ a: 'skipped: ada: by hand', b: 'running' });
  });

  it('of a step that was left out is none to undo with the run', async () => {
    const { sent } = await start(pipeline, {
      input: { cleanup: true },
      ...continued({ outputs: { a: null } }),
    });
    expect(sent()).toEqual(['b']);
  });

  it('that does not count any more is made again', async () => {
    const { sent } = await start(pipeline, continued({ outputs: { a: { ...output, value: -1 } } }));
    expect(sent()).toEqual(['a']);
  });
});

describe('a step whose failure does not stop the run', () => {
  const bounds = { onFailure: 'continue' } as const;
  const pipeline = toyPipeline({ a: { bounds }, b: { needs: ['a'] } });

  it('hands over nothing, and those after it see why', async () => {
    const seen: unknown[] = [];
    const passes: ToyPlacing['passes'] = (_, __, { ends }) => {
      seen.push(ends);
      return null;
    };
    const { inside, sent, work, ended, steps } = await start(
      toyPipeline({ a: { bounds }, b: { needs: ['a'], passes } }),
    );
    await inside.fail(failed);
    expect(sent()).toEqual(['b']);
    expect(seen).toEqual([{ a: { state: 'failed', reason: 'exited with code 1' } }]);
    await work(2);
    expect(ended()).toMatchObject({ status: 'succeeded', result: { values: { a: null, b: 2 } } });
    expect(await steps()).toEqual({ a: 'failed', b: 'succeeded' });
  });

  it('has what it may have sent stopped when the run comes to its end', async () => {
    const { inside, work, ended } = await start(pipeline);
    await inside.fail({ ...failed, details: [mayBeMadeDetail] });
    await work(2);
    expect([inside.activities().map(([type]) => type), ended()]).toEqual([['stopJobs'], undefined]);
    await inside.answer({ undone: [], leftBehind: [] });
    expect(ended()).toMatchObject({ status: 'succeeded' });
  });

  it('stops it all the same where a person has aborted it', async () => {
    const { inside, ended, steps } = await start(pipeline);
    await inside.fail({ type: 'CONFLICT', message: 'no' });
    await inside.update('resolve', { step: 'a', action: 'abort', actor: 'grace', reason: 'enough' });
    expect(inside.activities().map(([type]) => type)).toEqual(['stopJobs']);
    await inside.answer({ undone: [], leftBehind: [] });
    expect(ended()).toMatchObject({ type: 'ABORTED' });
    expect(await steps()).toEqual({ a: 'failed', b: 'skipped: the run failed at "a"' });
  });
});

describe('a step that is done for each item', () => {
  const each = (count: number, atOnce: number, onFailure: 'stop' | 'continue' = 'stop'): Pipeline => {
    const pipeline = toyPipeline({ sweep: { bounds: { onFailure } }, next: { needs: ['sweep'] } });
    const one = toyPipeline({ sweep: {} }).steps['sweep'];
    const items = Array.from({ length: count }, (_, index) => index);
    const sweep = { ...pipeline.steps['sweep'], each: { atOnce, itemsOf: () => items, stepOf: () => one } };
    return { ...pipeline, steps: { ...pipeline.steps, sweep: sweep as never } }; // as a document places it
  };

  it('has so many under way at once, and comes to all of their outputs in order', async () => {
    const { sent, work, steps, inside } = await start(each(3, 2));
    expect([sent().length, await steps()]).toEqual([
      2,
      { sweep: 'waiting', 'sweep.0': 'running', 'sweep.1': 'running', 'sweep.2': 'pending', next: 'pending' },
    ]);
    await work(1);
    expect(sent()).toHaveLength(2);
    await work(2);
    await work(3);
    expect(await steps()).toMatchObject({ sweep: 'succeeded', next: 'running' });
    expect(((await inside.query('run')) as Run).steps[0]?.state).toMatchObject({
      output: { counts: { succeeded: 3 } },
    });
  });

  it('fails by its first item that does, and begins no other', async () => {
    const { inside, sent, steps, ended } = await start(each(3, 1));
    await inside.fail(failed);
    expect(sent()).toEqual([]);
    expect(ended()).toMatchObject({ type: 'JOB_FAILED' });
    expect(await steps()).toMatchObject({
      sweep: 'failed',
      'sweep.0': 'failed',
      next: 'skipped: the run failed at "sweep"',
    });
  });

  it('goes on without an item that has failed, where that may be', async () => {
    const { inside, work, steps } = await start(each(2, 1, 'continue'));
    await inside.fail(failed);
    await work(1);
    expect(await steps()).toEqual({
      ...{ sweep: 'succeeded', 'sweep.0': 'failed', 'sweep.1': 'succeeded', next: 'running' },
    });
  });
});

describe('a step that may be made again', () => {
  const stopped = { undone: [], leftBehind: [] };
  const minute = 60_000;
  const tries = { count: 3, backoffMs: minute, upToMs: 1.5 * minute };
  const again = (more: object = {}, times: object = {}) =>
    start(
      toyPipeline({ a: { bounds: { onFailure: 'stop', ...times, tries: { ...tries, ...more } } }, b: {} }),
    );
  const types = (inside: Inside) => inside.activities().map(([type]) => type);
  const shown = async (inside: Inside) => ((await inside.query('run')) as Run).steps[0];
  /** Ends `b`, which goes on beside it. */
  const endOther = async (inside: Inside) => {
    await inside.answer({ id: 'j2' }, 1);
    await inside.answer({ jobId: 'j2', value: 1 }, 1);
  };

  it('is, each time after a longer while, and fails by its last try', async () => {
    const { inside, ended } = await again();
    await endOther(inside);
    for (const [number, waitMs, said] of [
      [2, minute, '1m'],
      [3, 1.5 * minute, '1m30s'],
    ] as const) {
      await inside.fail(failed);
      expect((await shown(inside))?.state).toMatchObject({
        status: 'waiting',
        waitingFor: `${said} to pass before try ${number} of 3: exited with code 1`,
      });
      await inside.pass(waitMs - 1);
      expect(inside.activities()).toEqual([]);
      await inside.pass(1);
      expect(inside.activities()).toEqual([
        ['ensureWork', expect.objectContaining({ origin: expect.objectContaining({ generation: number }) })],
      ]);
    }
    await inside.fail(failed);
    expect(await shown(inside)).toMatchObject({ tries: 3, generation: 3, state: { status: 'failed' } });
    expect(ended()).toMatchObject({ type: 'JOB_FAILED', message: 'exited with code 1' });
  });

  it('is not for another failure, for which it parks; whoever has it tried again gives it all of its tries', async () => {
    const { inside } = await again({ count: 2 });
    await inside.fail(failed);
    await inside.pass(minute);
    await inside.fail({ type: 'CONFLICT', message: 'no' }, 1);
    expect((await shown(inside))?.state).toMatchObject({ status: 'parked' });
    await inside.update('resolve', { step: 'a', action: 'retry', actor: 'grace', reason: 'seen' });
    await inside.fail(failed, 1);
    expect((await shown(inside))?.state).toMatchObject({ status: 'waiting' });
  });

  it('has what the last try may have sent stopped first', async () => {
    const { inside } = await again();
    await endOther(inside);
    await inside.fail({ ...failed, details: [mayBeMadeDetail] });
    expect([types(inside), (await shown(inside))?.state.status]).toEqual([['stopJobs'], 'running']);
    await inside.answer(stopped);
    expect((await shown(inside))?.state).toMatchObject({ status: 'waiting' });
  });

  it('is when a try takes too long, until its own time is over', async () => {
    const { inside, ended } = await again({ withinMs: minute }, { withinMs: 150_000 });
    await endOther(inside);
    await inside.answer({ id: 'j1' });
    await inside.pass(minute - 1);
    expect(types(inside)).toEqual(['awaitWork']);
    await inside.pass(1);
    expect(types(inside)).toEqual(['stopJobs']);
    await inside.answer(stopped);
    expect((await shown(inside))?.state).toMatchObject({
      waitingFor: '1m to pass before try 2 of 3: it was not done within 1m, and was given up',
    });
    await inside.pass(minute);
    expect(types(inside)).toEqual(['ensureWork']);
    await inside.pass(29_999);
    expect(types(inside)).toEqual(['ensureWork']);
    await inside.pass(1);
    await inside.answer(stopped);
    expect(ended()).toMatchObject({
      type: 'TIMED_OUT',
      message: 'it was not done within 2m30s, and was given up',
    });
  });

  it('is not once the run comes to its end: it has failed by its last try', async () => {
    const { inside, ended, steps } = await again();
    await inside.fail(failed);
    await inside.fail({ ...failed, message: 'b has failed' });
    expect(ended()).toMatchObject({ message: 'b has failed' });
    expect(await steps()).toMatchObject({ a: 'failed', b: 'failed' });
  });

  it('spends none of its time while it is parked', async () => {
    const { inside } = await again({}, { withinMs: 2 * minute });
    await endOther(inside);
    await inside.pass(minute);
    await inside.fail({ type: 'CONFLICT', message: 'no' });
    await inside.pass(60 * minute);
    const resolve = { step: 'a', actor: 'grace', reason: 'seen' };
    await inside.update('resolve', { ...resolve, action: 'retry', fresh: true });
    expect(types(inside)).toEqual(['stopJobs']);
    await inside.answer(stopped);
    expect(await shown(inside)).toMatchObject({ tries: 2, generation: 2, state: { status: 'running' } });
    await inside.pass(minute - 1);
    expect(types(inside)).toEqual(['ensureWork']);
    await inside.pass(1);
    expect(types(inside)).toEqual(['stopJobs']);
  });
});

describe('a step that stands for what was there', () => {
  const reusing = (generation?: number) => {
    const pipeline = toyPipeline({ a: {} });
    const a = { ...pipeline.steps['a'], reuses: () => 'work 7' } as never; // as a kind states it
    return start(
      { ...pipeline, steps: { a } },
      generation === undefined ? {} : continued({ generations: { a: generation } }),
    );
  };

  it('says so, unless a new one was asked for', async () => {
    for (const [generation, reuses] of [
      [undefined, 'work 7'],
      [2, undefined],
    ] as const) {
      const { inside, work } = await reusing(generation);
      await work(1);
      expect(((await inside.query('run')) as Run).steps[0]?.reuses).toBe(reuses);
    }
  });
});

describe('a step with a time of its own', () => {
  it('is given up when that is over, and what it has running is stopped', async () => {
    const bounds = { onFailure: 'stop', withinMs: 120_000 } as const;
    const { inside, ended } = await start(toyPipeline({ a: { bounds } }));
    await inside.answer({ id: 'j1' });
    await inside.pass(119_999);
    expect(inside.activities().map(([type]) => type)).toEqual(['awaitWork']);
    await inside.pass(1);
    expect(inside.activities().map(([type]) => type)).toEqual(['stopJobs']);
    await inside.answer({ undone: [{ kind: 'job', id: 'j1' }], leftBehind: [] });
    expect(ended()).toMatchObject({
      type: 'TIMED_OUT',
      message: 'it was not done within 2m, and was given up',
    });
  });
});
