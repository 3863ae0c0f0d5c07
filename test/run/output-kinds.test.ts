/** Of what kind the values of an output are. */
import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../src/run/json.js';
import { type OutputKind, isOfKind, sayKind } from '../../src/run/output-kinds.js';

describe('a value', () => {
  it.each<[OutputKind, Json[], Json[]]>([
    ['a text', ['', 'a'], [1, null, ['a']]],
    ['an id', ['j-1.2_/x', 'é'], ['', 'a b', 'a;b', '$(x)', 'x`', 1, null]],
    ['a number', [0, -1.5], ['1', null]],
    ['true or false', [true, false], [0, 'true', null]],
    ['an object of numbers', [{}, { a: 1 }], [{ a: 'x' }, { a: 1, b: null }, [1], null, 1]],
    ['an object of texts', [{}, { a: 'x' }], [{ a: 1 }, ['x'], null]],
    ['a list of texts', [[], ['a']], [['a', 1], { 0: 'a' }, 'a', null]],
    ['a list of objects', [[], [{}]], [[{}, []], [null], ['a'], {}]],
    [
      'a list of objects with condition',
      [[], [{ condition: 'a', more: 1 }]],
      [[{}], [{ condition: 1 }], ['a']],
    ],
    [
      'an object with modelApiId and versionId',
      [{ modelApiId: 'm', versionId: 'v' }],
      [{ modelApiId: 'm' }, { versionId: 'v' }, { modelApiId: 'm', versionId: 1 }, [], null],
    ],
    ['a number or null', [null, 1], ['1', {}]],
    ['an object with modelApiId and versionId or null', [null, { modelApiId: 'm', versionId: 'v' }], [{}]],
    [
      ['yes', 'no'],
      ['yes', 'no'],
      ['maybe', 1, null],
    ],
  ])('is %s', (kind, are, areNot) => {
    for (const value of are) expect([value, isOfKind(value, kind)]).toEqual([value, true]);
    for (const value of areNot) expect([value, isOfKind(value, kind)]).toEqual([value, false]);
  });

  it('is asked for in words', () => {
    expect(sayKind('an id or null')).toBe('an id or null');
    expect(sayKind(['yes', 'no'])).toBe('one of "yes", "no"');
  });
});
