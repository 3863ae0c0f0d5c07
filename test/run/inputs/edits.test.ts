/** Edits of inputs, what differs between two of them, and what one names on the platform. */
import { describe, expect, it } from '@jest/globals';
import { changesBetween, edited, setAt } from '../../../src/run/inputs/edits.js';
import { missingIn, preflightOf, sayFinding } from '../../../src/run/inputs/preflight.js';

describe('an edit', () => {
  it('sets a value by its path, in objects and lists, and leaves the rest as it was', () => {
    const input = { a: { b: 1, c: [1, { d: 2 }] }, e: 3 };
    expect(edited(input, { 'a.b': 2, 'a.c.1.d': 5, f: [] })).toEqual({
      a: { b: 2, c: [1, { d: 5 }] },
      e: 3,
      f: [],
    });
    expect(input).toEqual({ a: { b: 1, c: [1, { d: 2 }] }, e: 3 });
    expect(edited(input, { 'a.b': null })).toEqual({ a: { c: [1, { d: 2 }] }, e: 3 });
    expect(edited(input, { 'e.x': 1, 'a.c.name': 1 })).toMatchObject({ e: { x: 1 }, a: { c: { name: 1 } } });
    expect(edited(null, { 'a.b': 1 })).toEqual({ a: { b: 1 } });
    expect(setAt([1], ['12345'], 2)).toEqual({ 12345: 2 });
    expect(setAt([1], ['x1'], 2)).toEqual({ x1: 2 });
  });

  it('makes no key other than it is called', () => {
    const after = setAt({}, ['__proto__', 'a'], 1) as object;
    expect(Object.keys(after)).toEqual(['__proto__']);
    expect(setAt({}, ['constructor', 'a'], 1)).toEqual({ constructor: { a: 1 } });
  });
});

it('two values differ by path, with what was and what is there', () => {
  expect(changesBetween({ a: { b: 1 }, c: [1], d: 1 }, { a: { b: 2 }, c: [2], e: 1 })).toEqual([
    { path: 'a.b', before: 1, after: 2 },
    { path: 'c', before: [1], after: [2] },
    { path: 'd', before: 1, after: undefined },
    { path: 'e', before: undefined, after: 1 },
  ]);
  expect(changesBetween({ a: [1] }, { a: [1] })).toEqual([]);
  expect(changesBetween({ a: {} }, { a: [] })).toEqual([{ path: 'a', before: {}, after: [] }]);
  expect(changesBetween({ a: {} }, { a: null })).toEqual([{ path: 'a', before: {}, after: null }]);
  expect(changesBetween([{ a: 1 }], [{ a: 1 }])).toEqual([]);
});

describe('what an input names', () => {
  const project = { kind: 'project', field: 'project', value: 'a/b' };

  it('is all that can be looked up', () => {
    const base = { image: 'i', environmentId: 'e', odd: 3 };
    expect(
      preflightOf({
        ...{ project: 'a/b', environment: { base }, train: { hardwareTier: 't' } },
        deploy: { environmentId: 'e2', hardwareTier: 't2' },
      }),
    ).toEqual({
      project: 'a/b',
      named: [
        project,
        { kind: 'environment', field: 'environment.base.environmentId', value: 'e' },
        { kind: 'hardware tier', field: 'train.hardwareTier', value: 't' },
        { kind: 'environment', field: 'deploy.environmentId', value: 'e2' },
        { kind: 'hardware tier for model APIs', field: 'deploy.hardwareTier', value: 't2' },
      ],
    });
    expect(preflightOf({ project: 'a/b', environment: { id: 'e' }, train: {} }).named).toEqual([
      project,
      { kind: 'environment', field: 'environment.id', value: 'e' },
    ]);
    expect(preflightOf({ project: 'a/b', train: {} }).named).toEqual([project]);
  });

  it('is told whether it is there', () => {
    const tier = { kind: 'hardware tier', field: 'train.hardwareTier', value: 't' } as const;
    const found = { ...tier, verdict: 'found' as const };
    const missing = { ...tier, verdict: 'missing' as const, detail: 'there are a and b' };
    const unknown = { ...tier, verdict: 'unknown' as const, detail: 'it was down' };
    expect([found, missing, unknown].map(sayFinding)).toEqual([
      'train.hardwareTier: hardware tier "t" is there',
      'train.hardwareTier: there is no hardware tier "t"; there are a and b',
      'train.hardwareTier: cannot tell whether there is a hardware tier "t": it was down',
    ]);
    expect(sayFinding({ ...found, detail: 'as x' })).toBe(
      'train.hardwareTier: hardware tier "t" is there; as x',
    );
    expect(missingIn([found, missing, unknown])).toEqual([sayFinding(missing)]);
  });
});
