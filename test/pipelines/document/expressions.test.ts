import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ExpressionFault,
  type Scope,
  compileExpression,
} from '../../../src/pipelines/document/expressions.js';
import { compileTemplate, partsOf } from '../../../src/pipelines/document/templates.js';
import type { Json } from '../../../src/run/steps.js';

const scope: Scope = {
  input: { n: 7, month: '2026-12', list: [1, 2, 3], nothing: null },
  steps: { train: { auc: 0.5, metrics: { 'val-auc': 0.75 } } },
  item: { depth: 4 },
  index: 2,
};

const valueOf = (value: Json): Json => compileTemplate(value)(scope);

/** Why an expression has no value. */
function faultOf(value: Json): ExpressionFault {
  try {
    valueOf(value);
  } catch (error) {
    if (error instanceof ExpressionFault) return error;
    throw error;
  }
  throw new Error('it has a value');
}

describe('an optional selection in the output of a step', () => {
  const ended: Scope = {
    steps: { train: { state: 'failed' }, sweep: { state: 'skipped' }, ok: { metrics: { f1: 0.5 } } },
  };
  const value = (text: string): Json => compileTemplate(`\${{ ${text} }}`)(ended);

  it.each<[string, Json]>([
    ['steps.train.metrics.?f1.orValue(0.0)', 0],
    ['steps.train.?metrics.?f1.orValue(0.0)', 0],
    ["steps.train.metrics[?'f1'].orValue(0.0)", 0],
    ['steps.sweep.items[?0].?auc.orValue(0.0)', 0],
    ['steps.train . metrics.?f1.orValue(0.0)', 0],
    ['steps.ok.metrics.?f1.orValue(0.0) + steps.train.metrics.?f1.orValue(1.0)', 1.5],
    ["steps.train.metrics.?f1.orValue(0.0) < 1.0 && steps.train.state == 'failed'", true],
    ['has(steps.train.metrics)', false],
  ])('has no value where the step came to none: %s', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  it('is none where nothing is optional: the expression fails', () => {
    expect(() => value('steps.train.metrics.f1')).toThrow(ExpressionFault);
  });
});

describe('an expression over numbers of JSON', () => {
  it.each<[string, Json]>([
    ['input.n + 1', 8],
    ['1 + input.n', 8],
    ['1.5 * input.n', 10.5],
    ['input.n / 2', 3.5],
    ['input.n % 2', 1],
    ['input.n - 0.5', 6.5],
    ['input.n == 7 && 7 == input.n && input.n != 8', true],
    ['input.n > 6 && 6 < input.n', true],
    ['7 / 2', 3],
    ['size(input.list)', 3],
    ['size(input.list) + input.n', 10],
    ['input.list[int(input.n) - 5]', 3],
    ['input.list[index]', 3],
    ['(index + 1) / 2', 1],
    ['input.list.map(x, x * 2)', [2, 4, 6]],
    ['3 in input.list', true],
    ['{"a": 1, "b": [input.nothing]}', { a: 1, b: [null] }],
    ["steps.train.metrics['val-auc']", 0.75],
    ['steps.?other.?auc.orValue(0.0)', 0],
    ['timestamp("2026-01-02T03:04:05Z")', '2026-01-02T03:04:05.000Z'],
  ])('%s', (text, value) => {
    expect(valueOf(`\${{ ${text} }}`)).toEqual(value);
  });

  it('gives any number of JSON back as it was', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => {
        expect(compileTemplate('${{ input.n }}')({ input: { n } })).toBe(n);
      }),
    );
  });
});

describe('a value of a document', () => {
  it('keeps its type where it is one expression, and becomes text within a longer one', () => {
    expect(valueOf('${{ input.n }}')).toBe(7);
    expect(valueOf('${{input.list}}')).toEqual([1, 2, 3]);
    expect(valueOf('-n ${{ input.n }} ${{ input.n > 3 }} --month=${{ input.month }}')).toBe(
      '-n 7 true --month=2026-12',
    );
    expect(valueOf(' ${{ input.n }}')).toBe(' 7');
    expect(valueOf({ a: ['${{ item.depth }}', 'plain', null, 3] })).toEqual({ a: [4, 'plain', null, 3] });
  });

  it('may have braces and quotes in its expressions', () => {
    expect(valueOf("${{ {'a': {'b': '}}'}} }}")).toEqual({ a: { b: '}}' } });
    expect(valueOf("${{ '${{' }}")).toBe('${{');
    expect(partsOf('a ${{ "}} }}')).toEqual({ unclosedAt: 2 });
    expect(partsOf('a ${{ b')).toEqual({ unclosedAt: 2 });
  });

  it('says where each expression begins', () => {
    expect(partsOf('a ${{ b }}${{c}}d')).toEqual([
      { text: 'a ' },
      { expression: 'b', offset: 6 },
      { expression: 'c', offset: 13 },
      { text: 'd' },
    ]);
    expect(partsOf('')).toEqual([{ text: '' }]);
  });
});

