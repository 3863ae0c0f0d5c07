/** Runs with hundreds of items, as they are shown. */
import { describe, expect, it } from '@jest/globals';
import { linkLines } from '../../../src/cli/run/get.js';
import { cleanupLines } from '../../../src/cli/run/view/cleanup-lines.js';
import { parkedLines } from '../../../src/cli/run/view/ending.js';
import { treeLines } from '../../../src/cli/run/view/tree.js';
import { plainPaint as paint } from '../../../src/cli/terminal/paint.js';
import type { Run, Step } from '../../../src/run/steps.js';
import { nowMs, running, steps } from './runs.js';

const nowIso = new Date(nowMs).toISOString();
const at = { startedAt: nowIso, endedAt: nowIso };
const failure = { code: 'SERVICE_REFUSED', message: 'answered 404' } as const;

/** A step with so many items, all of which have succeeded but these. */
function itemsOf(count: number, others: Readonly<Record<number, Step['state']>>): Run {
  const item = (index: number): Step => ({
    ...{ name: `ask.${index}`, tries: 1, item: index },
    references: [{ kind: 'job', id: `j${index}`, link: `http://platform/${index}` }],
    state: others[index] ?? { status: 'succeeded', ...at, output: {} },
  });
  const whole: Step = {
    ...{ name: 'ask', tries: 0, references: [], items: count },
    state: { status: 'waiting', startedAt: nowIso, waitingFor: `its ${count} items` },
  };
  return { ...running, steps: [whole, ...Array.from({ length: count }, (_, index) => item(index))] };
}

describe('a run with very many items', () => {
  const run = itemsOf(500, {
    7: { status: 'failed', ...at, failure },
    10: { status: 'parked', startedAt: nowIso, parkedAt: nowIso, failure },
    499: { status: 'pending' },
  });

  it('is shown with those that have something to say, and the others by how many they are', () => {
    expect(treeLines(run, { paint, nowMs }).slice(1)).toEqual([
      '  ▸ ask      waiting      0.0s  for its 500 items',
      '  ✔ ask.0    succeeded          to ask.6: 7 items',
      '  ✖ ask.7    failed       0.0s  7 · job j7 · SERVICE_REFUSED: answered 404',
      '  ✔ ask.8    succeeded    0.0s  8 · job j8',
      '  ✔ ask.9    succeeded    0.0s  9 · job j9',
      '  ! ask.10   parked       0.0s  10 · job j10 · SERVICE_REFUSED: answered 404',
      '  ✔ ask.11   succeeded          to ask.498: 488 items',
      '  · ask.499  pending            499 · job j499',
    ]);
  });

  it('has the links of those that are shown', () => {
    expect(linkLines(run)).toEqual(
      [7, 8, 9, 10, 499].map((index) => `  see ${`ask.${index}`.padEnd(7)}  http://platform/${index}`),
    );
  });

  it('is shown item by item where a screen has room for them', () => {
    expect(treeLines(itemsOf(40, {}), { paint, nowMs })).toHaveLength(42);
  });

  it('says of hundreds of objects how many were undone, and names each that is left', () => {
    const objects = Array.from({ length: 120 }, (_, index) => ({ kind: 'job' as const, id: `j${index}` }));
    const lines = cleanupLines({
      undone: objects,
      leftBehind: objects.map((object) => ({ ...object, reason: 'it answers nothing' })),
    });
    expect(lines.filter((line) => line.startsWith('  undone'))).toHaveLength(21);
    expect(lines).toContain('  undone: 100 more, see -o json');
    expect(lines.filter((line) => line.startsWith('  left behind'))).toHaveLength(120);
  });

  it('gives the commands that resolve three that are parked, and names the next ones', () => {
    const many = (count: number): Run => ({
      ...running,
      status: 'parked',
      steps: Array.from({ length: count }, (_, index) => ({ ...steps.parkedTrain, name: `train.${index}` })),
    });
    const of = (count: number) => parkedLines(many(count)).filter((line) => /--retry|also/.test(line));
    const commands = [0, 1, 2].map(
      (index) =>
        `  next: longhaul run resolve train-and-deploy.nightly --step train.${index} --retry --reason "…"`,
    );
    expect(of(3)).toEqual(commands);
    expect(of(4)).toEqual([...commands, '  also parked: train.3; resolve each with --step']);
    expect(of(100)).toEqual([
      ...commands,
      '  also parked: train.3, train.4, and 95 more; resolve each with --step',
    ]);
  });
});
