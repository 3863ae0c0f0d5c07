/** How the time of a pattern grows is told before it is tried; so is what makes it short enough. */
import { describe, expect, it } from '@jest/globals';
import { patternFault } from '../../../src/documents/pipeline/pattern-fault.js';
import { placesOf } from '../../../src/pipelines/document/pattern-places.js';
import { powerOf } from '../../../src/pipelines/document/slow-pattern.js';
import { cpuMsOf } from '../../support/cpu-time.js';

describe('the time of a pattern', () => {
  it.each([
    ['^\\d{4}-\\d{2}$', 1],
    ['^[a-z0-9]+(?:[._-][a-z0-9]+)*$', 1],
    ['^[^@]+@[^@]+\\.[a-z]{2,}$', 1],
    ['^(\\s*\\w+\\s*,)*$', 1],
    ['^(mon|tue|wed)(,(mon|tue|wed))*$', 1],
    ['^(?=.*a)(?=.*b).+$', 1],
    ['^a*a*b$', 2],
    ['a*b', 2],
    ['\\d+-\\d+', 2],
    ['^x|y*z', 2],
    ['^(?:(?=a*b)a)*$', 2],
    ['^\\s*\\w+\\s*=\\s*.*$', 2],
    ['^a*a*a*b$', 3],
    ['.*foo.*bar', 3],
    ['^\\s*(.*?)\\s*$', 3],
    ['^(?:a|b)*(?:a|c)*a*d$', 3],
    ['^a*a*a*a*a*b$', 5],
  ])('%s grows with the length of a text to the power of %i', (pattern, power) => {
    const read = placesOf(pattern);
    expect(read && powerOf(read)).toBe(power);
  });

  it('is told soon, whatever the pattern', () => {
    const patterns = ['a*'.repeat(250), 'a?'.repeat(250), '(a|b)?'.repeat(80), '\\w*\\d*'.repeat(60)];
    const ms = cpuMsOf(() => {
      for (const pattern of patterns) expect(patternFault(pattern)).toMatch(/may take|too slow/);
    });
    expect(ms).toBeLessThan(3_000);
  });
});

describe('a pattern with several loops for the same text', () => {
  it('is let through where texts are short enough, which it says', () => {
    const bound = '`maxLength`';
    expect(patternFault('^a*a*b$')).toBeNull();
    expect(patternFault('^a*a*a*b$', { bound })).toBe(
      '"^a*a*a*b$" is too slow for texts of 10000 characters, for several of its loops can read the same ones: write it so that one can, begin it with "^", or state `maxLength` of at most 100',
    );
    expect(patternFault('^a*a*a*b$', { bound, longest: 101 })).toContain('for texts of 101 characters');
    expect(patternFault('^a*a*a*b$', { bound, longest: 100 })).toBeNull();
  });

  it('keeps no bound that is larger than that of all texts', () => {
    expect(patternFault('^a*a*b$', { longest: 1_000_000 })).toBeNull();
  });
});
