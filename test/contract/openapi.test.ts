/** The contract agrees with the vendor’s OpenAPI files, of which `openapi-facts.json` holds what is needed. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { domino } from '../../src/contract/domino/index.js';
import { type NamedEndpoint, walk } from '../../src/contract/endpoint.js';
import { type ContractEndpoint, type Facts, disagreements } from './openapi-agreement.js';
import { openApiExceptions } from './openapi-exceptions.js';

// Boundary cast: `scripts/distil-openapi.js` has written it.
const facts = JSON.parse(readFileSync(new URL('./openapi-facts.json', import.meta.url), 'utf8')) as Facts;

/** Boundary cast: of a JSON Schema, what is compared. */
const jsonSchema = (schema: z.ZodType): ContractEndpoint['response'] =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as ContractEndpoint['response'];

const plainOf = ({ method, path, query, body, bodyEncoding, response }: NamedEndpoint['endpoint']) => ({
  ...{ method, path, response: jsonSchema(response) },
  ...(query && { query: jsonSchema(query) }),
  ...(body && bodyEncoding !== 'bytes' && { body: jsonSchema(body) }),
});

const found = walk(domino).flatMap(({ group, name, endpoint }) =>
  disagreements(facts, plainOf(endpoint)).map((words) => ({ endpoint: `${group}.${name}`, words })),
);

const isExcepted = (
  { endpoints, places }: (typeof openApiExceptions)[number],
  { endpoint, words }: (typeof found)[number],
): boolean =>
  endpoints?.includes(endpoint) !== false && places.some((place) => words.startsWith(`${place}:`));

describe('the contract with Domino and the OpenAPI files', () => {
  it('agree on fields, types, what is required and what is enumerated, but for stated exceptions', () => {
    const unstated = found.filter(
      (one) => !openApiExceptions.some((exception) => isExcepted(exception, one)),
    );
    expect(unstated).toEqual([]);
  });

  it('disagree wherever an exception says so', () => {
    for (const exception of openApiExceptions)
      for (const place of exception.places)
        expect([place, found.some((one) => isExcepted({ ...exception, places: [place] }, one))]).toEqual([
          place,
          true,
        ]);
  });
});

describe('a disagreement', () => {
  const operation = (said: object): Facts => ({
    schemas: { New: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } },
    operations: { 'POST /things/{}': { of: 'public', status: 200, query: {}, ...said } },
  });
  const wordsOf = (said: object, is: { body?: z.ZodType; query?: z.ZodType; response?: z.ZodType }) =>
    disagreements(operation(said), {
      ...{ method: 'POST', path: '/things/{thingId}', response: jsonSchema(is.response ?? z.unknown()) },
      ...(is.body && { body: jsonSchema(is.body) }),
      ...(is.query && { query: jsonSchema(is.query) }),
    });

  it.each([
    [
      'a field that is not known',
      z.strictObject({ name: z.string(), size: z.number() }),
      'body.size: is not known',
    ],
    ['a field that must be sent', z.strictObject({ name: z.string().optional() }), 'body.name: is required'],
    ['a field that cannot be sent', z.strictObject({}), 'body.name: is required'],
    ['another type', z.strictObject({ name: z.number() }), 'body.name: is number, not string'],
  ])('is %s', (_, body, words) => {
    expect(wordsOf({ body: { ref: 'New' } }, { body })).toEqual([words]);
  });

  it('is a word of a query that either side does not have', () => {
    const query = { by: { required: false, schema: { type: 'string', enum: ['name', 'size'] } } };
    const is = (by: z.ZodType) => wordsOf({ query }, { query: z.strictObject({ by }) });
    expect(is(z.enum(['name', 'size']).optional())).toEqual([]);
    expect(is(z.enum(['name', 'age']).optional())).toEqual([
      'query.by: differs in the word age',
      'query.by: differs in the word size',
    ]);
    expect(is(z.string().optional())).toEqual(['query.by: is any text, not one of name, size']);
  });

  it('is an answer that is refused although it is valid', () => {
    const response = {
      type: 'object',
      required: ['a'],
      properties: { a: { type: 'number' }, b: { type: 'string' } },
    };
    const is = (schema: z.ZodType) => wordsOf({ response }, { response: schema });
    expect(is(z.object({ a: z.number().nullish(), b: z.string().nullish() }))).toEqual([]);
    expect(is(z.object({ a: z.number().int(), b: z.string() }))).toEqual([
      'answer.a: is integer, not number',
      'answer.b: may be missing',
    ]);
  });
});
