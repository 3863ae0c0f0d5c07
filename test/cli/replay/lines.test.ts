import { describe, expect, it } from '@jest/globals';
import { ansiPaint, plainPaint } from '../../../src/cli/terminal/paint.js';
import { applyCommand, planLines } from '../../../src/cli/replay/lines.js';
import type { ReplayPlan } from '../../../src/run/replays/replays.js';

const plan: ReplayPlan = {
  hash: '8177964f2c97fb3f',
  request: {} as ReplayPlan['request'],
  runId: 'train-and-deploy.strict',
  of: { runId: 'train-and-deploy.strict', attemptId: 'a1', status: 'failed' },
  pipeline: 'train-and-deploy',
  connection: 'domino-dev',
  input: {},
  steps: [
    {
      name: 'environment',
      action: 'reused',
      why: 'has finished',
      output: { name: `iris\u001b[31m${'x'.repeat(99)}` },
      cleans: [],
      calls: [],
      generation: 1,
    },
  ],
  differences: [],
  warnings: [],
};

describe('the plan of a replay', () => {
  it('shows outputs in lines of 80 columns, without the control characters in them', () => {
    const [, step, output] = planLines(plan, plainPaint);
    expect(step).toBe('  environment  reused            has finished');
    expect(output).toHaveLength(80);
    expect(output).toMatch(/^ {15}\{"name":"iris\\+u001b\[31mx+…$/);
  });

  it('lists what is done at the end, whatever becomes of the attempt', () => {
    expect(planLines({ ...plan, finally: ['report'] }, plainPaint)[3]).toBe(
      '  report       at the end        under finally, whatever becomes of it',
    );
  });

  it('keeps its own colours', () => {
    expect(planLines(plan, ansiPaint)[2]).toMatch(/^\u001b\[2m .*…\u001b\[22m$/);
  });
});

describe('the command that applies a plan', () => {
  it('asks for all that the plan was asked for', () => {
    const request = {
      ...{ runId: 'mine.a', from: 'train', set: { 'train.command': "it's" }, skip: { a: null, b: { x: 1 } } },
      ...({ fresh: ['c', 'd'], stopFirst: true, definition: 'latest', forkTo: 'k' } as const),
    };
    expect(applyCommand({ ...plan, request })).toBe(
      `longhaul replay apply train-and-deploy.strict --from train --set 'train.command="it'\\''s"' --skip a --skip b=FILE --fresh c,d --stop-first --definition latest --fork k --plan 8177964f2c97fb3f --reason "…"`,
    );
  });
});
