import { describe, expect, it } from '@jest/globals';
import { type OutputKind, isOfKind, sayKind } from '../../src/run/output-kinds.js';
import type { Json } from '../../src/run/json.js';

const cases: readonly (readonly [OutputKind, are: readonly Json[], areNot: readonly Json[]])[] = [
  ['a text', ['', 'x'], [1, null, true, [], {}]],
  [
    'an id',
    ['5f0e', 'ada/iris', 'a.b:c@d-e_f=1,2'],
    ['', 'a b', 'a;b', "a'b", 'a\nb', '$(x)', 'a*', '~', 7, null],
  ],
  ['a number', [0, -1.5], ['1', Number.NaN, Number.POSITIVE_INFINITY, null]],
  ['true or false', [true, false], ['true', 0, null]],
  ['an object of numbers', [{}, { auc: 0.9 }], [{ auc: '0.9' }, { auc: null }, [1], 1, null]],
  ['an object of texts', [{}, { a: 'b' }], [{ a: 1 }, ['a'], 'a', null]],
  ['a list of texts', [[], ['a']], [['a', 1], { 0: 'a' }, 'a', null]],
  ['a list of objects', [[], [{}], [{ a: 1 }]], [[[]], [null], ['a'], {}, null]],
  [
    'a list of objects with condition',
    [[], [{ condition: 'auc >= 1', holds: true }]],
    [[{}], [{ condition: 1 }], { condition: 'x' }, null],
  ],
  [
    'an object with modelApiId and versionId',
    [{ modelApiId: 'a', versionId: 'b', more: 1 }],
    [{ modelApiId: 'a' }, { modelApiId: 'a', versionId: 1 }, [], null],
  ],
  ['a number or null', [1, null], ['null', '', true]],
  ['an id or null', ['a', null], ['a b', 0]],
  [
    ['approved', 'rejected'],
    ['approved', 'rejected'],
    ['Approved', '', null, ['approved']],
  ],
];

describe('a value that a person supplies', () => {
  it.each(cases)('is of the kind %j, or not', (kind, are, areNot) => {
    expect(are.filter((value) => !isOfKind(value, kind))).toEqual([]);
    expect(areNot.filter((value) => isOfKind(value, kind))).toEqual([]);
  });
});

describe('a kind', () => {
  it('is said in words, or by the texts that there may be', () => {
    expect(sayKind('an id or null')).toBe('an id or null');
    expect(sayKind(['approved', 'rejected'])).toBe('one of "approved", "rejected"');
  });
});