describe('an expression that fails', () => {
  it('says of a metric what was written in the place of a number', () => {
    const train = { metrics: { auc: 0.9 }, notNumbers: { loss: 'NaN' } };
    const asked = (text: string) => () => compileTemplate(text)({ steps: { train } });
    expect(asked('${{ steps.train.metrics.loss < 1 }}')).toThrow(
      'steps.train.metrics.loss is not there (loss is "NaN", which is not a number)',
    );
    expect(asked('${{ steps.train.metrics.f1 < 1 }}')).toThrow('(steps.train.metrics has auc)');
  });

  it.each<[string, string]>([
    [
      'input.n + input.month',
      '"+" cannot combine a number and a text; string(…), int(…) and double(…) convert; input.n is 7; input.month is "2026-12"',
    ],
    ['steps.train.acc', 'there is no "acc"; steps.train.acc is not there (steps.train has auc, metrics)'],
    ['input.nothing + 1', '"+" cannot combine null and a whole number; input.nothing is null'],
    ['input.nothing.auc', 'there is no "auc"; input.nothing.auc is not there (input.nothing is null)'],
    ['-input.month', '"-" cannot stand before a text; input.month is "2026-12"'],
    ['input.n < input.list', '"<" cannot combine a number and a list; input.n is 7; input.list is [1,2,3]'],
    ['1 in input.n', '"in" looks into a list or an object, and not into a number; input.n is 7'],
    [
      'input.list[7]',
      'there is no item 7: the list has 3 items, and items count from 0; input.list[7] is not there (input.list has 3 items)',
    ],
    ['input.list[-1]', 'there is no item -1: items count from 0; input.list is [1,2,3]'],
    ['input.nothing.size()', 'size() cannot be called on null; input.nothing is null'],
    [
      'string(steps.train)',
      'string() cannot be called with an object; steps.train is {"auc":0.5,"metrics":{"val-auc":0.75}}',
    ],
    [
      'input.month.split(1)',
      'split() cannot be called on a text with a whole number; input.month is "2026-12"',
    ],
    [
      'input.list.join(",")',
      'join() takes a list of texts: map(i, string(i)) makes one; input.list is [1,2,3]',
    ],
    ['input.nothing.map(i, i)', 'only a list or an object has items; this is null; input.nothing is null'],
    [
      'input.list.filter(i, i)',
      'the condition must be true or false; it came to a number; input.list is [1,2,3]',
    ],
    [
      'input.nothing ? 1 : 2',
      'what stands before "?" must be true or false; it is null; input.nothing is null',
    ],
    ['input.n && true', '"&&" and "||" combine true and false; one side is a number; input.n is 7'],
    ['int(input.month)', 'int() cannot read this as a whole number; input.month is "2026-12"'],
    ['double("x")', 'double() cannot read this as a number'],
    ['bool("x")', 'bool() cannot read this as true or false'],
    ['uint(-1)', 'uint() cannot read this as a whole number from 0'],
    ['9223372036854775807 + 1', 'the whole number is too large'],
    ['timestamp("x")', 'timestamp() needs a time such as 2026-01-02T03:04:05Z'],
    ['duration("x")', 'duration() needs a duration such as 90s, 1.5h or 1h30m'],
    ['"ab".substring(5)', 'substring(): the position is not within the text'],
    ['"ab".matches("(")', 'matches(): "(" is no regular expression'],
    [
      'input.?none.value()',
      'value() is asked of what is not there; orValue(…) says what to take then; input.?none is not there (input has list, month, n, nothing)',
    ],
    ['run.id', 'there is no "run" here'],
    ['1 / int(input.n - 7)', 'division by zero; input.n is 7'],
    ['1.0 / (input.n - 7)', 'it comes to Infinity, which JSON does not have; input.n is 7'],
    ['9007199254740993', '9007199254740993 is too large a number for JSON'],
    [
      'duration("1h")',
      'it comes to a duration, a value that may be missing, or another that JSON does not have',
    ],
    [
      'input.?none',
      'it comes to a duration, a value that may be missing, or another that JSON does not have; input.?none is not there (input has list, month, n, nothing)',
    ],
  ])('names itself and the values that it saw: %s', (text, said) => {
    expect(faultOf(`\${{ ${text} }}`).message).toBe(`\${{ ${text} }}: ${said}`);
  });

  it('has no list and no null within a text', () => {
    expect(faultOf('a ${{ input.list }}').message).toContain('it comes to a list, which cannot stand');
    expect(faultOf('a ${{ input.nothing }}').message).toContain('it comes to null, which cannot stand');
  });

  const seenOf = (value: Json): string => {
    try {
      compileTemplate('${{ input.value + 1 }}')({ input: { value } });
    } catch (error) {
      if (error instanceof ExpressionFault) return error.seen['input.value'] ?? '';
    }
    throw new Error('it has a value');
  };

  it('shows no more of a value than a person reads', () => {
    expect(seenOf('x'.repeat(500))).toHaveLength(80);
  });

  it.each<[Json, string]>([
    [`ghp_${'a1'.repeat(20)}`, '"[redacted]"'],
    [{ user: 'ada', password: 'hunter2hunter2' }, '{"user":"ada","password":"[redacted]"}'],
    [`${'x'.repeat(70)} ghp_${'a1'.repeat(20)}`, `"${'x'.repeat(70)} [redact…`],
  ])('shows nothing that looks like a credential: %j', (value, shown) => {
    expect(seenOf(value)).toBe(shown);
  });
});

