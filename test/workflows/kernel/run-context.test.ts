/** What the steps of a run are given beside their input: look-ups, who has brought the run about, how it has ended. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Run, RunStart } from '../../../src/run/steps.js';
import type { StepContext } from '../../../src/steps/context.js';
import type { Pipeline, PipelineStep } from '../../../src/steps/define.js';
import { runPipeline } from '../../../src/workflows/kernel/run.js';
import { Inside, beganAt } from '../inside.js';
import { type ToyInput, type ToyPlacing, toyPipeline } from '../toy-pipeline.js';

afterEach(() => {
  jest.useRealTimers();
});

const stopped = { undone: [], leftBehind: [] };
const failed = { type: 'JOB_FAILED', message: 'exited with code 1' };

async function start(pipeline: Pipeline, more: Partial<RunStart<ToyInput>> = {}) {
  const inside = new Inside();
  await inside.call(() => {
    void runPipeline(
      pipeline,
      { input: {}, trigger: { kind: 'cli', by: 'ada', ids: ['key:k1'] }, ...more },
      { connection: 'dev', names: [] },
    ).catch(() => undefined);
  });
  const shown = async (): Promise<Run> => (await inside.query('run')) as Run; // what the query answers
  const work = async (at = 0): Promise<void> => {
    await inside.answer({ id: 'j' }, at);
    await inside.answer({ jobId: 'j', value: 1 }, inside.activities().length - 1);
  };
  return { inside, shown, work };
}

/** Notes what the code of each step is given. */
function watched(pipeline: Pipeline, note: (name: string, context: StepContext<object>) => void): Pipeline {
  const watching = ([name, step]: [string, PipelineStep]) => [
    name,
    {
      ...{ ...step, looksUp: true },
      perform: (context: StepContext<object>, spec: object) => {
        note(name, context);
        return step.perform(context, spec);
      },
    },
  ];
  const steps = Object.fromEntries(Object.entries(pipeline.steps).map(watching)) as Pipeline['steps'];
  return { ...pipeline, steps };
}

describe('what the input of a run names', () => {
  const [here, there] = [
    { project: 'ada/iris', named: [] },
    { project: 'ada/other', named: [] },
  ];
  const preflights = () => [here, { connection: 'other', ...there }];

  it('is looked up by the first steps of each connection, until one of them has ended', async () => {
    const seen: unknown[] = [];
    const steps = { a: {}, b: { needs: ['a'] }, c: { connection: 'other' } };
    const pipeline = watched(toyPipeline(steps, { preflights }), (name, { preflight }) =>
      seen.push([name, preflight]),
    );
    const { inside, work } = await start(pipeline);
    expect(seen).toEqual([
      ['a', here],
      ['c', there],
    ]);
    expect(inside.activities().map(([, of]) => (of as { connection: string }).connection)).toEqual([
      ...['dev', 'other'],
    ]);
    await work();
    expect(seen.slice(2)).toEqual([['b', undefined]]);
  });

  it('is looked up again where the first has failed', async () => {
    const seen: unknown[] = [];
    const bounds = { onFailure: 'continue' } as const;
    const pipeline = watched(
      toyPipeline({ a: { bounds }, b: { needs: ['a'] } }, { preflights }),
      (name, { preflight }) => seen.push([name, preflight]),
    );
    const { inside } = await start(pipeline);
    await inside.fail(failed);
    expect(seen).toEqual([
      ['a', here],
      ['b', here],
    ]);
  });
});

it('a step knows its run, who has brought that about and who has resolved it, and what a person has supplied', async () => {
  const runs: StepContext<object>['run'][] = [];
  const pipeline = watched(toyPipeline({ a: {}, b: { needs: ['a'] } }), (_, { run }) => runs.push(run));
  const { inside } = await start(pipeline);
  await inside.fail({ type: 'CONFLICT', message: 'no' });
  const output = { jobId: 'j1', value: 1 };
  const said = { step: 'a', action: 'skip', output, actor: 'grace', ids: ['key:k2'], reason: 'by hand' };
  await inside.update('resolve', said);
  const run = runs[1];
  expect(run).toMatchObject({ runId: 'churn.x', startedAt: beganAt, attemptId: undefined });
  expect(run?.starters()).toEqual(['ada', 'key:k1', 'grace', 'key:k2']);
  expect(run?.supplied()).toEqual([{ name: 'a', reason: 'grace: by hand' }]);
});

