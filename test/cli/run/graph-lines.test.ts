import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { graphLines } from '../../../src/cli/run/view/graph-lines.js';
import { laneRows } from '../../../src/cli/run/view/lanes.js';
import { ansiPaint, plainPaint as paint } from '../../../src/cli/terminal/paint.js';
import { type Graph, graphOfDocument } from '../../../src/pipelines/document/graph.js';
import type { Run, Step, StepState } from '../../../src/run/steps.js';
import { documentIn } from '../../support/documents.js';
import { nowMs, running, steps } from './runs.js';

const graph = graphOfDocument(documentIn(readFileSync('examples/pipelines/sweep.yaml', 'utf8')));
const at = (seconds: number): string => new Date(nowMs + seconds * 1_000).toISOString();
const span = { startedAt: at(-10), endedAt: at(-4) };

const step = (name: string, state: StepState, more: Partial<Step> = {}): Step => ({
  ...{ name, tries: 1, references: [], state },
  ...more,
});
const succeeded = (name: string, output: object = {}): Step =>
  step(name, { status: 'succeeded', ...span, output: { ...output } });
const pending = (name: string): Step => step(name, { status: 'pending' });
const item = (index: number, depth: number, state: StepState, tries = 1): Step =>
  step(`train.${index}`, state, { item: { depth, rate: 0.1 }, tries });

const before = [succeeded('environment'), succeeded('build')];
const after = ['best', 'gate', 'register', 'deploy'];
const training: Run = {
  ...running,
  ...{ runId: 'sweep.demo', startedAt: at(-20), connection: 'domino-dev' },
  steps: [
    ...before,
    step('train', { status: 'waiting', startedAt: at(-4), waitingFor: 'its 4 items' }, { items: 4 }),
    item(0, 4, { status: 'succeeded', ...span, output: { metrics: { auc: 0.712 } } }),
    item(1, 6, { status: 'waiting', startedAt: at(-4), waitingFor: 'job 2 to end' }, 2),
    item(2, 8, { status: 'failed', ...span, failure: { code: 'JOB_FAILED', message: 'exit code 1' } }),
    item(3, 9, { status: 'pending' }),
    ...after.map(pending),
  ],
};

