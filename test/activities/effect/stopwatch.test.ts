import { describe, expect, it } from '@jest/globals';
import { startStopwatch } from '../../../src/activities/effect/stopwatch.js';

const started = () => {
  const times = { monotonic: 5_000, wall: Date.parse('2026-12-01T04:00:00Z') };
  const watch = startStopwatch({ monotonic: () => times.monotonic, wall: () => times.wall });
  return { times, watch };
};

describe('a stopwatch', () => {
  it('tells the same time when the clock is set back or forth', () => {
    const { times, watch } = started();
    times.monotonic += 2_000;
    times.wall -= 3_600_000;
    expect([watch.passedMs(), watch.mostPassedMs()]).toEqual([2_000, 2_000]);
    times.wall += 7_200_000;
    expect(watch.passedMs()).toBe(2_000);
  });

  it('lets no deadline be missed on a machine that was suspended, where the monotonic clock stood still', () => {
    const { times, watch } = started();
    times.monotonic += 10;
    times.wall += 60_000;
    expect([watch.passedMs(), watch.mostPassedMs()]).toEqual([10, 60_000]);
  });
});