it('a run says of which it is a replay', async () => {
  const lineage = {
    ...{ number: 2, of: { runId: 'churn.x', attemptId: 'a0' }, by: 'ada', reason: 'again', plan: 'p' },
  };
  expect((await (await start(toyPipeline({ a: {} }), { lineage })).shown()).lineage).toEqual(lineage);
});

it('a step that is passed over says why to those after it, and whether it releases what it holds back', async () => {
  const seen: unknown[] = [];
  const reason = 'its condition does not hold';
  const passes: ToyPlacing['passes'] = (_, __, { ends }) => {
    seen.push(ends);
    return null;
  };
  for (const passed of [{ reason }, { reason, isReleased: true }] as const)
    await start(toyPipeline({ a: { passes: () => passed }, b: { needs: ['a'], passes } }));
  expect(seen).toEqual([
    { a: { state: 'skipped', reason } },
    { a: { state: 'skipped', reason, isReleased: true } },
  ]);
});

it('a step with items says how many it waits for', async () => {
  const one = toyPipeline({ sweep: {} });
  const waitingFor = async (items: readonly number[]) => {
    const each = { atOnce: 1, itemsOf: () => items, stepOf: () => one.steps['sweep'] };
    const sweep = { ...one.steps['sweep'], each } as never; // as a document places it
    const { shown } = await start({ ...one, steps: { sweep } });
    return (await shown()).steps[0]?.state;
  };
  expect([await waitingFor([1]), await waitingFor([1, 2])]).toMatchObject([
    { waitingFor: 'its one item' },
    { waitingFor: 'its 2 items' },
  ]);
});

describe('what is done last', () => {
  it('sees how every step has ended, and what those have come to that have succeeded', async () => {
    const seen: unknown[] = [];
    const passes: ToyPlacing['passes'] = (_, outputs, { ends }) => {
      seen.push(outputs, ends);
      return { reason: 'it has seen enough' };
    };
    const steps = { a: {}, b: {}, c: { needs: ['b'] } };
    const { inside, work } = await start(toyPipeline(steps, { atEnd: { tell: { passes } } }));
    await work();
    await inside.fail(failed);
    expect(seen).toEqual([
      { a: { jobId: 'j', value: 1 }, b: null, c: null },
      {
        b: { state: 'failed', reason: 'exited with code 1' },
        c: { state: 'skipped', reason: 'the run did not come to it' },
      },
    ]);
  });

  it('sees what was cancelled', async () => {
    const seen: unknown[] = [];
    const passes: ToyPlacing['passes'] = (_, __, { ends, run }) => {
      seen.push(ends, run?.outcome);
      return { reason: 'it has seen enough' };
    };
    const { inside } = await start(toyPipeline({ a: {} }, { atEnd: { tell: { passes } } }));
    await inside.answer({ id: 'j1' });
    await inside.cancel();
    await inside.answer(stopped);
    expect(seen).toEqual([{ a: { state: 'cancelled' } }, 'cancelled']);
  });

  it('says what there was no time left for', async () => {
    const atEnd = { tell: {}, after: { needs: ['tell'] } };
    const { inside, shown, work } = await start(toyPipeline({ a: {} }, { atEnd }));
    await work();
    await inside.pass(60_000);
    await inside.answer(stopped);
    expect(
      (await shown()).steps.map(({ state }) => ('reason' in state ? state.reason : state.status)),
    ).toEqual([...['succeeded', 'cancelled', 'there was no time left for it at the end of the run']]);
  });

  it('goes on without a step of it that has failed', async () => {
    const atEnd = { tell: {}, after: { needs: ['tell'] } };
    const { inside, shown, work } = await start(toyPipeline({ a: {} }, { atEnd }));
    await work();
    await inside.fail(failed);
    expect((await shown()).steps.map(({ state }) => state.status)).toEqual([
      'succeeded',
      'failed',
      'running',
    ]);
    await work();
    expect((await shown()).status).toBe('succeeded');
  });
});
