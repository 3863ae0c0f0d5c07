/** What expressions see of steps. */
import { describe, expect, it } from '@jest/globals';
import { stepValue } from '../../../src/pipelines/document/scope.js';

describe('the items that a person supplies for a step with each', () => {
  it('have succeeded where nothing else is said, and are counted', () => {
    const output = { items: [{ jobId: 'a' }, { jobId: 'b', state: 'failed', tries: 3 }] };
    expect(stepValue({ state: 'succeeded', output })).toEqual({
      state: 'succeeded',
      items: [
        { index: 0, state: 'succeeded', tries: 1, jobId: 'a' },
        { index: 1, state: 'failed', tries: 3, jobId: 'b' },
      ],
      counts: { succeeded: 1, failed: 1 },
    });
  });

  it('stay as they are where they are counted', () => {
    const output = { items: [{ jobId: 'a' }], counts: { succeeded: 9, failed: 0 } };
    expect(stepValue({ state: 'succeeded', output })).toEqual({ ...output, state: 'succeeded' });
  });
});

it('a step that did not succeed has its state alone', () => {
  expect(stepValue({ state: 'failed', output: null })).toEqual({ state: 'failed' });
});
