import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Metrics } from '../../../src/run/retraining/metrics.js';
import type { Condition } from '../../../src/run/retraining/condition.js';
import { judge, judgeGate, metricsNamed, parseCondition } from '../../../src/run/retraining/gate.js';

const conditions = (...texts: string[]): Condition[] =>
  texts.map((text) => parseCondition(text)).filter((condition): condition is Condition => condition !== null);

describe('parseCondition', () => {
  it('reads a number as the bound', () => {
    expect(parseCondition(' accuracy>=0.9 ')).toEqual({
      text: 'accuracy>=0.9',
      metric: 'accuracy',
      operator: '>=',
      bound: { value: 0.9 },
    });
  });

  it('reads the baseline with an offset as the bound', () => {
    expect(parseCondition('log_loss <= baseline + 0.02')?.bound).toEqual({ baselineOffset: 0.02 });
    expect(parseCondition('accuracy >= baseline - 0.01')?.bound).toEqual({ baselineOffset: -0.01 });
    expect(parseCondition('accuracy > baseline')?.bound).toEqual({ baselineOffset: 0 });
  });

  it.each([
    '',
    'accuracy',
    'accuracy = 0.9',
    '0.9 <= accuracy',
    'accuracy >= live',
    'accuracy >= 0.9; drop',
    'a >= 1 >= 2',
  ])('refuses %j', (text) => {
    expect(parseCondition(text)).toBeNull();
  });
});

describe('a gate', () => {
  const judged = (texts: string[], metrics: Metrics, baseline: Metrics | null = null) =>
    judgeGate(texts, { metrics }, baseline && { metrics: baseline }).failure;

  it('says first what was not measured, then what the live model lacks, then what does not hold', () => {
    expect(judged(['a >= 1', 'b >= 1'], { a: 1, b: 1 })).toBeNull();
    expect(judged(['a >= 1', 'b >= baseline', 'c > 3'], { a: 0 }, {})).toEqual({
      code: 'METRIC_MISSING',
      message: 'no metric for b >= baseline, c > 3; the training wrote a',
    });
    expect(judged(['a >= 1', 'b >= baseline'], { a: 0, b: 1 }, {})).toEqual({
      code: 'BASELINE_UNKNOWN',
      message: 'the live model has no metric for b >= baseline',
    });
    expect(judged(['a >= 1', 'b >= baseline', 'c < 3'], { a: 0, b: 1, c: 4 }, { b: 0.5 })).toEqual({
      code: 'GATE_REFUSED',
      message: 'a >= 1 does not hold: 0 against 1; c < 3 does not hold: 4 against 3',
    });
  });

  it('names the metrics of what is a condition', () => {
    expect(metricsNamed(['a >= 1', 'none', 'b < baseline'])).toEqual(['a', 'b']);
  });
});

describe('judge', () => {
  it('compares each metric with its bound', () => {
    const verdicts = judge(
      conditions('accuracy >= 0.9', 'log_loss < 0.1'),
      { accuracy: 0.9, log_loss: 0.1 },
      null,
    );
    expect(verdicts).toEqual([
      { condition: 'accuracy >= 0.9', value: 0.9, bound: 0.9, holds: true },
      { condition: 'log_loss < 0.1', value: 0.1, bound: 0.1, holds: false },
    ]);
  });

  it.each([
    ['>=', [false, true, true]],
    ['>', [false, false, true]],
    ['<=', [true, true, false]],
    ['<', [true, false, false]],
  ])('by %s below, at and above the bound', (operator, holds) => {
    const [condition] = conditions(`m ${operator} 2`);
    expect([1, 2, 3].map((m) => judge(condition ? [condition] : [], { m }, null)[0]?.holds)).toEqual(holds);
  });

  it('adds the offset to the baseline’s metric', () => {
    const [verdict] = judge(conditions('accuracy >= baseline - 0.25'), { accuracy: 0.5 }, { accuracy: 0.75 });
    expect(verdict).toEqual({
      condition: 'accuracy >= baseline - 0.25',
      value: 0.5,
      bound: 0.5,
      holds: true,
    });
  });

  it('lets the first model of a kind pass, which has no baseline', () => {
    const [verdict] = judge(conditions('accuracy >= baseline'), { accuracy: 0.1 }, null);
    expect(verdict).toEqual({ condition: 'accuracy >= baseline', value: 0.1, bound: null, holds: true });
  });

  it('does not hold when the baseline lacks the metric', () => {
    const [verdict] = judge(conditions('accuracy >= baseline'), { accuracy: 0.9 }, { auc: 0.5 });
    expect(verdict).toEqual({ condition: 'accuracy >= baseline', value: 0.9, bound: null, holds: false });
  });

  it('never holds for a metric that is missing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('>=', '<=', '>', '<'),
        fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
        (operator, bound) => {
          const parsed = conditions(`m ${operator} ${bound.toFixed(3)}`, `m ${operator} baseline`);
          expect(parsed).toHaveLength(2);
          expect(judge(parsed, { other: bound }, { m: bound }).map(({ holds }) => holds)).toEqual([
            false,
            false,
          ]);
        },
      ),
    );
  });
});