describe('the graph of a run', () => {
  it('shows the steps in their layers, the items beneath theirs, and what a gate holds back', () => {
    expect(graphLines(training, { graph, paint, nowMs, spinner: '⠋' })).toEqual([
      'sweep.demo  running  20s  on domino-dev  by cli ada@desk',
      '',
      '  ✔ environment          succeeded    6.0s',
      '  │',
      '  ✔ build                succeeded    6.0s',
      '  │',
      '  ⠋ train                waiting      4.0s  2 of 4 have ended',
      '  │ ✔ depth 4, rate 0.1  succeeded    6.0s  auc 0.712',
      '  │ ⠋ depth 6, rate 0.1  waiting      4.0s  try 2 · for job 2 to end',
      '  │ ✖ depth 8, rate 0.1  failed       6.0s  JOB_FAILED: exit code 1',
      '  │ · depth 9, rate 0.1  pending',
      '  │',
      '  · best                 pending',
      '  │',
      '  · gate                 pending            holds back register',
      '  ┆',
      '  · register             pending',
      '  │',
      '  · deploy               pending',
    ]);
  });

  it('shows of a step under way what the last look saw, and all there is to say when none succeeds', () => {
    const lineOf = (more: object): string | undefined => {
      const train: Step = { ...steps.train, progress: { ...steps.train.progress, ...more } };
      const one: Graph = { nodes: [nodeOf('train')], edges: [] };
      return graphLines({ ...running, steps: [train] }, { graph: one, paint, nowMs })[2];
    };
    expect(lineOf({})).toBe('  ▸ train  waiting     4m53s  job 7 is Running');
    expect(lineOf({ failingSince: at(-60) })).toContain('failing for 1m00s, look 4');
    expect(lineOf({ untakenSince: at(-60) })).toContain('no worker of the connection has taken it');
  });

  it('shows what has come out when all has ended, and no longer what the gate holds back', () => {
    const run: Run = {
      ...{ ...training, status: 'succeeded', endedAt: at(0) },
      steps: [
        ...before,
        succeeded('train', { counts: { succeeded: 1, failed: 0, skipped: 0 } }),
        item(0, 4, { status: 'succeeded', ...span, output: { metrics: { auc: 0.712 } } }),
        succeeded('best', { metrics: { auc: 0.712 } }),
        succeeded('gate', { verdicts: [{ condition: 'auc >= 0.7', value: 0.712 }] }),
        ...['register', 'deploy'].map((name) => succeeded(name)),
      ],
    };
    expect(graphLines(run, { graph, paint, nowMs }).slice(6)).toEqual([
      '  ✔ train                succeeded    6.0s  1 succeeded',
      '  │ ✔ depth 4, rate 0.1  succeeded    6.0s  auc 0.712',
      '  │',
      '  ✔ best                 succeeded    6.0s  auc 0.712',
      '  │',
      '  ✔ gate                 succeeded    6.0s  auc >= 0.7 (0.712)',
      '  ┆',
      '  ✔ register             succeeded    6.0s',
      '  │',
      '  ✔ deploy               succeeded    6.0s',
    ]);
  });

  it('is drawn also while no worker has told of the steps, with what there is to note', () => {
    const lines = graphLines(
      { ...training, steps: [], notice: 'no worker answered' },
      { graph, paint, nowMs },
    );
    expect([lines[2], lines.at(-1)]).toEqual(['  · environment', '  note: no worker answered']);
  });

  it('shows as cut off what was under way when Temporal ended the run', () => {
    const run: Run = { ...running, steps: [steps.train], status: 'terminated', endedAt: at(0) };
    const one: Graph = { nodes: [nodeOf('train')], edges: [] };
    expect(graphLines(run, { graph: one, paint, nowMs })[2]).toMatch(/^  ✖ train {2}cut off {5}4m53s/);
  });

  it('has the same text with colours', () => {
    const options = { graph, nowMs, spinner: '⠋' };
    const coloured = graphLines(training, { ...options, paint: ansiPaint });
    expect(coloured.map((line) => line.replaceAll(/\u001b\[\d+m/g, '').trimEnd())).toEqual(
      graphLines(training, { ...options, paint }),
    );
  });
});

const nodeOf = (name: string): Graph['nodes'][number] => ({
  ...{ name, kind: 'job', isEach: false, holdsBack: false, isLast: false },
});

/** `a>b` for each edge. */
function drawn(names: string, edges: string): string[] {
  const rows = laneRows({
    nodes: names.split(' ').map(nodeOf),
    edges: edges.split(' ').map((edge) => ({ from: edge.at(0) ?? '', to: edge.at(-1) ?? '', why: 'needs' })),
  });
  return rows.map((row) =>
    (row.kind === 'between' ? row.lanes : `${row.before}o${row.after} ${row.name}`).trimEnd(),
  );
}

describe('the lanes of a graph', () => {
  it('part and join', () => {
    expect(drawn('a b c d', 'a>b a>c b>d c>d')).toEqual(['o   a', '├─╮', 'o │ b', '│ o c', '├─╯', 'o   d']);
  });

  it('lead past a layer, and leave out an edge that another way makes needless', () => {
    expect(drawn('a b c d e', 'a>b a>c b>d c>e d>e a>e')).toEqual([
      'o   a',
      '├─╮',
      'o │ b',
      '│ o c',
      '│ │',
      'o │ d',
      '├─╯',
      'o   e',
    ]);
  });

  it('begin where a step waits for none', () => {
    expect(drawn('a b c d', 'a>b b>d c>d')).toEqual(['o   a', '│ o c', '│ │', 'o │ b', '├─╯', 'o   d']);
  });

  it('are none for a graph without steps', () => {
    expect(laneRows({ nodes: [], edges: [] })).toEqual([]);
  });
});
