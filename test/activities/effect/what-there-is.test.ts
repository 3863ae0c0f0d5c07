/** What a message says there is instead of a name that is not there. */
import { expect, it } from '@jest/globals';
import { sayWhatThereIs } from '../../../src/activities/effect/what-there-is.js';

it.each([
  [[], 'x', 'there are none'],
  [['only'], 'x', 'there is only'],
  [['same', 'same'], 'x', 'there is same'],
  [['b', 'a'], 'x', 'there are b, a'],
  [['other', 'iris-old', 'ir', 'iris-new'], 'iris-ne', 'there are iris-new, iris-old, ir, other'],
  [['xris', 'i'], 'iris', 'there are i, xris'],
  [['iris', 'iris-2'], 'iris', 'there are iris, iris-2'],
])('of %j, asked for %s: %s', (names, asked, said) => {
  expect(sayWhatThereIs(names, asked)).toBe(said);
});

it('names ten, and says how many more there are', () => {
  const names = Array.from({ length: 12 }, (_, at) => `n${at}`);
  expect(sayWhatThereIs(names.slice(0, 10), 'x')).toBe(`there are ${names.slice(0, 10).join(', ')}`);
  expect(sayWhatThereIs(names, 'n11')).toBe('there are n11, n1, n10, n0, n2, n3, n4, n5, n6, n7 and 2 more');
});
