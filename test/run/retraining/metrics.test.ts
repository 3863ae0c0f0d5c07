import { describe, expect, it } from '@jest/globals';
import { compareMetrics, missingMetric } from '../../../src/run/retraining/comparison.js';
import type { LiveModel } from '../../../src/run/undoing/effects.js';
import { judgeGate } from '../../../src/run/retraining/gate.js';
import { firstMetrics, metricIn } from '../../../src/run/retraining/metrics.js';
import { namedMetrics } from '../../../src/run/retraining/named-metrics.js';

const live = (metrics: LiveModel['metrics'], more: Partial<LiveModel> = {}): LiveModel => ({
  ...{ modelApiVersionId: 'v', model: 'iris', modelVersion: 3, trainedAt: null, commitId: null },
  metrics,
  ...more,
});

describe('a metric that is no number', () => {
  const measured = { metrics: { loss: 1 }, notNumbers: { accuracy: 'NaN' } };

  it('refuses the model, and is said as what it is', () => {
    expect(judgeGate(['accuracy >= 0.9'], measured, null).failure).toEqual({
      code: 'METRIC_NOT_A_NUMBER',
      message: 'accuracy is "NaN", which is not a number',
    });
    expect(missingMetric({ metric: 'accuracy', better: 'higher' }, measured)).toEqual({
      code: 'METRIC_NOT_A_NUMBER',
      message: 'accuracy is "NaN", which is not a number',
    });
  });

  it('of the live model makes the baseline unknown', () => {
    const baseline = live({ loss: 1 }, { notNumbers: { accuracy: '0,93' } });
    const message = 'of the live model, accuracy is "0,93", which is not a number';
    const model = { metrics: { accuracy: 0.9 } };
    expect(judgeGate(['accuracy >= baseline'], model, baseline).failure).toEqual({
      code: 'BASELINE_UNKNOWN',
      message,
    });
    expect(compareMetrics({ metric: 'accuracy', better: 'higher' }, model, baseline)).toEqual({
      code: 'BASELINE_UNKNOWN',
      message,
    });
  });

  it('is not taken for one when a person has supplied it as a text', () => {
    const supplied = JSON.parse('{"accuracy":"0.95"}') as Record<string, number>;
    expect(judgeGate(['accuracy >= 0.9'], { metrics: supplied }, null).failure).toEqual({
      code: 'METRIC_NOT_A_NUMBER',
      message: 'accuracy is "0.95", which is not a number',
    });
  });

  it('is not found in what every object has', () => {
    expect(metricIn({}, 'constructor')).toBeNull();
    expect(judgeGate(['toString >= 0.9'], { metrics: {} }, null).failure).toEqual({
      code: 'METRIC_MISSING',
      message: 'no metric for toString >= 0.9; the training wrote none',
    });
  });
});

it('multiplies the baseline', () => {
  const { verdicts } = judgeGate(['a >= baseline * 1.5 - 0.5'], { metrics: { a: 1 } }, live({ a: 1 }));
  expect(verdicts).toEqual([{ condition: 'a >= baseline * 1.5 - 0.5', value: 1, bound: 1, holds: true }]);
});

it('says how many metrics more there are than a message names', () => {
  const metrics = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`m${index}`, index]));
  expect(judgeGate(['accuracy >= 1'], { metrics, metricsLeftOut: 5 }, null).failure?.message).toMatch(
    /the training wrote m0, m1, .*, m19 and 15 more$/,
  );
});

it('compares by a metric that is named in quotes, or as it is', () => {
  const metrics = { 'val accuracy': 0.9 };
  for (const metric of ['val accuracy', '"val accuracy"'])
    expect(
      compareMetrics({ metric, better: 'higher' }, { metrics }, live({ 'val accuracy': 0.8 })),
    ).toMatchObject({
      metric: 'val accuracy',
      value: 0.9,
      live: 0.8,
      better: true,
    });
});

it('keeps the metrics first that gate, comparison and conditions name', () => {
  const named = namedMetrics({
    gate: { conditions: ['"val accuracy" >= 0.9', 'f1 > baseline'], baseline: 'live' },
    compare: { metric: "'R²'", better: 'higher' },
    when: { all: [{ any: [{ metric: 'psi > 1', from: 'live' }, { always: true }] }] },
  });
  expect(named).toEqual(['val accuracy', 'f1', 'psi', 'R²']);
  const metrics = { a: 1, b: 2, psi: 3, c: 4, f1: 5 };
  expect(Object.keys(firstMetrics(metrics, named, 3))).toEqual(['a', 'psi', 'f1']);
});
