/** What is said on the command line to an endpoint: each parameter in its place, read by the schema that it has there. */
import { z } from 'zod';
import type { Endpoint } from '../../contract/endpoint.js';
import { bare, fieldsOf, parametersOf } from '../../contract/paging.js';
import { fileFieldOf } from '../../contract/uploads.js';
import { sayKnown } from '../../documents/pipeline/words.js';
import type { CallInput } from '../../platform/call.js';
import { pathOf } from '../../platform/paths.js';
import { setAt } from '../../run/inputs/edits.js';
import { errorMessage, usage } from '../stop.js';
import { typeOf } from './types.js';

/** One `-p name=value`: what a file says that it names, or the text as typed. */
export type Given = { readonly name: string } & ({ readonly text: string } | { readonly value: unknown });

const places = ['path', 'query', 'body'] as const;
type Place = (typeof places)[number];

/** Where a parameter goes. */
interface Target {
  readonly place: Place;
  readonly keys: readonly string[];
  /** Left out where nothing is known of it. */
  readonly schema: z.ZodType | undefined;
}

/** What was given of a body: a whole one, of which single fields win, and a file. */
interface Bodily {
  readonly body: unknown;
  readonly file: File | undefined;
}

/**
 * What is sent.
 *
 * @throws Stop naming every parameter that is wrong or missing
 */
export function readParameters(
  endpoint: Endpoint,
  given: readonly Given[],
  { body, file }: Bodily,
): CallInput {
  let input: CallInput = { path: {}, query: {}, body };
  for (const name of new Set(given.map((one) => one.name))) {
    const { place, keys, schema } = targetOf(endpoint, name);
    const those = given.filter((one) => one.name === name);
    const value = valueOf(name, those, place === 'path' ? z.string() : schema);
    input = setAt(input, [place, ...keys], value) as CallInput; // an object before, and with a field more after
  }
  if (endpoint.bodyEncoding === 'bytes') input = { ...input, body: file };
  else if (endpoint.body !== undefined && input.body === undefined) input = { ...input, body: {} };
  const field = fileFieldOf(endpoint);
  if (field !== null && file !== undefined)
    input = { ...input, body: setAt(input.body, [field], { name: file.name, content: file }) };
  refuseMisfits(endpoint, input);
  return input;
}

function targetOf(endpoint: Endpoint, name: string): Target {
  const keys = name.split('.');
  const [first = '', ...rest] = keys;
  const within: Readonly<Record<Place, readonly string[]>> = {
    path: parametersOf(endpoint.path),
    query: Object.keys(fieldsOf(endpoint.query)),
    body: endpoint.bodyEncoding === 'bytes' ? [] : Object.keys(fieldsOf(endpoint.body)),
  };
  const found = places.filter((place) => within[place].includes(first));
  const named = places.find((place) => place === first && rest.length > 0 && found.length === 0);
  const isFree = endpoint.body !== undefined && within.body.length === 0 && endpoint.bodyEncoding !== 'bytes';
  const [place = named ?? (isFree ? 'body' : undefined), other] = found;
  if (place === undefined) {
    const all = places.flatMap((each) => within[each]);
    throw usage(`there is no parameter "${first}": ${sayKnown(first, all, 'parameters')}`);
  }
  if (other !== undefined)
    throw usage(
      `"${first}" is in the ${place} and in the ${other}: write ${place}.${first} or ${other}.${first}`,
    );
  const path = named === undefined ? keys : rest;
  if (place === 'path' && path.length > 1) throw usage(`"${name}": ${first} is a text, and has no fields`);
  return { place, keys: path, schema: place === 'path' ? undefined : schemaAt(endpoint[place], path, name) };
}

/** The schema of a field within others. */
function schemaAt(
  schema: z.ZodType | undefined,
  keys: readonly string[],
  name: string,
): z.ZodType | undefined {
  const [key, ...rest] = keys;
  if (key === undefined || schema === undefined) return schema;
  const inner = bare(schema);
  if (inner instanceof z.ZodUnion)
    return schemaAt(
      (inner.options as readonly z.ZodType[]).find((option) => key in fieldsOf(option)), // options are schemas
      keys,
      name,
    );
  if (inner instanceof z.ZodRecord) return schemaAt(inner.valueType as z.ZodType, rest, name); // it holds schemas
  if (!(inner instanceof z.ZodObject)) return undefined;
  const fields = fieldsOf(schema);
  if (!Object.hasOwn(fields, key))
    throw usage(`"${name}": there is no field "${key}": ${sayKnown(key, Object.keys(fields), 'fields')}`);
  return schemaAt(fields[key], rest, name);
}

function valueOf(name: string, given: readonly Given[], schema: z.ZodType | undefined): unknown {
  const inner = schema && bare(schema);
  const [only, ...others] = given;
  if (inner instanceof z.ZodArray) {
    if (only !== undefined && others.length === 0 && isWholeList(only)) return readOne(only, undefined);
    return given.map((one) => readOne(one, inner.element as z.ZodType)); // it holds schemas
  }
  if (only === undefined || others.length > 0)
    throw usage(`-p ${name} is given ${given.length} times, and it is no list`);
  return readOne(only, schema);
}

const isWholeList = (one: Given): boolean => Array.isArray(readOne(one, undefined));

/** A text where the field takes a text, else what it says as JSON; what fits neither way is told of later. */
function readOne(one: Given, schema: z.ZodType | undefined): unknown {
  if ('value' in one) return one.value;
  const { text } = one;
  const inner = schema && bare(schema);
  const isFree = inner === undefined || inner instanceof z.ZodUnknown || inner instanceof z.ZodAny;
  if (!isFree && schema?.safeParse(text).success === true) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function refuseMisfits(endpoint: Endpoint, input: CallInput): void {
  const faults = [
    ...parametersOf(endpoint.path)
      .filter((name) => input.path?.[name] === undefined)
      .map((name) => missing(name, 'text')),
    ...misfits(endpoint.query, input.query ?? {}),
    ...(endpoint.bodyEncoding === 'bytes' ? [] : misfits(endpoint.body, input.body)),
  ];
  if (faults.length > 0) throw usage(faults.join('\n'));
  try {
    pathOf(endpoint.path, input.path ?? {});
  } catch (error) {
    throw usage(errorMessage(error));
  }
}

const missing = (name: string, type: string): string => `${name} is missing: give -p ${name}=… (${type})`;

function misfits(schema: z.ZodType | undefined, value: unknown): string[] {
  const issues = schema?.safeParse(value).error?.issues ?? [];
  return issues.map(({ path, message }) => {
    const name = path.join('.');
    const isMissing = path.reduce<unknown>(stepInto, value) === undefined;
    if (isMissing && path.length > 0) return missing(name, typeAt(schema, path));
    return `${name === '' ? 'the body' : name} does not fit: ${message}`;
  });
}

const stepInto = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Readonly<Record<PropertyKey, unknown>>)[key]
    : undefined; // any object

const typeAt = (schema: z.ZodType | undefined, path: readonly PropertyKey[]): string => {
  const found = path.reduce<z.ZodType | undefined>((at, key) => fieldsOf(at)[String(key)], schema);
  return found === undefined ? 'JSON' : typeOf(found);
};
