/** A run whose history has grown long: it goes on where it was, within another execution. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Run, RunStart } from '../../../src/run/steps.js';
import type { StepContext } from '../../../src/steps/context.js';
import type { Pipeline } from '../../../src/steps/define.js';
import { runPipeline } from '../../../src/workflows/kernel/run.js';
import { Inside, beganAt, givenToNext } from '../inside.js';
import { type ToyInput, toyPipeline } from '../toy-pipeline.js';

afterEach(() => {
  jest.useRealTimers();
});

const minute = 60_000;
const at = (ms: number): string => new Date(Date.parse(beganAt) + ms).toISOString();
const failed = { type: 'JOB_FAILED', message: 'exited with code 1' };
const stopped = { undone: [], leftBehind: [] };

async function begin(pipeline: Pipeline, start: RunStart<ToyInput>, info: object = {}) {
  const inside = new Inside(info);
  let ended: unknown;
  await inside.call(() => {
    runPipeline(pipeline, start, { connection: 'dev', names: ['iris'] }).then(
      (run) => (ended = run),
      (error: unknown) => (ended = error),
    );
  });
  const shown = async (): Promise<Run> => (await inside.query('run')) as Run; // what the query answers
  const types = () => inside.activities().map(([type]) => type);
  /** The effects that wait for an answer, each with the id or the name of what it is about. */
  const asked = () =>
    inside.activities().map(([type, of]) => {
      const { id, name } = of as { readonly id?: string; readonly name?: string };
      return `${type} ${id ?? name ?? ''}`;
    });
  return { inside, ended: () => ended, shown, types, asked };
}
type Begun = Awaited<ReturnType<typeof begin>>;

const first = (more: Partial<RunStart<ToyInput>> = {}): RunStart<ToyInput> => ({
  ...{ input: {}, trigger: { kind: 'cli', by: 'ada' }, legs: { mostEvents: 100, patienceMs: 5 * minute } },
  ...more,
});

/** The next leg of a run, which begins when its history is longer than it may be. */
async function goOn(pipeline: Pipeline, { inside, ended }: Begun, afterMs = 0): Promise<Begun> {
  await inside.lengthen(1_000);
  const given = givenToNext(ended()) as RunStart<ToyInput> | null;
  if (given === null) throw new Error('it does not go on in another leg');
  const nowMs = Date.now() + afterMs;
  // What an execution reads of a start has come as JSON.
  const next = await begin(pipeline, JSON.parse(JSON.stringify(given)) as RunStart<ToyInput>, {
    ...{ runId: 'a2', originalExecutionRunId: 'a2', startTime: new Date(nowMs), historyLength: 3 },
  });
  return next;
}

/** Resolves a step as a person. */
const resolve = ({ inside }: Begun, resolution: object) =>
  inside.update('resolve', { actor: 'grace', reason: 'seen', ...resolution });

