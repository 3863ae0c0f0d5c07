/** Steps that run side by side, without a server: when each begins, and what the run comes to. */
import { describe, expect, it } from '@jest/globals';
import type { Graph } from '../../../src/pipelines/order.js';
import type { Ending } from '../../../src/steps/ends.js';
import { type Closing, runGraph } from '../../../src/workflows/kernel/graph.js';

class StepError extends Error {}

const step = (needs: readonly string[] = [], more: Partial<Graph[string]> = {}): Graph[string] => ({
  ...{ needs, reads: [] },
  ...more,
});
const graph: Graph = {
  features: step(),
  deep: step(['features']),
  wide: step(['features']),
  gate: step(['deep', 'wide'], { holdsBack: true }),
  register: step(['deep']),
};
const ending: Ending = { outcome: 'not-better', conclusion: 'no' };

/** Runs the graph; each step goes on until it is told how it ends. */
function begin() {
  const begun: string[] = [];
  const closed: Closing[] = [];
  const steps = new Map<string, { end: (by: Ending | null) => void; fail: (error: unknown) => void }>();
  let moves = 0;
  const outcome = runGraph({
    graph,
    perform: (name) => {
      begun.push(name);
      return new Promise((end, fail) => steps.set(name, { end, fail }));
    },
    isEnd: (error) => error instanceof StepError,
    closing: (by) => closed.push(by),
    moved: () => (moves += 1),
  });
  let settled = false;
  outcome.then(
    () => (settled = true),
    () => (settled = true),
  );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    begun,
    closed,
    outcome,
    moves: () => moves,
    isSettled: () => settled,
    end: (name: string, by: Ending | null = null) => (steps.get(name)?.end(by), turn()),
    fail: (name: string, error: unknown) => (steps.get(name)?.fail(error), turn()),
  };
}

describe('the steps of a graph', () => {
  it('begin as soon as they may, several at once, and the run ends with the last', async () => {
    const run = begin();
    expect(run.begun).toEqual(['features']);
    await run.end('features');
    expect(run.begun).toEqual(['features', 'deep', 'wide']);
    await run.end('wide');
    expect(run.begun).toHaveLength(3);
    await run.end('deep');
    await run.end('gate');
    expect([run.begun.at(-1), run.isSettled()]).toEqual(['register', false]);
    await run.end('register');
    expect(await run.outcome).toBeNull();
    expect([run.closed, run.moves()]).toEqual([[], 5]);
  });

  it('begin no more when one has failed; those that go on are waited for, and the first failure counts', async () => {
    const run = begin();
    await run.end('features');
    await run.fail('wide', new StepError('of wide'));
    expect([run.isSettled(), run.closed]).toEqual([
      false,
      [{ step: 'wide', error: new StepError('of wide') }],
    ]);
    await run.fail('deep', new StepError('of deep'));
    await expect(run.outcome).rejects.toThrow('of wide');
    expect([run.begun, run.closed.length]).toEqual([['features', 'deep', 'wide'], 1]);
  });

  it('begin no more when one has ended the run, and a failure of another changes nothing about that', async () => {
    const run = begin();
    await run.end('features');
    await run.end('deep', ending);
    expect([run.isSettled(), run.closed]).toEqual([false, [{ step: 'deep', ending }]]);
    await run.fail('wide', new StepError('of wide'));
    expect(await run.outcome).toBe(ending);
    expect(run.begun).not.toContain('gate');
  });

  it('are waited for no more when one shows a mistake in the code', async () => {
    const run = begin();
    await run.end('features');
    await run.fail('wide', new TypeError('no such thing'));
    await expect(run.outcome).rejects.toThrow('no such thing');
    expect(run.closed).toEqual([]);
  });

  it('make the run fail by a mistake in what is done when one ends', async () => {
    const outcome = runGraph({
      graph: { only: step() },
      perform: () => Promise.resolve(ending),
      isEnd: () => false,
      closing: () => {
        throw new TypeError('a mistake');
      },
      moved: () => undefined,
    });
    await expect(outcome).rejects.toThrow('a mistake');
  });

  it('that are none make a run that has ended', async () => {
    const none = { perform: () => Promise.resolve(null), closing: () => undefined, moved: () => undefined };
    expect(await runGraph({ graph: {}, isEnd: () => false, ...none })).toBeNull();
  });
});
