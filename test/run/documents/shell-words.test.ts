import { execFileSync } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { shellWords } from '../../../src/run/documents/shell-words.js';

it('leaves words as they are that a shell reads as they are', () => {
  expect(shellWords(['python', 'train.py', '--depth=6', 3, true, 'a@b:c/d,e%+_-'])).toBe(
    'python train.py --depth=6 3 true a@b:c/d,e%+_-',
  );
});

it('makes each word one argument, whatever stands in it', () => {
  const words = [
    '',
    ' ',
    "it's",
    '"$HOME"',
    '$(id)',
    '`id`',
    'a;b',
    '*',
    '~',
    '#x',
    '\\',
    'a\nb',
    '!',
    "''",
    'ä',
  ];
  const said = execFileSync('sh', ['-c', `printf '%s\\0' ${shellWords(words)}`], { encoding: 'utf8' });
  expect(said.split('\0').slice(0, -1)).toEqual(words);
});
