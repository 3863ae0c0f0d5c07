/** What the items of a step come to, together. */
import { describe, expect, it } from '@jest/globals';
import { CancelledFailure } from '@temporalio/common';
import { fail } from '../../../src/steps/failures.js';
import { collect } from '../../../src/workflows/kernel/collected.js';

const items = [{ depth: 4 }, { depth: 6 }];
const broken = { error: fail({ code: 'JOB_FAILED', message: 'exit code 1' }) };
const trained = { value: { auc: 0.9 } };
const triesOf = (index: number): number => index + 1;

describe('items that have ended', () => {
  it('are told in the order of the list, each with what it was for and how often it was made', () => {
    expect(collect({ items, settled: [trained, trained], continues: false, triesOf })).toEqual({
      counts: { succeeded: 2, failed: 0 },
      output: {
        state: 'succeeded',
        items: [
          { auc: 0.9, item: { depth: 4 }, index: 0, state: 'succeeded', tries: 1 },
          { auc: 0.9, item: { depth: 6 }, index: 1, state: 'succeeded', tries: 2 },
        ],
        counts: { succeeded: 2, failed: 0 },
      },
    });
  });

  it('make the step fail by the first that failed', () => {
    expect(collect({ items, settled: [trained, broken], continues: false, triesOf })).toEqual({
      failure: { code: 'JOB_FAILED', message: 'item 1 ({"depth":6}): exit code 1' },
    });
  });

  it('may fail where that is said, unless all of them do', () => {
    expect(collect({ items, settled: [broken, trained], continues: true, triesOf })).toMatchObject({
      counts: { succeeded: 1, failed: 1 },
      output: { items: [{ state: 'failed' }, { state: 'succeeded' }] },
    });
    expect(collect({ items, settled: [broken, broken], continues: true, triesOf })).toEqual({
      failure: {
        code: 'JOB_FAILED',
        message: '2 of 2 items failed; item 0 ({"depth":4}): exit code 1',
      },
    });
  });

  it('end the step by what a person has ended, also where one may fail', () => {
    const aborted = { error: fail({ code: 'ABORTED', message: 'ada: no' }) };
    expect(collect({ items, settled: [broken, aborted], continues: true, triesOf })).toMatchObject({
      failure: { code: 'ABORTED' },
    });
  });

  it('come to nothing when one was given up, or was not begun', () => {
    const cancelled = { error: new CancelledFailure('over') };
    expect(collect({ items, settled: [trained, cancelled], continues: true, triesOf })).toBeNull();
    expect(collect({ items, settled: [trained, undefined], continues: true, triesOf })).toBeNull();
  });

  it('are none: that is an output', () => {
    expect(collect({ items: [], settled: [], continues: false, triesOf })).toMatchObject({
      output: { state: 'succeeded', items: [] },
    });
  });
});
