/** Where what a run shows has come from: another run, an item, a person, a step. */
import { describe, expect, it } from '@jest/globals';
import { linkLines } from '../../../src/cli/run/get.js';
import { treeLines } from '../../../src/cli/run/view/tree.js';
import { plainPaint as paint } from '../../../src/cli/terminal/paint.js';
import type { Json, Step } from '../../../src/run/steps.js';
import { nowMs, running } from './runs.js';

const nowIso = new Date(nowMs).toISOString();

describe('a run that is shown', () => {
  it('says which run it is a fork of', () => {
    const lineage = { number: 1, of: { runId: 'a.b', attemptId: 'x' }, by: 'ada', plan: 'p', reason: 'r' };
    const line = (runId: string) => treeLines({ ...running, runId, lineage }, { paint, nowMs })[1];
    expect(line('a.c')).toBe('  attempt 1, forked from a.b by ada: r (plan p)');
    expect(line('a.b')).toBe('  attempt 1, replayed by ada: r (plan p)');
  });

  it('shows which item was chosen, and who has approved', () => {
    const remarkOf = (output: Json): string => {
      const state = { status: 'succeeded', startedAt: nowIso, endedAt: nowIso, output } as const;
      const step: Step = { name: 'a', tries: 1, references: [], state };
      return treeLines({ ...running, steps: [step] }, { paint, nowMs })[1] ?? '';
    };
    expect(remarkOf({ index: 1, value: 0.8, item: { depth: 4 }, metrics: { auc: 0.8 } })).toBe(
      '  ✔ a  succeeded    0.0s  depth 4 · auc 0.8',
    );
    expect(remarkOf({ decision: 'approved', by: 'ada', reason: 'good\n', at: nowIso })).toBe(
      '  ✔ a  succeeded    0.0s  approved by ada: good\\n',
    );
  });

  it('gives the link of each thing once, with the step that made it', () => {
    const at = (link: string) => ({ kind: 'job', id: link, link }) as const;
    const named = (name: string, ...links: string[]): Step => ({
      ...{ name, tries: 1, references: links.map(at) },
      state: { status: 'pending' },
    });
    expect(linkLines({ steps: [named('a', 'x'), named('best', 'x', 'y'), named('b')] })).toEqual([
      '  see a     x',
      '  see best  y',
    ]);
    expect(linkLines({ steps: [named('a', 'x\n✔ all is well')] })).toEqual(['  see a  x\\n✔ all is well']);
  });
});
