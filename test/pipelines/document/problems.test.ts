import { describe, expect, it } from '@jest/globals';
import { sayProblem } from '../../../src/pipelines/document/problems.js';

/** What CEL says in a code and a sentence, and what a document is told. */
const said = (code: string, summary: string): string => sayProblem({ code, summary });

describe('an operator that cannot be applied', () => {
  it.each([
    ['double + string', '"+" cannot combine a number and a text; string(…), int(…) and double(…) convert'],
    ['string < int', '"<" cannot combine a text and a whole number; string(…), int(…) and double(…) convert'],
    ['dyn<list<int>> - map<string, double>', '"-" cannot combine a list and an object'],
    ['optional<int> * uint', '"*" cannot combine a value that may be missing and an unsigned number'],
    ['google.protobuf.Timestamp + google.protobuf.Duration', '"+" cannot combine a time and a duration'],
    ['Budget == bytes', '"==" cannot combine Budget and bytes'],
    ['int in double', '"in" looks into a list or an object, and not into a number'],
    ['int + map<string, int>', '"+" cannot combine a whole number and an object'],
    ['map<string, map<string, int>> < list<int>', '"<" cannot combine an object and a list'],
    ['-map<string, int>', '"-" cannot stand before an object'],
    ['!null', '"!" cannot stand before null'],
    ['-bool', '"-" cannot stand before true or false'],
  ])('%s', (types, words) => {
    expect(said('no_such_overload', `no such overload: ${types}`)).toBe(words);
  });
});

describe('a function that cannot be called', () => {
  it.each([
    ["'size(int)'", 'size() cannot be called with a whole number'],
    ["'size()'", 'size() cannot be called with nothing'],
    [
      "'string.split(int, map<string, double>)'",
      'split() cannot be called on a text with a whole number and an object',
    ],
    ["'dyn<null>.size()'", 'size() cannot be called on null'],
    ["'list<double>.join(string)'", 'join() takes a list of texts: map(i, string(i)) makes one'],
  ])('%s', (call, words) => {
    expect(said('no_matching_overload', `found no matching overload for ${call}`)).toBe(words);
  });
});

describe('what is not there', () => {
  it.each([
    ['no_such_key', 'No such key: auc', 'there is no "auc"'],
    [
      'index_out_of_bounds',
      'No such key: index out of bounds, index 7 >= size 3',
      'there is no item 7: the list has 3 items, and items count from 0',
    ],
    [
      'no_such_key',
      'No such key: index out of bounds, index -1 < 0',
      'there is no item -1: items count from 0',
    ],
    ['unknown_variable', 'Unknown variable: run', 'there is no "run" here'],
  ])('%s: %s', (code, summary, words) => {
    expect(said(code, summary)).toBe(words);
  });
});

describe('a sentence that tells a problem from others of its code', () => {
  it.each([
    [
      "Expression of type 'null' cannot be range of a comprehension",
      'only a list or an object has items; this is null',
    ],
    [
      "Ternary condition must be bool, got 'dyn<double>'",
      'what stands before "?" must be true or false; it is a number',
    ],
    [
      "Logical operator requires bool operands, got 'string'",
      '"&&" and "||" combine true and false; one side is a text',
    ],
    [
      "filter(var, predicate) predicate must return bool, got 'int'",
      'the condition must be true or false; it came to a whole number',
    ],
  ])('%s', (summary, words) => {
    expect(said('no_such_overload', summary)).toBe(words);
  });
});

describe('what nobody has words for', () => {
  it.each([
    ['divide_by_zero', 'division by zero'],
    ['constructor', 'no property of the table'],
    ['no_such_overload', 'another sentence than before'],
    ['no_matching_overload', 'another sentence than before'],
    ['other', 'Ternary condition is odd'],
  ])('is told as CEL says it: %s', (code, summary) => {
    expect(said(code, summary)).toBe(summary);
  });
});
