/** How a new model is compared, as the input of a retraining says it. */
import { expect, it } from '@jest/globals';
import { Compare } from '../../../src/run/inputs/retrain-input.js';

it('takes a margin or a tolerance, and not both', () => {
  const faults = (more: object) =>
    Compare.safeParse({ metric: 'f1', ...more }).error?.issues.map(({ path, message }) => [path, message]);
  expect([faults({}), faults({ margin: 0.1 }), faults({ tolerance: 0.1 })]).toEqual(Array(3).fill(undefined));
  expect(faults({ margin: 0.1, tolerance: 0.1 })).toEqual([[['tolerance'], 'excludes `margin`']]);
});
