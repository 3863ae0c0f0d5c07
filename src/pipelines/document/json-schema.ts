/**
 * JSON Schema, as far as documents use it: for the input of a run, and for values that expressions come to. Workflows run
 * this file.
 */
import type { JsonSchema } from '../../run/documents/documents.js';
import type { Json } from '../../run/steps.js';
import { longestMatched } from './budget.js';

export type { JsonSchema } from '../../run/documents/documents.js';

/** What does not fit. */
export interface Misfit {
  readonly path: readonly (string | number)[];
  /** What is allowed there: `must be a number`. */
  readonly problem: string;
}

/** The types of JSON Schema, as people call them. */
const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

/** In words: `a text`, `a number or null`. */
export const sayTypes = (types: readonly string[]): string =>
  types.map((type) => typeNames[type] ?? type).join(' or ');

export const isSchema = (value: Json | undefined): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The types that a schema states; none where it states none. */
export const typesOf = ({ type }: JsonSchema): readonly string[] =>
  typeof type === 'string' ? [type] : textsIn(type);

export const textsIn = (value: Json | undefined): readonly string[] =>
  listIn(value).filter((item): item is string => typeof item === 'string');

/** The items of a list; none of what is no list. */
export const listIn = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : []; // its items are JSON too

/** Schemas by name, such as `properties`. */
export const schemasIn = (value: Json | undefined): (readonly [string, JsonSchema])[] =>
  isSchema(value)
    ? Object.entries(value).flatMap(([key, inner]) => (isSchema(inner) ? [[key, inner] as const] : []))
    : [];

/** Whether a value is of a type of JSON Schema. */
export function isOfType(value: Json, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'null':
      return value === null;
    case 'object':
      return isSchema(value);
    default:
      return typeof value === type;
  }
}

/** Tries a pattern on a text, and says what is wrong with it. */
export type TryPattern = (pattern: string, text: string) => string[];

/** Everything in a value that does not fit. */
export function misfitsOf(
  schema: JsonSchema,
  value: Json,
  path: Misfit['path'] = [],
  tryOn: TryPattern = tryPattern,
): Misfit[] {
  const misfit = (problem: string): Misfit[] => [{ path, problem }];
  const types = typesOf(schema);
  if (types.length > 0 && !types.some((type) => isOfType(value, type)))
    return misfit(`must be ${sayTypes(types)}`);
  const { enum: allowed, const: only } = schema;
  if (Array.isArray(allowed) && !allowed.some((one: Json) => isSame(one, value)))
    return misfit(`must be one of ${allowed.map((one: Json) => JSON.stringify(one)).join(', ')}`);
  if (only !== undefined && !isSame(only, value)) return misfit(`must be ${JSON.stringify(only)}`);
  return [...ofValue(schema, value, path, tryOn), ...ofAlternatives(schema, value, path, tryOn)];
}

function ofValue(schema: JsonSchema, value: Json, path: Misfit['path'], tryOn: TryPattern): Misfit[] {
  if (typeof value === 'string') return ofText(schema, value, tryOn).map((problem) => ({ path, problem }));
  if (typeof value === 'number') return ofNumber(schema, value).map((problem) => ({ path, problem }));
  if (Array.isArray(value)) return ofList(schema, value, path, tryOn);
  return isSchema(value) ? ofObject(schema, value, path, tryOn) : [];
}

const numberIn = (value: Json | undefined, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise;

function ofText(
  { minLength, maxLength, pattern, format }: JsonSchema,
  text: string,
  tryOn: TryPattern,
): string[] {
  const { length } = Array.from(text);
  const least = numberIn(minLength, 0);
  const most = numberIn(maxLength, Infinity);
  return [
    ...(length < least ? [`must have at least ${least} characters`] : []),
    ...(length > most ? [`must have at most ${most} characters`] : []),
    // One that is too long is not tried: the check of a document counts on it.
    ...(typeof pattern === 'string' && length <= most ? tryOn(pattern, text) : []),
    ...(typeof format === 'string' && !isOfFormat(format, text) ? [`must be a ${format}`] : []),
  ];
}

/** A pattern may take a time that grows with the square of the text. */
export function tryPattern(pattern: string, text: string): string[] {
  if (text.length > longestMatched)
    return [`must have at most ${longestMatched} characters, for it must match ${pattern}`];
  return patternOf(pattern).test(text) ? [] : [`must match ${pattern}`];
}

/** Formats that are checked; another one says something to people alone. */
export const formats: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
  time: /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/,
  'date-time':
    /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  uuid: /^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/,
};

/** Some months have no 31st. */
function isOfFormat(format: string, text: string): boolean {
  if (!Object.hasOwn(formats, format)) return true;
  if (formats[format]?.test(text) !== true) return false;
  if (!format.startsWith('date')) return true;
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

/** Patterns of JSON Schema know Unicode; one that was written without it in mind is read as it was meant. */
export function patternOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return new RegExp(pattern);
  }
}

/** `0.3 / 0.1` is a little less than 3. */
const isWhole = (ratio: number): boolean =>
  Math.abs(ratio - Math.round(ratio)) <= 2 * Number.EPSILON * Math.abs(ratio);

