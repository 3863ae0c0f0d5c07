import { describe, expect, it } from '@jest/globals';
import { fittedTableLines, foldLine, wrap } from '../../../src/cli/terminal/table.js';

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

  it('breaks no word while another column has blanks to break at', () => {
    const note = 'its failure does not end the run';
    expect(fittedTableLines(['KIND', 'NOTE'], [['domino.environment', note]], 36)).toEqual([
      'KIND                NOTE',
      'domino.environment  its failure does',
      '                    not end the run',
    ]);
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

describe('a line that is too wide', () => {
  it('is as wide as it is seen: colours take no room', () => {
    const green = (text: string): string => `\u001b[32m${text}\u001b[39m`;
    expect(foldLine(`${green('abcde')} fgh`, 9)).toEqual([`${green('abcde')} fgh`]);
    expect(foldLine(`\u001b[2m  next: longhaul run watch a.b\u001b[22m`, 24)).toEqual([
      '\u001b[2m  next: longhaul \\',
      '      run watch a.b\u001b[22m',
    ]);
  });

  it('goes on below, further in', () => {
    expect(foldLine('  → Read the log, and replay.', 16)).toEqual([
      '  → Read the',
      '      log, and',
      '      replay.',
    ]);
    expect(foldLine('  short', 16)).toEqual(['  short']);
  });

  it('goes on by a backslash where it is a command', () => {
    expect(foldLine('  next: longhaul run approve a.b --reason "…" --digest 7f6e', 52)).toEqual([
      '  next: longhaul run approve a.b --reason "…" \\',
      '      --digest 7f6e',
    ]);
  });

  it('breaks a command at no blank that is quoted, and at none where a coloured one begins further in', () => {
    const query = "--query 'failure=JOB_FAILED step=train'";
    expect(foldLine(`  \u001b[2mlonghaul campaign create ${query} --stop-when 'a b'\u001b[22m`, 50)).toEqual([
      '  \u001b[2mlonghaul campaign create \\',
      "      --query 'failure=JOB_FAILED step=train' \\",
      "      --stop-when 'a b'\u001b[22m",
    ]);
    expect(foldLine(String.raw`  next: longhaul run list --query 'it'\''s a b' -o "c \" d"`, 32)).toEqual([
      '  next: longhaul run list \\',
      String.raw`      --query 'it'\''s a b' \ `.trimEnd(),
      String.raw`      -o "c \" d"`,
    ]);
  });

  it('breaks prose at no blank of a command within it, and no address or id at all', () => {
    expect(foldLine('the run goes on; see `longhaul run watch a.b`', 30)).toEqual([
      'the run goes on; see',
      '    `longhaul run watch a.b`',
    ]);
    expect(foldLine('  see train  https://domino.example.com/jobs/65f0', 20)).toEqual([
      '  see train',
      '      https://domino.example.com/jobs/65f0',
    ]);
  });

  it('is no command where it says what went wrong with one', () => {
    expect(foldLine('longhaul run start: there is no file', 24)).toEqual([
      'longhaul run start:',
      '    there is no file',
    ]);
  });
});
