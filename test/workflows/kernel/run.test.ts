/** The life of a run, within an execution of the SDK. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Run, RunStart } from '../../../src/run/steps.js';
import type { Pipeline } from '../../../src/steps/define.js';
import { runPipeline } from '../../../src/workflows/kernel/run.js';
import { Inside, beganAt } from '../inside.js';
import { type ToyInput, toyPipeline } from '../toy-pipeline.js';

afterEach(() => jest.useRealTimers());

const hour = 3_600_000;
const at = (ms: number): string => new Date(Date.parse(beganAt) + ms).toISOString();

async function start(pipeline: Pipeline, more: Partial<RunStart<ToyInput>> = {}) {
  const inside = new Inside();
  let ended: Run | Error | undefined;
  await inside.call(() => {
    runPipeline(
      pipeline,
      { input: {}, trigger: { kind: 'cli', by: 'ada' }, ...more },
      { connection: 'dev', names: [] },
    ).then(
      (run) => (ended = run),
      (error: Error) => (ended = error),
    );
  });
  const step = (name: string) => shown().then(({ steps }) => steps.find((one) => one.name === name));
  const shown = async (): Promise<Run> => (await inside.query('run')) as Run; // what the query answers
  const resolve = (resolution: object) =>
    inside.update('resolve', { step: 'train', actor: 'grace', reason: 'seen', ...resolution });
  return { inside, ended: () => ended, shown, step, resolve };
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
    expect(inside.said()).toMatchObject({ LonghaulStatus: ['succeeded'], LonghaulStep: ['deploy'] });
    expect(inside.metered().map(([name]) => name)).toEqual(['stepEnded', 'stepEnded', 'runEnded']);
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
    expect(inside.said()).toMatchObject({ LonghaulOutcome: ['nothing'] });
  });

  it('fails by a failure of a step, once what others have running is stopped', async () => {
    const beside = toyPipeline({ train: {}, sweep: {}, deploy: { needs: ['train'] } });
    const { inside, ended } = await start(beside);
    await inside.answer({ id: 'j1' });
    await inside.fail({ type: 'QUOTA_EXCEEDED', message: 'is not the point' }, 0).catch(() => undefined);
    expect(ended()).toBeUndefined();
    await inside.fail({ type: 'JOB_FAILED', message: 'exited with code 1' });
    expect(inside.activities()).toEqual([]);
    expect(ended()).toBeDefined();
  });
});
