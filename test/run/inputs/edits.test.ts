import { describe, expect, it } from '@jest/globals';
import { changesBetween, edited, setAt } from '../../../src/run/inputs/edits.js';

describe('an edited input', () => {
  it('has the value at its path, and is otherwise as it was', () => {
    const input = { project: 'ada/iris', train: { command: 'old', hardwareTier: 'small' } };
    expect(edited(input, { 'train.command': 'new', 'gate.baseline': 'live' })).toEqual({
      project: 'ada/iris',
      train: { command: 'new', hardwareTier: 'small' },
      gate: { baseline: 'live' },
    });
    expect(input.train.command).toBe('old');
  });

  it('counts the items of a list from 0, and takes other names for keys', () => {
    const input = { conditions: ['a', 'b'] };
    expect(edited(input, { 'conditions.1': 'c' })).toEqual({ conditions: ['a', 'c'] });
    expect(edited(input, { 'conditions.2': 'c' })).toEqual({ conditions: ['a', 'b', 'c'] });
    expect(edited(input, { 'conditions.last': 'c' })).toEqual({ conditions: { last: 'c' } });
    expect(edited({ months: { 1: 'a' } }, { 'months.1': 'b' })).toEqual({ months: { 1: 'b' } });
  });

  it('makes no list of ten thousand items for a typing error', () => {
    expect(edited({ list: ['a'] }, { 'list.10000': 'b' })).toEqual({ list: { 10000: 'b' } });
  });

  it('has an object where a value stood that has no parts', () => {
    expect(edited({ train: 'x' }, { 'train.command': 'go' })).toEqual({ train: { command: 'go' } });
  });

  it('lacks what is set to null', () => {
    expect(edited({ gate: { conditions: [] }, project: 'a/b' }, { gate: null })).toEqual({ project: 'a/b' });
  });

  it('gives no object another prototype', () => {
    const after = setAt({}, ['__proto__', 'isAdmin'], true);
    expect(Object.getPrototypeOf(after)).toBe(Object.prototype);
    expect(Object.keys(after as object)).toEqual(['__proto__']);
    expect(setAt({}, ['constructor', 'x'], 1)).toEqual({ constructor: { x: 1 } });
  });

  it('is the value itself where the path has no parts', () => {
    expect(setAt({ a: 1 }, [], 2)).toBe(2);
  });
});

describe('what differs between two inputs', () => {
  it('is told by the path of each value, with both', () => {
    expect(
      changesBetween(
        { same: 1, train: { command: 'a' }, gone: true, list: [1, 2] },
        { same: 1, train: { command: 'b' }, come: null, list: [2, 1] },
      ),
    ).toEqual([
      { path: 'train.command', before: 'a', after: 'b' },
      { path: 'gone', before: true, after: undefined },
      { path: 'list', before: [1, 2], after: [2, 1] },
      { path: 'come', before: undefined, after: null },
    ]);
  });

  it('is nothing where only the order of keys differs', () => {
    expect(changesBetween({ a: { b: 1, c: [{ d: 2 }] } }, { a: { c: [{ d: 2 }], b: 1 } })).toEqual([]);
  });

  it('is the whole where one of them has no parts', () => {
    expect(changesBetween({ a: 1 }, [1])).toEqual([{ path: '', before: { a: 1 }, after: [1] }]);
    expect(changesBetween({ gate: null }, { gate: {} })).toEqual([{ path: 'gate', before: null, after: {} }]);
  });
});
