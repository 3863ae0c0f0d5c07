import { describe, expect, it } from '@jest/globals';
import { faultLines } from '../../../src/cli/pipeline/lines.js';

const fault = (line: number, column: number) => ({ file: 'x.yaml', line, column, message: 'is wrong' });

describe('a fault of a document', () => {
  it('is shown with its line, and a caret where it is', () => {
    expect(faultLines([fault(2, 9)], 'steps:\n  a: {  uses: x }\n')).toEqual([
      'x.yaml:2:9: is wrong',
      '    2 |   a: {  uses: x }',
      '      |         ^',
    ]);
  });

  it('is found in a long line too, within the width of a terminal', () => {
    const text = `${'x'.repeat(200)}Y${'z'.repeat(200)}`;
    const [, line = '', caret = ''] = faultLines([fault(1, 201)], text);
    expect(line).toHaveLength(80);
    expect(line[caret.indexOf('^')]).toBe('Y');
  });

  it('cannot steer the terminal', () => {
    expect(faultLines([{ ...fault(1, 1), message: 'a\u001b[2Jb' }], '\u001b[31m').join('')).not.toContain(
      '\u001b',
    );
  });
});
