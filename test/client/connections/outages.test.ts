/** Whether a platform gives no usable answer, by what the lookouts of its connection say. */
import { describe, expect, it } from '@jest/globals';
import { outageIn } from '../../../src/client/connections/outages.js';
import type { LookoutWord } from '../../../src/run/lookouts.js';

const beganMs = Date.parse('2026-11-30T04:00:00Z');
/** Its last answer was so many seconds after that, and from then on there was none, where `failing` says so. */
const word = (answeredSeconds: number, failing?: Partial<LookoutWord['failing']>): LookoutWord => ({
  ...{ lookedAtMs: beganMs + answeredSeconds * 1_000, nextLookMs: 0, others: {}, ended: [] },
  ...(failing && {
    failing: { sinceMs: beganMs + (answeredSeconds + 1) * 1_000, message: 'ECONNREFUSED', ...failing },
  }),
});

describe('an outage, as lookouts tell it', () => {
  it('began when the first of them got no usable answer', () => {
    expect(outageIn([word(5, {}), word(2, { message: 'timed out' }), word(1)])).toEqual({
      since: '2026-11-30T04:00:03.000Z',
      message: 'timed out',
    });
  });

  it('is none where the platform has answered another one since, or asks to be sent nothing', () => {
    expect(outageIn([word(5, {}), word(9)])).toBeNull();
    expect(outageIn([word(5, { heldUntilMs: beganMs + 60_000 })])).toBeNull();
    expect(outageIn([])).toBeNull();
  });
});
