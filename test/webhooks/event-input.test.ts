import { describe, expect, it } from '@jest/globals';
import { inputFromEvent } from '../../src/webhooks/event-input.js';

const parse = (json: string): unknown => JSON.parse(json);
const event = parse(
  '{"type":"data.ready","data":{"rows":7,"ok":true,"none":null,"list":["a",{"b":"c"}]},"a/b":1,"m~n":2,"":3}',
);

describe('the input of a run that an event starts', () => {
  it('takes from the event what its pointers name, at any depth, and keeps the rest', () => {
    const input = {
      connection: 'domino-prod',
      train: { command: { from: '/type' }, rows: { from: '/data/rows' } },
      list: [{ from: '/data/list/1/b' }, 'kept', { from: '/data/list' }],
      odd: [{ from: '/a~1b' }, { from: '/m~0n' }, { from: '/' }],
      nothing: { from: '/data/none' },
    };
    expect(inputFromEvent({ when: {}, input }, event)).toEqual({
      connection: 'domino-prod',
      train: { command: 'data.ready', rows: 7 },
      list: ['c', 'kept', ['a', { b: 'c' }]],
      odd: [1, 2, 3],
      nothing: null,
    });
  });

  it('leaves a `from` that is no pointer as it is', () => {
    const input = { a: { from: 'main' }, b: { from: '/type', to: 'x' }, c: { from: 3 } };
    expect(inputFromEvent({ when: {}, input }, event)).toEqual(input);
  });

  it.each<[string, Record<string, string | number | boolean>, boolean]>([
    ['nothing', {}, true],
    ['a word', { '/type': 'data.ready' }, true],
    ['a number and a truth', { '/data/rows': 7, '/data/ok': true }, true],
    ['another word', { '/type': 'data.gone' }, false],
    ['a number as text', { '/data/rows': '7' }, false],
    ['one of two', { '/type': 'data.ready', '/data/rows': 8 }, false],
    ['what is not there', { '/data/none/x': 'y' }, false],
    ['what every object inherits', { '/constructor/name': 'Object' }, false],
  ])('exists only when the event has what is asked for: %s', (_what, when, isWanted) => {
    expect(inputFromEvent({ when, input: { a: 1 } }, event)).toEqual(isWanted ? { a: 1 } : null);
  });

  it.each([
    '/nowhere',
    '/data/nowhere/x',
    '/type/length',
    '/type/0',
    '/data/list/2',
    '/data/list/-',
    '/data/list/01',
    '/data/list/length',
    '/data/none/x',
    '/__proto__',
    '/__proto__/polluted',
    '/constructor/prototype',
    '/toString',
  ])('is refused, by the pointer’s name, when a pointer leads nowhere: %s', (from) => {
    expect(() => inputFromEvent({ when: {}, input: { a: { from } } }, event)).toThrow(
      expect.objectContaining({
        code: 'REQUEST_MALFORMED',
        message: expect.stringContaining(`nothing at ${from}, `),
      }),
    );
  });

  it.each([['text'], [7], [null], [[1]]])('is refused for an event that is no object: %j', (odd) => {
    expect(() => inputFromEvent({ when: {}, input: { a: { from: '/type' } } }, odd)).toThrow(
      'nothing at /type',
    );
  });

  it('pollutes no prototype, whatever stands in the event', () => {
    const hostile = parse('{"__proto__":{"polluted":1},"data":{"__proto__":{"polluted":1}}}');
    const input = inputFromEvent(
      { when: {}, input: { a: { from: '/data' }, b: { from: '/__proto__' } } },
      hostile,
    );
    expect(Object.keys(input ?? {})).toEqual(['a', 'b']);
    expect('polluted' in {}).toBe(false);
    expect('polluted' in (input ?? {})).toBe(false);
  });
});