function ofNumber(schema: JsonSchema, value: number): string[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const bounds: readonly (readonly [Json | undefined, (bound: number) => boolean, string])[] = [
    [minimum, (bound) => value >= bound, 'at least'],
    [maximum, (bound) => value <= bound, 'at most'],
    [exclusiveMinimum, (bound) => value > bound, 'more than'],
    [exclusiveMaximum, (bound) => value < bound, 'less than'],
    [multipleOf, (bound) => isWhole(value / bound), 'a multiple of'],
  ];
  return bounds.flatMap(([bound, holds, words]) =>
    typeof bound === 'number' && !holds(bound) ? [`must be ${words} ${bound}`] : [],
  );
}

function ofList(
  schema: JsonSchema,
  list: readonly Json[],
  path: Misfit['path'],
  tryOn: TryPattern,
): Misfit[] {
  const { items, minItems, maxItems, uniqueItems } = schema;
  const least = numberIn(minItems, 0);
  const most = numberIn(maxItems, Infinity);
  const isTwice = uniqueItems === true && new Set(list.map(inOrder)).size < list.length;
  return [
    ...(list.length < least ? [{ path, problem: `must have at least ${least} items` }] : []),
    ...(list.length > most ? [{ path, problem: `must have at most ${most} items` }] : []),
    ...(isTwice ? [{ path, problem: 'must not have the same item twice' }] : []),
    ...(isSchema(items)
      ? list.flatMap((item, index) => misfitsOf(items, item, [...path, index], tryOn))
      : []),
  ];
}

function ofObject(
  { properties, required, additionalProperties, propertyNames }: JsonSchema,
  value: JsonSchema,
  path: Misfit['path'],
  tryOn: TryPattern,
): Misfit[] {
  const known = new Map(schemasIn(properties));
  const missing = textsIn(required).filter((key) => !Object.hasOwn(value, key));
  const others = Object.keys(value).filter((key) => !known.has(key));
  const named = known.size === 0 ? 'none is allowed' : `allowed are ${[...known.keys()].join(', ')}`;
  return [
    ...missing.map((key) => ({ path: [...path, key], problem: 'is missing' })),
    ...[...known].flatMap(([key, schema]) => {
      const inner = valueIn(value, key);
      return inner === undefined ? [] : misfitsOf(schema, inner, [...path, key], tryOn);
    }),
    ...others.flatMap((key) => {
      const inner = valueIn(value, key);
      if (additionalProperties === false)
        return [{ path: [...path, key], problem: `is not known; ${named}` }];
      const names = isSchema(propertyNames) ? misfitsOf(propertyNames, key, [...path, key], tryOn) : [];
      if (!isSchema(additionalProperties) || inner === undefined) return names;
      return [...names, ...misfitsOf(additionalProperties, inner, [...path, key], tryOn)];
    }),
  ];
}

/** A field of its own; every object of JavaScript has a `constructor` besides. */
const valueIn = (value: JsonSchema, key: string): Json | undefined =>
  Object.hasOwn(value, key) ? value[key] : undefined;

/** `anyOf` and `oneOf` are read alike: one alternative must fit. */
function ofAlternatives(
  { anyOf, oneOf, allOf }: JsonSchema,
  value: Json,
  path: Misfit['path'],
  tryOn: TryPattern,
): Misfit[] {
  const all = listIn(allOf).flatMap((one) => (isSchema(one) ? misfitsOf(one, value, path, tryOn) : []));
  const alternatives = [...listIn(anyOf), ...listIn(oneOf)].filter(isSchema);
  if (alternatives.length === 0) return all;
  const misfits = alternatives.map((one) => misfitsOf(one, value, path, tryOn));
  if (misfits.some((found) => found.length === 0)) return all;
  const nearest = misfits.toSorted((a, b) => a.length - b.length).find((found) => found.some(isDeeper(path)));
  return [...all, ...(nearest ?? [{ path, problem: `must fit one of ${alternatives.length} alternatives` }])];
}

/** An alternative of which only a part does not fit is the one that was meant. */
const isDeeper =
  (path: Misfit['path']) =>
  (misfit: Misfit): boolean =>
    misfit.path.length > path.length;

/** A value with the defaults of its schema in the place of what is left out. */
export function withDefaults(schema: JsonSchema, value: Json): Json {
  if (!isSchema(value)) return value;
  const filled: Record<string, Json> = { ...value };
  for (const [key, inner] of schemasIn(schema['properties'])) {
    const own = valueIn(value, key);
    const given = own ?? inner['default'];
    if (own !== null && given !== undefined) filled[key] = withDefaults(inner, given);
  }
  return filled;
}

function isSame(a: Json, b: Json): boolean {
  if (a === b) return true;
  return typeof a === 'object' && typeof b === 'object' && inOrder(a) === inOrder(b);
}

/** As JSON, with the keys of objects in order: which comes first makes no difference. */
const inOrder = (value: Json): string =>
  JSON.stringify(value, (_, inner: Json) =>
    isSchema(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
