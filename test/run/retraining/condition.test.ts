import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  longestMetricName,
  readCondition,
  readMetricName,
  writeMetricName,
} from '../../../src/run/retraining/condition.js';
import { parseCondition } from '../../../src/run/retraining/gate.js';

describe('a condition', () => {
  it.each([
    ['"val accuracy" >= 0.9', 'val accuracy'],
    ["'val accuracy' >= 0.9", 'val accuracy'],
    ['"mAP@[.5:.95]" >= 0.9', 'mAP@[.5:.95]'],
    ['mAP@[.5:.95] >= 0.9', 'mAP@[.5:.95]'],
    ['R² >= 0.9', 'R²'],
    ['f1(macro)>=0.9', 'f1(macro)'],
    ['"a >= 1" >= 0.9', 'a >= 1'],
    [String.raw`"say \"yes\"" >= 0.9`, 'say "yes"'],
    [String.raw`'it\'s' >= 0.9`, "it's"],
    ['baseline >= 0.9', 'baseline'],
  ])('%s is about %j', (text, metric) => {
    expect(parseCondition(text)).toEqual({ text, metric, operator: '>=', bound: { value: 0.9 } });
  });

  it.each([
    ['a >= .9', { value: 0.9 }],
    ['a >= -.5', { value: -0.5 }],
    ['a >= +1.', { value: 1 }],
    ['a >= 1e-3', { value: 0.001 }],
    ['a >= baseline', { baselineOffset: 0 }],
    ['a >= baseline * 1.01', { baselineOffset: 0, baselineFactor: 1.01 }],
    ['a >= 1.01 * baseline', { baselineOffset: 0, baselineFactor: 1.01 }],
    ['a >= baseline*.99 - 1e-3', { baselineOffset: -0.001, baselineFactor: 0.99 }],
    ['a >= baseline / 2 + 1', { baselineOffset: 1, baselineFactor: 0.5 }],
  ])('%s has the bound %j', (text, bound) => {
    expect(parseCondition(text)?.bound).toEqual(bound);
  });

  it.each([
    ['val accuracy >= 0.9', 'at character 5: expected ">=", "<=", ">" or "<"'],
    ['accuracy = 0.9', 'at character 10: expected ">=", "<=", ">" or "<"'],
    [
      'accuracy >= 0.9; drop',
      'at character 16: expected the end of the condition, or "* baseline", but found "; drop"',
    ],
    ['accuracy >= 0,9', 'at character 14: expected the end'],
    ['accuracy >= 0x10', 'at character 14: expected the end'],
    ['accuracy >= 1_000', 'at character 14: expected the end'],
    ['accuracy >= live', 'at character 13: expected a number such as 0.9, or "baseline"'],
    ['accuracy >= baseline * ', 'at character 24: expected a number such as 1.01, but the text ends'],
    ['accuracy >= baseline 2', 'at character 22: expected "+", "-" or the end'],
    ['accuracy >= 2 * 3', 'at character 17: expected "baseline"'],
    ['accuracy >= baseline / 0', 'cannot be divided by 0'],
    ['accuracy >= baseline / 1e-320', 'is divided by too small a number'],
    ['accuracy >= 1e999', 'is too large a number'],
    ['"accuracy >= 0.9', 'at character 17: expected a quote that ends the name, but the text ends'],
    ['"" >= 0.9', 'the name of the metric is empty'],
    [String.raw`"a\q" >= 0.9`, 'is not a text in quotes'],
    [`${'a'.repeat(longestMetricName + 1)} >= 0.9`, 'at most 200 characters'],
  ])('%s says what is wrong and where', (text, fault) => {
    expect(readCondition(text)).toEqual({ ok: false, fault: expect.stringContaining(fault) });
  });

  it('is about any metric whose name is written in quotes', () => {
    fc.assert(
      fc.property(fc.uint16Array({ minLength: 1, maxLength: longestMetricName }), (units) => {
        const metric = String.fromCharCode(...units);
        expect(parseCondition(`${JSON.stringify(metric)} >= 1`)?.metric).toBe(metric);
        expect(parseCondition(`${writeMetricName(metric)} > baseline`)?.metric).toBe(metric);
        expect(readMetricName(JSON.stringify(metric))).toEqual({ ok: true, value: metric });
      }),
    );
  });
});

describe('the name of a metric alone', () => {
  it.each([
    ['val accuracy', 'val accuracy'],
    ['mAP@[.5:.95]', 'mAP@[.5:.95]'],
    ['"val accuracy"', 'val accuracy'],
    ["'f1, macro'", 'f1, macro'],
  ])('%s is %j', (text, value) => {
    expect(readMetricName(text)).toEqual({ ok: true, value });
  });

  it('is refused when it is empty, or more than a text in quotes', () => {
    expect(readMetricName(' ')).toMatchObject({ ok: false });
    expect(readMetricName('"a" b')).toMatchObject({ ok: false });
  });
});
