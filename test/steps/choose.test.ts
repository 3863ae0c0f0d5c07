import { describe, expect, it } from '@jest/globals';
import { bestOf } from '../../src/steps/choose.js';

const of = (auc: number | string) => ({ jobId: `j${auc}`, metrics: { auc } });

describe('the best of several', () => {
  it('is the first of those with the highest metric, or with the lowest', () => {
    const candidates = [of(0.7), null, of(0.9), of(0.9), of(0.6)];
    expect(bestOf({ candidates, by: 'auc', highest: true })).toMatchObject({
      jobId: 'j0.9',
      index: 2,
      value: 0.9,
    });
    expect(bestOf({ candidates, by: 'auc', highest: false })).toMatchObject({
      jobId: 'j0.6',
      index: 4,
      value: 0.6,
    });
  });

  it('is none where nothing has measured the metric as a number', () => {
    expect(bestOf({ candidates: [null, of('NaN'), { jobId: 'x' }], by: 'auc', highest: true })).toBeNull();
    expect(bestOf({ candidates: [], by: 'auc', highest: true })).toBeNull();
    const lowest = { candidates: [of(0.6), of(0.7), of(0.6)], by: 'auc', highest: false };
    expect(bestOf(lowest)).toMatchObject({ index: 0, value: 0.6 });
  });
});
