import { describe, expect, it } from '@jest/globals';
import { comparable, firstDifference } from '../../../src/client/diffs/log-difference.js';

const log = (lines: string[], whole = true) => ({ lines, whole, names: [] });

describe('comparable', () => {
  it.each([
    ['2026-11-21T03:14:15.123Z start', '2025-01-02 23:59:59,5 +01:00 start'],
    ['Sat Nov 21 03:14:15 2026 start', 'Mon Dec 1 13:00:00 2025 start'],
    ['at 03:14:15', 'at 23:59:59.999'],
    ['epoch 1763694855 done', 'epoch 1763694855123 done'],
    ['read in 3.2 s', 'read in 917ms'],
    ['job 6561f0c2a1b2c3d4e5f60718', 'job 6561f0c2a1b2c3d4e5f60717'],
    ['request 0f8fad5b-d9cb-469f-a165-70867728950e', 'request 7c9e6679-7425-40de-944b-e07fc1f90ae7'],
    ['title [lh:k3f5x2m7qa4t]', 'title [lh:aaaaaaaaaaaa]'],
    ['attempt 1 of 3', 'attempt 2 of 3'],
    ['retry #2', 'retry #14'],
    ['trailing blanks  ', 'trailing blanks'],
  ])('reads %j as %j', (one, other) => {
    expect(comparable(one, [])).toBe(comparable(other, []));
  });

  it.each([
    ['150 rows', '0 rows'],
    ['loss 0.693', 'loss 0.701'],
    ['exit code 0', 'exit code 137'],
    ['pandas 2.0.0', 'pandas 2.1.0'],
    ['using cpu', 'using gpu'],
  ])('does not read %j as %j: such a difference is what is looked for', (one, other) => {
    expect(comparable(one, [])).not.toBe(comparable(other, []));
  });

  it('takes out the names of its own run', () => {
    expect(comparable('run retrain.nightly of ada', ['retrain.nightly'])).toBe('run <id> of ada');
  });
});

describe('firstDifference', () => {
  it('numbers each line in its own log, for blank lines are left out', () => {
    expect(firstDifference(log(['a', '', 'b']), log(['a', 'c']))).toEqual({
      a: { number: 3, text: 'b' },
      b: { number: 2, text: 'c' },
    });
  });

  it('shows a line after which the other log has ended', () => {
    expect(firstDifference(log(['a', 'b']), log(['a']))).toEqual({ a: { number: 2, text: 'b' }, b: null });
  });

  it('says nothing of what is beyond the lines that were read', () => {
    expect(firstDifference(log(['a', 'b']), log(['a'], false))).toBeNull();
    expect(firstDifference(log(['a', 'x'], false), log(['a', 'y'], false))).not.toBeNull();
  });

  it('finds none in logs of one text', () => {
    expect(firstDifference(log([]), log(['']))).toBeNull();
  });
});
