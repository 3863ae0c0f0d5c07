import { describe, expect, it } from '@jest/globals';
import { inSight } from '../../../src/cli/run/view/live-view.js';

describe('a live view', () => {
  it('keeps the advice in sight where the steps are more than the rows, and says how many it leaves out', () => {
    const lines = ['run', 'a', 'b', 'c', 'd'];
    expect(inSight(lines, ['next'], 6)).toEqual([...lines, 'next']);
    expect(inSight(lines, ['next'], 5)).toEqual(['run', 'a', 'b', '  … 2 lines more', 'next']);
    expect(inSight(lines, ['next', 'or'], 2)).toEqual(['next', 'or']);
  });
});
