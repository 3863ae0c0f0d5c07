import { describe, expect, it } from '@jest/globals';
import { createAllowance, intervalMs, withLasted } from '../../../../src/activities/effect/lookout/pace.js';

const bounds = { firstLookMs: 2_000, lastLookMs: 60_000 };
const minutes = (count: number): number => count * 60_000;

describe('the time between two looks', () => {
  it('is short at what is young, a tenth of its age later, and never more than 15 s', () => {
    expect([0, minutes(1), minutes(2), minutes(600)].map((age) => intervalMs(age, [], bounds))).toEqual([
      2_000, 6_000, 12_000, 15_000,
    ]);
  });

  it('is short again near the end that the last ones had, once there were three of them', () => {
    const age = minutes(118);
    expect(intervalMs(age, [minutes(120), minutes(120)], bounds)).toBe(15_000);
    const lasted = [minutes(121), minutes(5), minutes(119)];
    expect(intervalMs(age, lasted, bounds)).toBe(2_000);
    expect(intervalMs(minutes(100), lasted, bounds)).toBe(15_000);
  });

  it('stays within what the settings say', () => {
    expect(intervalMs(minutes(600), [], { firstLookMs: 100, lastLookMs: 500 })).toBe(500);
    expect(intervalMs(0, [], { firstLookMs: 30_000, lastLookMs: 60_000 })).toBe(30_000);
  });

  it('knows the latest twenty ends', () => {
    const lasted = Array.from({ length: 30 }, (_, at) => at).reduce<readonly number[]>(withLasted, []);
    expect([lasted.length, lasted[0], lasted.at(-1)]).toEqual([20, 10, 29]);
  });
});

describe('the allowance of a lookout', () => {
  it('is spent ahead by what a look takes, and comes back at the rate that it has among the others', () => {
    let clockMs = 0;
    const allowance = createAllowance(5, () => clockMs);
    allowance.shareWith(20);
    expect(allowance.isLeft()).toBe(true);
    allowance.spend(1);
    expect(allowance.isLeft()).toBe(false);
    expect(allowance.restMs()).toBeLessThanOrEqual(2);
    allowance.spend(1);
    expect(allowance.restMs()).toBe(4_001);
    clockMs = 4_100;
    expect(allowance.isLeft()).toBe(true);
    clockMs = 1e9;
    expect(allowance.isLeft()).toBe(true);
    allowance.spend(2);
    expect(allowance.isLeft()).toBe(false); // no more than one look is saved up
  });
});
