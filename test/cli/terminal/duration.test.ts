import { describe, expect, it } from '@jest/globals';
import { showDuration } from '../../../src/cli/terminal/duration.js';

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