describe('what is no expression', () => {
  it('is told with its place', () => {
    expect(compileExpression('input.n +')).toEqual({ problem: 'Unexpected token: EOF', offset: 9 });
    expect(compileExpression(`${'['.repeat(60)}1${']'.repeat(60)}`)).toHaveProperty('problem');
  });
});

describe('a number of JSON among whole numbers', () => {
  it.each<[string, Json]>([
    ['1 + input.n + 1', 9],
    ['2 * input.n * 3 - 1', 41],
    ['7 / input.n / 2', 0.5],
    ['1 + input.n == 8', true],
    ['1 + input.n < 8', false],
    ['(1 + input.n) in [8.0]', true],
    ['[1 + input.n][0] + 1', 9],
    ['input.list.map(i, 1 + i + 1)', [3, 4, 5]],
    ["size('ab') * input.n % 4", 2],
  ])('counts wherever it stands: %s', (text, value) => {
    expect(valueOf(`\${{ ${text} }}`)).toEqual(value);
  });
});

describe('what an expression may cost', () => {
  const count = (length: number): number[] => Array.from({ length }, (_, index) => index);
  const long: Scope = {
    input: { list: count(500), big: count(100_000), text: 'a'.repeat(250_000), words: ['a', 'b'] },
    run: { startedAt: '2026-01-01T00:00:00.000Z' },
  };
  const problemOf = (text: string): string => {
    try {
      return JSON.stringify(compileTemplate(`\${{ ${text} }}`)(long)).slice(0, 100);
    } catch (error) {
      if (error instanceof ExpressionFault)
        return error.message.slice(`\${{ ${text} }}: `.length).split(';')[0] ?? '';
      throw error;
    }
  };

  it.each([
    'input.list.map(x, input.list.map(y, x * y))',
    'input.list.all(x, input.list.all(y, input.list.exists(z, z == 499)))',
    'input.big.filter(x, x in input.big)',
    'input.big.exists(x, input.big.exists(y, y == -1))',
    'input.list.filter(x, x < input.text.size())',
    `[input.big]${'.map(a, a + a)'.repeat(12)}`,
  ])('is bounded, whatever a caller has made of its lists: %s', (text) => {
    expect(problemOf(text)).toBe('it goes through too much: filter or shorten its lists first');
  });

  it.each([
    ['input.list.filter(x, x in input.list).size()', '500'],
    ['input.big.map(x, x + 1).size()', '100000'],
    ['(1 in input.list) && !(500 in (input.list))', 'true'],
    [
      "([1, 2]).map(x, (x) + 1).exists(y, y in [3]) ? (input.words) . map ( w , w + '.' ).join('') : ''",
      '"a.b."',
    ],
    ['{"a": 1}.map(k, k)', '["a"]'],
    ['-1 + (1 + 2) + (true ? 1 : 2) + -input.list[1] + [1, 2][0] + {"a": 1}.a', '4'],
    ['1 in (true ? [1] : [2]) && 1 in [1] + [2] && "a" in {"a": 1} && 2.5 + 1 in [3.5]', 'true'],
    ["'%s' + 'x' + string(1.5) + ('y')", '"%sx1.5y"'],
  ])('leaves the rest as it is: %s', (text, value) => {
    expect(problemOf(text)).toBe(value);
  });

  it.each([
    ["input.text.split('').map(x, input.text).join('')", 'it goes through too much'],
    ["input.text.matches('a')", 'matches() tries texts of at most 10000 characters'],
    [
      'input.text + input.text + input.text + input.text + input.text',
      'it comes to more than 1 MiB: name less of it',
    ],
    ["timestamp(run.startedAt).getHours('Mars/X')", 'invalid time zone specified: Mars/X'],
    ["timestamp('9999-12-31T23:59:59Z') + duration('10000000000h')", 'invalid time value'],
    ['input.list[0.5]', 'there is no item 0.5: the list has 500 items, and items count from 0'],
  ])('says what JavaScript itself refuses, and what is too large: %s', (text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });
});
