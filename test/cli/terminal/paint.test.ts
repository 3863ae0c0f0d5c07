import { describe, expect, it } from '@jest/globals';
import { readableLine } from '../../../src/cli/process/log-line.js';
import {
  ansiPaint,
  cut,
  harmless,
  paintFor,
  plainPaint,
  steerless,
} from '../../../src/cli/terminal/paint.js';

describe('colours', () => {
  it('are on for a terminal and off elsewhere', () => {
    expect(paintFor('auto', true, {})).toBe(ansiPaint);
    expect(paintFor('auto', false, {})).toBe(plainPaint);
    expect(paintFor('auto', true, { TERM: 'dumb' })).toBe(plainPaint);
  });

  it('are off with NO_COLOR, unless --color says otherwise', () => {
    expect(paintFor('auto', true, { NO_COLOR: '1' })).toBe(plainPaint);
    expect(paintFor('always', false, { NO_COLOR: '1' })).toBe(ansiPaint);
    expect(paintFor('never', true, { FORCE_COLOR: '1' })).toBe(plainPaint);
  });
});

describe('text from elsewhere', () => {
  it('stays in its line, and shows what would steer the terminal', () => {
    expect(harmless('a\u001b[31mb\tc\r\nd\u0007\u009b2J')).toBe('a\\u001b[31mb c\\r\\nd\\u0007\\u009b2J');
  });

  it('reaches the terminal with the styles of ours and no other sequence', () => {
    const text = `${ansiPaint('red', 'no')} \u001b[8mhidden \u202e\u001b]0;title\u0007\nnext`;
    expect(steerless(text)).toBe(
      '\u001b[31mno\u001b[39m \\u001b[8mhidden \\u202e\\u001b]0;title\\u0007\nnext',
    );
    expect(JSON.parse(steerless(JSON.stringify({ text }, null, 2)))).toEqual({ text });
  });

  it('is cut to a width with an ellipsis', () => {
    expect(cut('abcdef', 6)).toBe('abcdef');
    expect(cut('abcdef', 4)).toBe('abc…');
  });
});

describe('a line of a log', () => {
  it('is told in words when it is of the logger', () => {
    expect(readableLine('{"level":40,"msg":"Activity failed","error":{"message":"answered 403"}}')).toBe(
      'warn: Activity failed: answered 403',
    );
  });

  it('is left as it is when it is not', () => {
    expect(readableLine('Error: no')).toBe('Error: no');
    expect(readableLine('null')).toBe('null');
  });
});
