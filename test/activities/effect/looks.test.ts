import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSharedLooks, lagMs, nextLookMs } from '../../../src/activities/effect/looks.js';

const bounds = { firstLookMs: 2_000, lastLookMs: 60_000 };

describe('nextLookMs', () => {
  it('stays within a fifth of a tenth of the time waited, and within its bounds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (elapsedMs, random) => {
          const middle = Math.min(Math.max(elapsedMs / 10, 2_000), 60_000);
          const next = nextLookMs(elapsedMs, bounds, () => random);
          expect(next).toBeGreaterThanOrEqual(Math.floor(middle * 0.8));
          expect(next).toBeLessThanOrEqual(Math.ceil(middle * 1.2));
        },
      ),
    );
  });
});

describe('createSharedLooks', () => {
  it('asks once for all who ask at once, and again when the answer is too old', async () => {
    let clockMs = 0;
    let reads = 0;
    const looks = createSharedLooks(() => clockMs);
    const read = () => Promise.resolve((reads += 1));

    expect(await Promise.all(Array.from({ length: 50 }, () => looks.share('p', 1_000, read)))).toEqual(
      Array(50).fill(1),
    );
    clockMs = 1_000;
    expect(await looks.share('p', 1_000, read)).toBe(1);
    clockMs = 1_001;
    expect(await looks.share('p', 1_000, read)).toBe(2);
    expect(await looks.share('other', 1_000, read)).toBe(3);
  });

  it('forgets after a minute what nobody asks for, when anything else is read', async () => {
    let clockMs = 0;
    const looks = createSharedLooks(() => clockMs);
    const share = (key: string, answer: string) => looks.share(key, 1e9, () => Promise.resolve(answer));
    expect([await share('p', 'first'), await share('q', 'first')]).toEqual(['first', 'first']);
    clockMs = 60_000;
    await share('r', 'first');
    expect(await share('p', 'second')).toBe('first');
    clockMs = 60_001;
    await share('s', 'first');
    expect([await share('p', 'second'), await share('r', 'second')]).toEqual(['second', 'first']);
  });

  it('does not remember a failure', async () => {
    const looks = createSharedLooks();
    await expect(looks.share('p', 1_000, () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(await looks.share('p', 1_000, () => Promise.resolve('up'))).toBe('up');
  });
});

it('reads may lag three settle times behind a request', () => {
  expect(lagMs({ settleMs: 200 })).toBe(600);
});
