import { describe, expect, it } from '@jest/globals';
import { parseDuration, writeDuration } from '../../../src/run/schedules/durations.js';

describe('a duration that a person writes', () => {
  it.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['3d', 259_200_000],
    ['1h30m', 5_400_000],
    ['0.5s', 500],
  ])('is understood: %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '5', 's', '-5s', '5 s', '5w', '1e3s', '0s', '0.0001s', '9999999999999999999d', 's5'])(
    'is refused when it is none: %j',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );
});

describe('a duration that is written for a person', () => {
  it.each([
    [21_600_000, '6h'],
    [5_400_000, '1h30m'],
    [90_000, '1m30s'],
    [93_784_000, '1d2h3m4s'],
    [1_000, '1s'],
    [0, '0s'],
  ])('reads back: %d ms is %s', (ms, text) => {
    expect(writeDuration(ms)).toBe(text);
    expect(parseDuration(text) ?? 0).toBe(ms);
  });
});
