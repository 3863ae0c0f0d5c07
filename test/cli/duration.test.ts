import { describe, expect, it } from '@jest/globals';
import { showDuration } from '../../src/cli/duration.js';
import { parseDuration } from '../../src/pipeline/durations.js';

describe('a duration that a person types', () => {
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

  it.each(['', '5', 's', '-5s', '5 s', '5w', '1e3s', '0s', '9999999999999999999d', 's5'])(
    'is refused when it is none: %j',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );
});

describe('a duration that a person reads', () => {
  it.each([
    [0, '0.0s'],
    [-5, '0.0s'],
    [340, '0.3s'],
    [9_949, '9.9s'],
    [9_990, '10s'],
    [59_400, '59s'],
    [59_600, '1m00s'],
    [185_000, '3m05s'],
    [3_599_600, '1h00m'],
    [4_320_000, '1h12m'],
    [183_600_000, '2d03h'],
  ])('has two units at most: %d ms is %s', (ms, text) => {
    expect(showDuration(ms)).toBe(text);
  });
});
