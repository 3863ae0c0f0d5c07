import { describe, expect, it } from '@jest/globals';
import { bestOf, choose } from '../../src/steps/choose.js';

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

  it('says why there is none, and what was written in the place of a number', () => {
    const failed = (candidates: readonly object[]) => () =>
      choose.perform({} as never, { candidates: candidates as never, by: 'auc', highest: true });
    expect(failed([{ metrics: {} }])).toThrow(
      'of 1 candidates, 1 have succeeded, and none of them has measured auc',
    );
    expect(failed([{ metrics: {} }, { metrics: {}, notNumbers: { auc: 'NaN' } }])).toThrow(
      'of 2 candidates, 2 have succeeded, and of none is auc a number: of one, auc is "NaN", which is not a number',
    );
  });
});
