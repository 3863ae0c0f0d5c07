/** Whether a new model is better than the live one. */
import { describe, expect, it } from '@jest/globals';
import { compareMetrics, metricOf, missingMetric } from '../../../src/run/retraining/comparison.js';
import { namedMetrics, neededStats } from '../../../src/run/retraining/named-metrics.js';

const live = (metrics: object, more: object = {}) =>
  ({ model: 'm', modelVersion: 3, metrics, ...more }) as never; // of a live model, what is compared

describe('a new model', () => {
  it.each([
    ['higher', {}, 0.9, 0.8, true, 0.8],
    ['higher', {}, 0.8, 0.8, false, 0.8],
    ['higher', {}, 0.7, 0.8, false, 0.8],
    ['lower', {}, 0.7, 0.8, true, 0.8],
    ['lower', {}, 0.8, 0.8, false, 0.8],
    ['lower', {}, 0.9, 0.8, false, 0.8],
    ['higher', { tolerance: 0.25 }, 0.75, 1, true, 0.75],
    ['higher', { tolerance: 0.25 }, 1, 1, true, 0.75],
    ['higher', { tolerance: 0.25 }, 0.7, 1, false, 0.75],
    ['higher', { margin: 0.25 }, 1.25, 1, true, 1.25],
    ['higher', { margin: 0.25 }, 1.2, 1, false, 1.25],
    ['lower', { margin: 0.25 }, 0.75, 1, true, 0.75],
    ['lower', { tolerance: 0.25 }, 1.25, 1, true, 1.25],
    ['lower', { tolerance: 0.25 }, 1.3, 1, false, 1.25],
  ] as const)('by %s %j: %d beside %d', (better, more, value, reference, isBetter, bound) => {
    const by = { metric: 'auc', better, ...more };
    expect(compareMetrics(by, { metrics: { auc: value } }, live({ auc: reference }))).toEqual({
      ...{ metric: 'auc', value, live: reference, bound, better: isBetter },
      liveVersion: { model: 'm', version: 3 },
    });
  });

  const by = { metric: '"auc"', better: 'higher' } as const;
  it('is better where nothing is live, and cannot be compared with what has no such metric', () => {
    expect(compareMetrics(by, { metrics: { auc: 1 } }, null)).toEqual({
      ...{ metric: 'auc', value: 1, live: null, bound: null, better: true, liveVersion: null },
    });
    expect(compareMetrics(by, { metrics: { auc: 1 } }, live({}))).toEqual({
      ...{ code: 'BASELINE_UNKNOWN', message: 'the live model has no metric auc' },
    });
    expect(compareMetrics(by, { metrics: {} }, live({}, { notNumbers: { auc: 'NaN' } }))).toMatchObject({
      message: expect.stringMatching(/^of the live model, .*auc/),
    });
  });

  it('is compared by a metric that it has measured, in quotes or not', () => {
    expect([metricOf({ metric: '"a b"' }), metricOf({ metric: 'auc' }), metricOf({ metric: 'a b' })]).toEqual(
      [...['a b', 'auc', 'a b']],
    );
    expect(missingMetric(by, { metrics: { auc: 1 } })).toBeNull();
    expect(missingMetric(by, { metrics: {} })).toMatchObject({ code: 'METRIC_MISSING' });
  });
});

describe('the metrics that an input names', () => {
  const naming = {
    gate: { conditions: ['auc > 1', 'f1 > 1'] },
    compare: { metric: '"mse"', better: 'lower' as const },
    when: {
      all: [{ metric: 'auc > 0' }, { any: [{ metric: 'psi > 0' }, { all: [{ metric: 'age > 1' }] }] }],
      any: [{ metric: 'drift > 0' }, { always: true }],
    } as never,
  };

  it('are those by which it decides, each once', () => {
    expect(namedMetrics(naming)).toEqual(['auc', 'f1', 'psi', 'age', 'drift', 'mse']);
    expect(namedMetrics({})).toEqual([]);
  });

  it('are read with the MLflow run, where that is not given', () => {
    const register = { model: 'm' };
    expect(neededStats({ register })).toEqual(['mlflow_run_id']);
    expect(neededStats({ register: { ...register, experimentRunId: 'x' } })).toEqual([]);
    expect(neededStats(naming)).toEqual(namedMetrics(naming));
  });
});
