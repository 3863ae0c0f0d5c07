import { describe, expect, it } from '@jest/globals';
import { fittedTableLines, wrap } from '../../../src/cli/terminal/table.js';

describe('a table', () => {
  it('keeps what fits as it is', () => {
    expect(fittedTableLines(['NAME', 'STEPS'], [['a', 'b, c']])).toEqual(['NAME  STEPS', 'a     b, c']);
    expect(fittedTableLines(['NAME'], [])).toEqual([]);
  });

  it('goes on below where a column is too wide, the widest first', () => {
    expect(
      fittedTableLines(['STEP', 'WAITS FOR', 'NOTE'], [['train', 'one, two, three, four', 'x']], 24),
    ).toEqual(['STEP   WAITS FOR    NOTE', 'train  one, two,    x', '       three, four']);
  });

  it('breaks a word that is wider than its column', () => {
    expect(wrap('abcdefgh ij', 3)).toEqual(['abc', 'def', 'gh', 'ij']);
    const lines = fittedTableLines(['A', 'B', 'C'], [['x'.repeat(63), 'y'.repeat(63), 'z'.repeat(63)]]);
    expect(lines.every(({ length }) => length <= 80)).toBe(true);
    expect(lines.join('').replaceAll(/[^z]/g, '')).toHaveLength(63);
  });

  it('is wider only where its headings are', () => {
    expect(fittedTableLines(['HEADING', 'OTHER'], [['a', 'b']], 5)).toEqual(['HEADING  OTHER', 'a        b']);
  });
});
