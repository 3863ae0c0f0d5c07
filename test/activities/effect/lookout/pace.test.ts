import { describe, expect, it } from '@jest/globals';
import { createAllowances, intervalMs, withLasted } from '../../../../src/activities/effect/lookout/pace.js';

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
    const allowances = createAllowances(5, () => clockMs);
    const allowance = allowances.join();
    allowances.shareWith(20);
    allowance.spend(1);
    expect(allowance.isLeft()).toBe(true); // what it may save up itself
    allowance.spend(1);
    expect(allowance.isLeft()).toBe(false);
    expect(allowance.restMs()).toBeLessThanOrEqual(2);
    allowance.spend(1);
    expect(allowance.restMs()).toBe(4_001);
    clockMs = 4_100;
    expect(allowance.isLeft()).toBe(true);
    clockMs = 1e9;
    allowance.spend(1);
    allowance.spend(2);
    expect(allowance.isLeft()).toBe(false); // no more than two looks are saved up
  });

  /** How many looks each has had after 100 s that wants one every so many milliseconds; below zero, one of many requests. */
  function looksOf(everyMs: readonly number[], { requests = 1 } = {}) {
    let clockMs = 0;
    const allowances = createAllowances(5, () => clockMs);
    const all = everyMs.map((ms) => ({ ms, allowance: allowances.join(), dueMs: 0, looks: 0 }));
    allowances.shareWith(all.length);
    for (; clockMs < 100_000; clockMs += 10)
      for (const one of all)
        if (one.dueMs <= clockMs && one.allowance.isLeft()) {
          one.allowance.spend(one.ms < 0 ? requests : 1);
          one.looks += 1;
          one.dueMs = clockMs + Math.abs(one.ms);
        }
    return all.map(({ looks }) => looks);
  }
  const many = (count: number, ms: number): number[] => Array.from({ length: count }, () => ms);

  it('is what the others leave of theirs, too: those that are near an end look when they are due', () => {
    const looks = looksOf([...many(4, 2_000), ...many(16, 15_000)]);
    expect(looks.slice(0, 4).every((count) => count >= 48)).toBe(true);
    expect(looks.slice(4).every((count) => count >= 6)).toBe(true);
  });

  it('comes to what all may send, when all want more', () => {
    const looks = looksOf(many(20, 1_000));
    const sum = looks.reduce((total, count) => total + count, 0);
    expect(sum).toBeGreaterThan(480);
    expect(sum).toBeLessThan(500 + 20 + 10 + 20); // with what each, and all, had saved up
    expect(Math.min(...looks)).toBeGreaterThan(15);
  });

  it('leaves its part to each, whatever one that takes many requests at a time takes of the others', () => {
    const looks = looksOf([...many(1, -2_000), ...many(19, 4_000)], { requests: 30 });
    expect(Math.min(...looks.slice(1))).toBeGreaterThanOrEqual(22);
    expect(looks[0]).toBeLessThan(10);
  });

  it('is no more than its part where the others are kept by other workers', () => {
    let clockMs = 0;
    const allowances = createAllowances(5, () => clockMs);
    const allowance = allowances.join();
    allowances.shareWith(10);
    let looks = 0;
    for (; clockMs < 100_000; clockMs += 10)
      if (allowance.isLeft()) {
        allowance.spend(1);
        looks += 1;
      }
    expect(looks).toBeGreaterThan(48);
    expect(looks).toBeLessThan(54);
  });

  it('goes to the others when a lookout ends', () => {
    let clockMs = 0;
    const allowances = createAllowances(5, () => clockMs);
    const [one, other] = [allowances.join(), allowances.join()];
    one.leave();
    for (const allowance of [one, other]) allowance.spend(20);
    expect(other.restMs()).toBeLessThan(10_000);
    clockMs = 10_000;
    expect(other.isLeft()).toBe(true);
  });
});
