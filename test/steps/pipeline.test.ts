/** What a step does, and in which order, that runs another pipeline. */
import { describe, expect, it } from '@jest/globals';
import type { StepContext } from '../../src/steps/context.js';
import { pipeline } from '../../src/steps/pipeline.js';

const effect = {
  connection: 'dev',
  origin: { runId: 'sweep.k', firstAttemptId: 'a', step: 'retrain', generation: 1 },
  begunBefore: false,
};
const spec = { pipeline: 'retrain', input: { project: 'a/b' } };
const child = { runId: 'retrain._child.abc' };
const target = { undo: 'cancelChildRun', pipeline: 'retrain' };

describe('a step that runs another pipeline', () => {
  it('says how it is undone before it starts it, and waits for it by its id', async () => {
    const done: unknown[] = [];
    const note = (...what: unknown[]): void => void done.push(what);
    const step = {
      effect,
      effects: {
        ensureChildRun: (asked: object) => {
          note('start', asked);
          return Promise.resolve(child);
        },
        awaitChildRun: (asked: object) => {
          note('await', asked);
          return Promise.resolve({ ...child, n: 1 });
        },
      },
      run: { starters: () => ['ada', 'bob'], notify: { 'run.failed': ['ops'] } },
      undo: (kind: string, how: object) => {
        note('undo', kind, how);
        return (made: object) => {
          note('made', made);
        };
      },
      waiting: (...said: unknown[]) => {
        note('waiting', ...said);
      },
    } as unknown as StepContext; // of all of it, what this step asks
    expect(await pipeline.perform(step, spec)).toEqual({ ...child, n: 1 });
    expect(done).toEqual([
      ['undo', 'running', target],
      ['start', { ...effect, ...spec, starters: ['ada', 'bob'], notify: { 'run.failed': ['ops'] } }],
      ['made', { id: child.runId }],
      ['waiting', `run ${child.runId} to end`, { kind: 'run', id: child.runId }],
      ['await', { connection: 'dev', child }],
    ]);
  });

  it('stands for its run, and leaves that to be cancelled where it has begun and not ended', () => {
    expect(pipeline.refersTo?.({ ...child, n: 1 })).toEqual([{ kind: 'run', id: child.runId }]);
    expect(pipeline.running?.(spec)).toEqual(target);
  });
});
