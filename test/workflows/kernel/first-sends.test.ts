/** Whether it is known that a step has sent nothing yet. */
import { describe, expect, it } from '@jest/globals';
import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import { mayBeMadeDetail } from '../../../src/run/failures/errors.js';
import { FirstSends, type FirstSendsOptions } from '../../../src/workflows/kernel/first-sends.js';

const of = (options: Partial<FirstSendsOptions> = {}): FirstSends =>
  new FirstSends({ continuation: undefined, isReset: false, isLast: () => false, ...options });
const failed = (cause: Error): ActivityFailure =>
  new ActivityFailure('failed', 'sendRequest', 'ask.1', RetryState.NON_RETRYABLE_FAILURE, 'worker', cause);
const unsent = failed(ApplicationFailure.create({ type: 'SERVICE_UNUSABLE', nonRetryable: true }));
const lost = failed(ApplicationFailure.create({ type: 'EFFECT_UNKNOWN', details: [mayBeMadeDetail] }));
const silent = failed(new TimeoutFailure('no worker', undefined, 'SCHEDULE_TO_CLOSE'));

describe('a step that may send once', () => {
  it('has sent nothing in a run that begins, and may have after a reset', () => {
    expect(of().isFirst('ask')).toBe(true);
    expect(of({ isReset: true }).isFirst('ask')).toBe(false);
  });

  it('has sent what an attempt before says, or may have where that says nothing', () => {
    const continued = of({ continuation: { begun: ['ask'] } });
    expect([continued.isFirst('ask'), continued.isFirst('report')]).toEqual([false, true]);
    expect(of({ continuation: {} }).isFirst('report')).toBe(false);
  });

  it('has sent nothing where every attempt does it anew, whatever one before has begun', () => {
    const last = { isLast: (step: string) => step === 'report' };
    expect(of({ ...last, isReset: true }).isFirst('report')).toBe(true);
    const sends = of({ ...last, continuation: { begun: ['report'] } });
    expect(sends.isFirst('report')).toBe(true);
    sends.failed('report', lost);
    expect(sends.isFirst('report')).toBe(false);
  });

  it.each([
    ['an effect that has sent nothing', unsent, true],
    ['a step that came to no effect', ApplicationFailure.create({ type: 'EXPRESSION_FAILED' }), true],
    ['an effect that may have sent', lost, false],
    ['an effect of which nobody knows', silent, false],
  ])('after %s', (_, error, isFirst) => {
    const sends = of();
    sends.failed('ask', error);
    expect([sends.isFirst('ask'), sends.isFirst('report')]).toEqual([isFirst, true]);
  });

  it('may have sent, once it may have, until it is of another generation', () => {
    const sends = of();
    sends.failed('ask', lost);
    sends.failed('ask', unsent);
    expect(sends.isFirst('ask')).toBe(false);
    sends.renewed('ask');
    expect(sends.isFirst('ask')).toBe(true);
    sends.failed('ask', lost);
    expect(sends.isFirst('ask')).toBe(false);
  });
});
