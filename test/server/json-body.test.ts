import { describe, expect, it } from '@jest/globals';
import { parseJson } from '../../src/server/json-body.js';
import { cpuMsOf } from '../support/cpu-time.js';

const bytes = 255 * 1_024;
const filled = (unit: string, before = '', after = ''): string =>
  before + unit.repeat(Math.floor((bytes - before.length - after.length) / unit.length)) + after;
const manyKeys = `{${Array.from({ length: 20_000 }, (_, index) => `"k${index}":1`).join()}}`;

function timeOf(text: string): number {
  const body = Buffer.from(text);
  return cpuMsOf(() => {
    try {
      parseJson(body);
    } catch {
      // refused, which is an answer too
    }
  });
}

describe('a body', () => {
  it.each([
    ['quotation marks', filled('"')],
    ['escaped quotation marks', filled('\\"')],
    ['escaped quotation marks in a string that never ends', filled('\\"', '"')],
    ['backslashes', filled('\\')],
    ['opening brackets', filled('[')],
    ['blanks before a colon', filled(' ', '{"a"', ':1}')],
    ['short strings', filled('"a",', '[', '1]')],
    ['strings and blanks that are no keys', filled('"a" ', '[', '1]')],
    ['pairs of surrogates', filled('\\ud83d\\ude00', '["', '"]')],
    ['numbers beside a pair of surrogates', filled('0,', '["\\ud83d\\ude00",', '0]')],
    ['keys', manyKeys],
  ])('of 255 KiB of %s is read in time that grows with its length alone', (_, text) => {
    timeOf(text); // compiles
    // What looked at each character for each other one took more than a minute.
    expect(Math.min(timeOf(text), timeOf(text), timeOf(text))).toBeLessThan(250);
  });

  it('is JSON as it stands in it', () => {
    const value = { 'a"b': ['\\"', { a: '{"a":1,"a":2}' }], '\\': '😀', empty: '' };
    expect(parseJson(Buffer.from(JSON.stringify(value)))).toEqual(value);
    expect(parseJson(Buffer.from('{"a" \n:"\\ud83d\\ude00"}'))).toEqual({ a: '😀' });
  });

  it.each([
    ['{"a":[1,{"b":"{,["}]}', 5],
    ['[[],{},0]', 6],
    ['"a"', 1],
  ])('%s counts as %i values, or fewer', (text, count) => {
    expect(parseJson(Buffer.from(text), { most: count })).toEqual(JSON.parse(text));
    expect(() =>
      parseJson(Buffer.from(text.replace(/0]|1,|"a"$/, '[0,0,0,0,0,0],$&')), { most: count }),
    ).toThrow(expect.objectContaining({ message: `the body has more than ${count} values` }));
  });

  it.each([
    ['{"a":1,"a" :2}', 'the body has the key "a" twice in one object'],
    ['{"a":1,"\\u0061":2}', 'the body has the key "a" twice in one object'],
    ['{"a":{"b":1,"b":[]}}', 'the body has the key "b" twice in one object'],
    ['{"__proto__":1}', 'the body has the key "__proto__"'],
    ['["\\ud83d"]', 'the body has half of a surrogate pair in a text'],
    ['{"\\ude00":1}', 'the body has half of a surrogate pair in a text'],
    ['[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]', 'the body is nested deeper than 20 levels'],
    ['{"a":"', 'the body is not JSON: it breaks at position 6'],
    [' ', 'the body is empty; send JSON'],
  ])('%s is refused', (text, message) => {
    expect(() => parseJson(Buffer.from(text))).toThrow(expect.objectContaining({ message }));
  });
});