describe('the next leg of a run', () => {
  it('knows what has ended, does none of it again, and waits on for what goes on', async () => {
    const pipeline = toyPipeline({ a: {}, b: {}, c: { needs: ['a', 'b'] }, d: {} });
    const start = first({ input: { without: ['d'] } });
    const one = await begin(pipeline, start);
    await one.inside.answer({ id: 'j1' });
    await one.inside.answer({ jobId: 'j1', value: 5 }, 1);
    await one.inside.answer({ id: 'j2' });
    await one.inside.pass(10 * minute);
    const before = (await one.shown()).steps;
    const two = await goOn(pipeline, one);
    expect(two.inside.activities()).toEqual([['awaitWork', { id: 'j2', waitedMs: 10 * minute }]]);
    const shown = await two.shown();
    expect(shown).toMatchObject({ attemptId: 'a1', startedAt: beganAt, status: 'running' });
    expect(shown.steps).toEqual(before);
    await two.inside.answer({ jobId: 'j2', value: 6 });
    expect(two.inside.activities()).toEqual([
      [
        'ensureWork',
        expect.objectContaining({
          ...{ name: 'c', begunBefore: false },
          origin: { runId: 'churn.x', firstAttemptId: 'a1', step: 'c', generation: 1 },
        }),
      ],
    ]);
    await two.inside.answer({ id: 'j3' });
    await two.inside.answer({ jobId: 'j3', value: 7 });
    expect(two.ended()).toMatchObject({
      ...{ status: 'succeeded', attemptId: 'a1', startedAt: beganAt },
      result: { values: { a: 5, b: 6, c: 7, d: null } },
      steps: [{ name: 'a', tries: 1 }, { name: 'b', tries: 1 }, { tries: 1 }, { tries: 0 }],
    });
  });

  it('begins when nothing is under way that must not be cut off, and begins nothing until then', async () => {
    const pipeline = toyPipeline({ a: {}, b: {}, c: { needs: ['a'] } });
    const one = await begin(pipeline, first());
    await one.inside.answer({ id: 'j1' });
    await one.inside.lengthen(1_000);
    await one.inside.answer({ jobId: 'j1', value: 1 }, 1);
    expect([one.asked(), one.ended()]).toEqual([['ensureWork b'], undefined]);
    await one.inside.answer({ id: 'j2' });
    expect(givenToNext(one.ended())).toMatchObject({ leg: { attemptId: 'a1', startedAt: beganAt } });
    const two = await goOn(pipeline, one);
    expect(two.asked().sort()).toEqual(['awaitWork j2', 'ensureWork c']);
  });

  it('does not begin before the run has ended, where what is under way takes long', async () => {
    const pipeline = toyPipeline({ a: {}, b: {}, c: { needs: ['a'] } });
    const one = await begin(pipeline, first({ legs: { mostEvents: 100, patienceMs: minute } }));
    await one.inside.answer({ id: 'j1' });
    await one.inside.lengthen(1_000);
    await one.inside.answer({ jobId: 'j1', value: 1 }, 1);
    expect(one.asked()).toEqual(['ensureWork b']);
    await one.inside.pass(minute);
    expect(one.asked()).toEqual(['ensureWork b', 'ensureWork c']);
  });

  it('does not begin after a reset, which the history of that execution alone tells', async () => {
    const one = await begin(toyPipeline({ a: {} }), first(), { originalExecutionRunId: 'a0' });
    await one.inside.answer({ id: 'j1' });
    await one.inside.lengthen(1_000);
    expect([one.ended(), one.types()]).toEqual([undefined, ['awaitWork']]);
  });

  it('looks up what no step of a leg before has looked up', async () => {
    const seen: unknown[] = [];
    const preflights = () => [
      { project: 'ada/iris', named: [] },
      { connection: 'other', project: 'ada/other', named: [] },
    ];
    const placed = toyPipeline({ a: {}, b: { needs: ['a'], connection: 'other' } }, { preflights });
    const steps = Object.entries(placed.steps).map(([name, step]) => [
      name,
      {
        ...{ ...step, looksUp: true },
        perform: (context: StepContext<object>, spec: object) => {
          seen.push(context.preflight?.project);
          return step.perform(context, spec);
        },
      },
    ]);
    const pipeline = { ...placed, steps: Object.fromEntries(steps) as Pipeline['steps'] };
    const one = await begin(pipeline, first());
    await one.inside.answer({ id: 'j1' });
    const two = await goOn(pipeline, one);
    await two.inside.answer({ jobId: 'j1', value: 1 });
    await two.inside.answer({ id: 'j2' });
    const three = await goOn(pipeline, two);
    expect(three.asked()).toEqual(['awaitWork j2']);
    expect(seen).toEqual(['ada/iris', 'ada/iris', 'ada/other', 'ada/other']);
  });

  it('has a parked step parked as it was, and hears who resolves it', async () => {
    const notify = { 'run.parked': ['hook'], 'run.resumed': ['hook'] };
    const pipeline = toyPipeline({ a: {}, b: {} });
    const one = await begin(pipeline, first({ notify }));
    await one.inside.fail({ type: 'CONFLICT', message: 'no' });
    await one.inside.answer({ id: 'j2' });
    await one.inside.pass(minute);
    const before = await one.shown();
    const two = await goOn(pipeline, one);
    expect(before).toMatchObject({
      failure: { code: 'CONFLICT', message: 'no', step: 'a' },
      steps: [{ state: { status: 'parked', parkedAt: beganAt } }, { state: { status: 'waiting' } }],
    });
    expect([await two.shown(), two.inside.children()]).toEqual([before, []]);
    expect(await resolve(two, { step: 'a', action: 'retry' })).toBeNull();
    const [[, told] = []] = two.inside.children();
    expect(told).toMatchObject({ event: { type: 'run.resumed', number: 2 } });
    expect(two.inside.activities().at(-1)).toEqual([
      'ensureWork',
      expect.objectContaining({ name: 'a', begunBefore: true, begunUntil: beganAt }),
    ]);
    expect((await two.shown()).steps[0]).toMatchObject({ tries: 2, state: { status: 'running' } });
  });

  it('makes a step again when it would have been, with the tries and the time that are left', async () => {
    const tries = { count: 2, backoffMs: 10 * minute, upToMs: 10 * minute };
    const bounds = { onFailure: 'stop', withinMs: 30 * minute, tries } as const;
    const pipeline = toyPipeline({ a: { bounds }, b: {} });
    const one = await begin(pipeline, first());
    await one.inside.answer({ id: 'j2' }, 1);
    await one.inside.fail(failed);
    await one.inside.pass(4 * minute);
    const two = await goOn(pipeline, one);
    expect((await two.shown()).steps[0]).toMatchObject({
      state: { status: 'waiting', waitingFor: '10m to pass before try 2 of 2: exited with code 1' },
    });
    expect(two.asked()).toEqual(['awaitWork j2']);
    await two.inside.pass(6 * minute - 1);
    expect(two.types()).toEqual(['awaitWork']);
    await two.inside.pass(1);
    expect(two.inside.activities()[1]).toEqual([
      'ensureWork',
      expect.objectContaining({ name: 'a', origin: expect.objectContaining({ generation: 2 }) }),
    ]);
    await two.inside.answer({ id: 'j3' }, 1);
    const three = await goOn(pipeline, two);
    expect(three.asked().sort()).toEqual(['awaitWork j2', 'awaitWork j3']);
    await three.inside.pass(20 * minute - 1);
    expect(three.types()).not.toContain('stopJobs');
    await three.inside.pass(1);
    expect(three.types()).toContain('stopJobs');
  });

  it('goes on with the items of a step that have not ended', async () => {
    const one = toyPipeline({ sweep: {} }).steps['sweep'];
    const sweep = { ...one, each: { atOnce: 2, itemsOf: () => ['x', 'y', 'z'], stepOf: () => one } };
    const placed = toyPipeline({ sweep: {}, next: { needs: ['sweep'] } });
    const pipeline = { ...placed, steps: { ...placed.steps, sweep: sweep as never } }; // as a document places it
    const leg = await begin(pipeline, first());
    await leg.inside.answer({ id: 'j1' });
    await leg.inside.answer({ id: 'j2' });
    await leg.inside.answer({ jobId: 'j1', value: 1 });
    await leg.inside.answer({ id: 'j3' }, 1);
    const two = await goOn(pipeline, leg);
    expect(two.asked().sort()).toEqual(['awaitWork j2', 'awaitWork j3']);
    expect((await two.shown()).steps.map(({ name, state }) => `${name} ${state.status}`)).toEqual([
      ...['sweep waiting', 'sweep.0 succeeded', 'sweep.1 waiting', 'sweep.2 waiting', 'next pending'],
    ]);
    await two.inside.answer({ jobId: 'j2', value: 2 });
    await two.inside.answer({ jobId: 'j3', value: 3 });
    expect((await two.shown()).steps[0]).toMatchObject({
      ...{
        items: 3,
        state: { status: 'succeeded', startedAt: beganAt, output: { counts: { succeeded: 3 } } },
      },
    });
    expect(two.asked()).toEqual(['ensureWork next']);
  });

  it('sees which steps have failed without ending the run, and undoes what the legs before have made', async () => {
    const soft = { onFailure: 'continue' } as const;
    const pipeline = toyPipeline({ a: { bounds: soft }, b: {}, c: { needs: ['a'] } });
    const one = await begin(pipeline, first());
    await one.inside.fail(failed);
    await one.inside.answer({ id: 'j2' });
    await one.inside.answer({ id: 'j3' });
    const two = await goOn(pipeline, one);
    expect((await two.shown()).steps.map(({ state }) => state.status)).toEqual([
      ...['failed', 'waiting', 'waiting'],
    ]);
    await two.inside.cancel();
    const stops = two.inside.activities();
    expect(stops.map(([type]) => type)).toEqual(['stopJobs', 'stopJobs']);
    expect(stops.map(([, of]) => (of as { made?: object }).made)).toEqual([{ id: 'j3' }, { id: 'j2' }]);
    await two.inside.answer(stopped);
    await two.inside.answer(stopped);
    expect(await two.shown()).toMatchObject({ status: 'cancelled', attemptId: 'a1' });
  });

  it('has the time that is left of that of the whole run', async () => {
    const pipeline = { ...toyPipeline({ a: {} }), withinMs: 30 * minute };
    const one = await begin(pipeline, first());
    await one.inside.answer({ id: 'j1' });
    await one.inside.pass(20 * minute);
    const two = await goOn(pipeline, one);
    await two.inside.pass(10 * minute - 1);
    expect(two.types()).toEqual(['awaitWork']);
    await two.inside.pass(1);
    expect(two.types()).toEqual(['stopJobs']);
    await two.inside.answer(stopped);
    expect(two.ended()).toMatchObject({ type: 'TIMED_OUT', message: 'the run was not done within 30m' });
    expect(await two.shown()).toMatchObject({ endedAt: at(30 * minute) });
  });
});
