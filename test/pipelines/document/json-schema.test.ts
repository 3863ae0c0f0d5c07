import { describe, expect, it } from '@jest/globals';
import { type JsonSchema, misfitsOf, withDefaults } from '../../../src/pipelines/document/json-schema.js';
import type { Json } from '../../../src/run/steps.js';

const said = (schema: JsonSchema, value: Json): string[] =>
  misfitsOf(schema, value).map(({ path, problem }) => `${path.join('.')} ${problem}`.trim());

describe('a value that does not fit its JSON Schema', () => {
  it.each<[JsonSchema, Json, string[]]>([
    [{ type: 'string' }, 3, ['must be a text']],
    [{ type: ['string', 'null'] }, true, ['must be a text or null']],
    [{ type: 'integer' }, 1.5, ['must be a whole number']],
    [{ type: 'number' }, 1.5, []],
    [{ enum: ['a', 1] }, 'b', ['must be one of "a", 1']],
    [{ const: { a: 1 } }, { a: 1 }, []],
    [{ type: 'string', pattern: '^[a-z]+$', maxLength: 2 }, 'ABC', ['must have at most 2 characters']],
    [{ pattern: String.raw`^\p{L}+$` }, 'ä', []],
    [{ pattern: 'a' }, 'a'.repeat(10_001), ['must have at most 10000 characters, for it must match a']],
    [{ format: 'date' }, '2026-02-30', ['must be a date']],
    [{ format: 'date-time' }, '2025-02-29T00:00:00Z', ['must be a date-time']],
    [{ format: 'date' }, '2024-02-29', []],
    [{ format: 'time' }, '25:00', ['must be a time']],
    [{ format: 'time' }, '23:59:00', []],
    [{ format: 'uuid' }, '0-0', ['must be a uuid']],
    [{ format: 'e-mail' }, 'anything', []],
    [{ pattern: String.raw`^a\-b$` }, 'a-b', []],
    [{ pattern: 'a' }, 'a'.repeat(10_000), []],
    [{ minLength: 2, maxLength: 2 }, '😀😀', []],
    [{ minLength: 3 }, 'ab', ['must have at least 3 characters']],
    [{ minimum: 1, maximum: 1, exclusiveMinimum: 0, exclusiveMaximum: 2 }, 1, []],
    [{ minimum: 1, exclusiveMaximum: 0 }, 0, ['must be at least 1', 'must be less than 0']],
    [{ minItems: 1, maxItems: 1, uniqueItems: true }, [1], []],
    [{ maxItems: 1 }, [1, 1], ['must have at most 1 items']],
    [{ type: 'null' }, null, []],
    [{ type: 'null' }, 'null', ['must be null']],
    [{ type: 'array' }, {}, ['must be a list']],
    [{ type: 'object' }, [], ['must be an object']],
    [{ type: 'object' }, null, ['must be an object']],
    [{ const: { a: 1 } }, { a: 2 }, ['must be {"a":1}']],
    [{ enum: [{ a: 1 }, null] }, null, []],
    [{ additionalProperties: false }, { b: 1 }, ['b is not known; none is allowed']],
    [{ propertyNames: { pattern: '^[a-z]+$' } }, { ok: 1, No: 1 }, ['No must match ^[a-z]+$']],
    [
      { oneOf: [{ type: 'string' }], allOf: [{ minimum: 9 }] },
      3,
      ['must be at least 9', 'must fit one of 1 alternatives'],
    ],
    [
      {
        anyOf: [
          { required: ['a', 'b'] },
          { properties: { c: { type: 'string' } } },
          { required: ['d', 'e'] },
        ],
      },
      { c: 1 },
      ['c must be a text'],
    ],
    [{ multipleOf: 0.1 }, 0.3, []],
    [{ multipleOf: 0.01 }, 19.99, []],
    [{ multipleOf: 0.1 }, 0.35, ['must be a multiple of 0.1']],
    [{ const: { a: 1, b: { c: 2, d: 3 } } }, { b: { d: 3, c: 2 }, a: 1 }, []],
    [
      { uniqueItems: true },
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      ['must not have the same item twice'],
    ],
    [{ properties: { constructor: { type: 'string' } }, additionalProperties: false }, {}, []],
    [{ type: 'string', format: 'date' }, '2026-13-01', ['must be a date']],
    [{ type: 'string', format: 'date' }, '2026-12-01', []],
    [{ minimum: 1, maximum: 3 }, 4, ['must be at most 3']],
    [{ exclusiveMinimum: 1 }, 1, ['must be more than 1']],
    [{ multipleOf: 5 }, 7, ['must be a multiple of 5']],
    [
      { items: { type: 'number' }, minItems: 3, uniqueItems: true },
      [1, 'a'],
      ['must have at least 3 items', '1 must be a number'],
    ],
    [{ uniqueItems: true }, [1, 1], ['must not have the same item twice']],
    [
      { properties: { a: { type: 'number' } }, required: ['a', 'b'] },
      { a: 'x' },
      ['b is missing', 'a must be a number'],
    ],
    [{ properties: { a: {} }, additionalProperties: false }, { b: 1 }, ['b is not known; allowed are a']],
    [{ additionalProperties: { type: 'number' } }, { b: 'x' }, ['b must be a number']],
    [
      { anyOf: [{ type: 'string' }, { properties: { a: { type: 'number' } }, type: 'object' }] },
      { a: 'x' },
      ['a must be a number'],
    ],
    [{ anyOf: [{ type: 'string' }, { type: 'number' }] }, true, ['must fit one of 2 alternatives']],
    [{ anyOf: [{ type: 'string' }, { type: 'number' }] }, 3, []],
    [{ allOf: [{ minimum: 1 }, { maximum: 2 }] }, 3, ['must be at most 2']],
  ])('%j %j', (schema, value, problems) => {
    expect(said(schema, value)).toEqual(problems);
  });
});

describe('defaults', () => {
  it('stand in the place of what is left out, at every depth, and never in the place of null', () => {
    const schema: JsonSchema = {
      properties: {
        a: { default: 1 },
        b: { properties: { c: { default: 'x' } }, default: {} },
        d: { default: 2 },
      },
    };
    expect(withDefaults(schema, { d: null })).toEqual({ a: 1, b: { c: 'x' }, d: null });
  });
});

it('fills in a default although every object of JavaScript has a field of that name', () => {
  expect(withDefaults({ properties: { constructor: { default: 'a' } } }, {})).toEqual({ constructor: 'a' });
});
