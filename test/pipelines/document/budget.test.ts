import { describe, expect, it } from '@jest/globals';
import { Budget, countingIn, longestIn, withInsertions } from '../../../src/pipelines/document/budget.js';
import { createCel } from '../../../src/pipelines/document/expressions.js';

const cel = createCel();

describe('what is counted of an expression', () => {
  /** The expression as it is evaluated, with `#parts,texts` where a value is counted. */
  const counted = (text: string): string =>
    withInsertions(text, countingIn(cel.parse(text).ast)).replaceAll(
      /\.counted\(longhaul_budget, (\d+), (\d+)\)/g,
      '#$1,$2',
    );

  it.each([
    ['input.list.map(i, i + 1)', 'input.list#4,0.map(i, i#1,0 + 1)'],
    ['input.list . filter(i, i.contains("x"))', 'input.list #4,1. filter(i, i.contains("x"))'],
    ['input.list.all(i, size(string(i)) > 2)', 'input.list#6,2.all(i, size(string(i)) > 2)'],
    ['input.n in input.list', 'input.n in input.list#1,0'],
    ['input.a + [1]', 'input.a#1,0 + [1]#1,0'],
    ['1 + 2.5', '1 + 2.5'],
    ['"a" in {"a": 1}', '"a" in {"a": 1}'],
    ['input.a - input.b', 'input.a - input.b'],
    ['input.text.matches("a")', 'input.text.matchable().matches("a")'],
    ['input.text.startsWith("a")', 'input.text.startsWith("a")'],
    ['input.list.map(i, input.list.map(j, i * j))', 'input.list#8,0.map(i, input.list#4,0.map(j, i * j))'],
  ])('%s', (text, expected) => {
    expect(counted(text)).toBe(expected);
  });
});

describe('insertions', () => {
  it('stand where they belong in any order, and one after the other at one place', () => {
    const insertions = [
      { at: 2, text: 'Z' },
      { at: 0, text: 'A' },
      { at: 1, text: 'b' },
      { at: 1, text: 'c' },
    ];
    expect(withInsertions('12', insertions)).toBe('A1bc2Z');
    expect(withInsertions('12', [])).toBe('12');
  });
});

describe('the budget of an evaluation', () => {
  const unasked = (): number => {
    throw new Error('texts are looked at though none is read');
  };
  const tooMuch = 'it goes through too much: filter or shorten its lists first';

  it('is 500 000 parts, and stays exceeded with one error', () => {
    const budget = new Budget(unasked);
    budget.pass([1, 2], 250_000, 0);
    expect(budget.exceeded).toBeNull();
    expect(() => {
      budget.pass('a', 1, 0);
    }).toThrow(new RangeError(tooMuch));
    const first = budget.exceeded;
    expect(() => {
      budget.pass([], 1, 0);
    }).toThrow(tooMuch);
    expect(budget.exceeded).toBe(first);
  });

  it.each<[string, unknown, number]>([
    ['an item of a list', [1, 2, 3], 3],
    ['an entry of a map', new Map([['a', 1]]), 1],
    ['a key of an object', { a: 1, b: 2 }, 2],
    ['any other value', 'text', 1],
    ['null', null, 1],
  ])('goes down by the parts at %s', (_, value, extent) => {
    const budget = new Budget(unasked);
    budget.pass([0], 500_000 - 7 * extent, 0);
    budget.pass(value, 7, 0);
    expect(() => {
      budget.pass('x', 1, 0);
    }).toThrow(tooMuch);
  });

  it('goes down by one for 32 characters of the longest text, which is looked for once', () => {
    let asked = 0;
    const budget = new Budget(() => {
      asked += 1;
      return 95;
    });
    budget.pass([1, 2], 10, 3); // 2 × (10 + 3 × 2)
    budget.pass(['x'], 500_000 - 32 - 2, 1);
    expect([budget.exceeded, asked]).toEqual([null, 1]);
    expect(() => {
      budget.pass('x', 1, 0);
    }).toThrow(tooMuch);
  });
});

describe('the longest text', () => {
  it('is found in lists and objects, and is 0 where there is none', () => {
    expect(longestIn(['ab', { a: ['abc', { b: 'abcd' }], c: 12_345 }, null])).toBe(4);
    expect(longestIn([1, null, true, [], {}])).toBe(0);
  });
});
