/** The input of a pipeline: its schema, and what expressions read of it. */
import {
  type JsonSchema,
  isSchema,
  listIn,
  misfitsOf,
  schemasIn,
  textsIn,
} from '../../pipelines/document/json-schema.js';
import type { Path } from '../../pipelines/document/syntax.js';
import type { Json } from '../../run/json.js';
import { nameFault } from './draft.js';
import type { DocumentPath, Faults } from './faults.js';
import { longestPattern, patternFault } from './pattern-fault.js';
import { isTemplate } from '../../pipelines/document/templates.js';
import { templatesIn } from './values.js';
import { sayKnown } from './words.js';

/** The schema of a document’s input. Where it says nothing else, it is an object, and unknown keys are refused. */
export function inputSchemaOf(written: unknown): JsonSchema {
  const schema = isJson(written) ? written : {};
  return { type: 'object', additionalProperties: false, ...schema };
}

const isJson = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** How many characters of defaults are tried where there is a pattern: the rest is, when a run is started. */
const mostTried = 100_000;

/** Checks what a schema says beyond its shape. */
export function checkSchema(
  schema: JsonSchema,
  path: DocumentPath,
  faults: Faults,
  trying = { left: mostTried },
): void {
  const { properties, required, pattern, default: usual, items, additionalProperties } = schema;
  // One that is too long has its fault by the grammar.
  const isRead = typeof pattern === 'string' && pattern.length <= longestPattern;
  const fault = isRead ? patternFault(pattern, lengthOf(schema)) : null;
  if (fault !== null) faults.add([...path, 'pattern'], fault);
  if (usual !== undefined && canBeTried(schema, usual, trying))
    for (const { problem } of misfitsOf(schema, usual))
      faults.add([...path, 'default'], `the default ${problem}`);
  for (const keyword of ['default', 'const', 'enum'])
    for (const { path: at, text } of templatesIn(schema[keyword] ?? null, [...path, keyword]))
      if (isTemplate(text))
        faults.add(at, 'no expression can stand here: the schema of the input is written out');
  const keys = schemasIn(properties).map(([key]) => key);
  for (const [index, key] of textsIn(required).entries())
    if (isSchema(properties) && !keys.includes(key))
      faults.add(
        [...path, 'required', index],
        `"${key}" is required, and is none of the properties; ${sayKnown(key, keys, 'properties')}`,
      );
  for (const [key, inner] of schemasIn(properties)) {
    const at = [...path, 'properties', key];
    const fault = nameFault(key, 'a property');
    if (fault !== null) faults.add(at, fault, 'key');
    checkSchema(inner, at, faults, trying);
  }
  if (isSchema(items)) checkSchema(items, [...path, 'items'], faults, trying);
  if (isSchema(additionalProperties))
    checkSchema(additionalProperties, [...path, 'additionalProperties'], faults, trying);
  for (const keyword of ['anyOf', 'oneOf', 'allOf'])
    for (const [index, inner] of listIn(schema[keyword]).entries())
      if (isSchema(inner)) checkSchema(inner, [...path, keyword, index], faults, trying);
}

/** How long the texts are that a pattern is tried on. */
const lengthOf = ({ maxLength }: JsonSchema) => ({
  ...(typeof maxLength === 'number' && { longest: maxLength }),
  bound: '`maxLength`',
});

/** Whether every pattern in a schema can be tried on a default. */
function canBeTried(schema: JsonSchema, usual: Json, trying: { left: number }): boolean {
  const patterns = patternsIn(schema);
  if (patterns.length === 0) return true;
  trying.left -= JSON.stringify(usual).length;
  return (
    trying.left >= 0 &&
    patterns.every(([pattern, within]) => patternFault(pattern, lengthOf(within)) === null)
  );
}

/** Each pattern in a schema, with the schema that it is of. */
const patternsIn = (schema: JsonSchema): (readonly [string, JsonSchema])[] =>
  Object.entries(schema).flatMap(([key, inner]) =>
    key === 'pattern' && typeof inner === 'string'
      ? [[inner, schema] as const]
      : [inner, ...listIn(inner)].flatMap((one) => (isSchema(one) ? patternsIn(one) : [])),
  );

/** Refuses to read what a run may not have been given. */
export const inputReader =
  (schema: JsonSchema) =>
  ({ keys, isOptional }: Path, at: (message: string) => void, paths: readonly Path[]): void => {
    let level = schema;
    for (const [index, key] of keys.slice(1).entries()) {
      const { properties, required } = level;
      const inner = isSchema(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
      if (!isSchema(inner)) return;
      const isGiven = textsIn(required).includes(key) || inner['default'] !== undefined;
      const isAsked = isOptional || paths.some((path) => path.isOptional && path.keys.includes(key));
      if (!isGiven && !isAsked) {
        // What may be missing has no fields: from there on, each must be asked for.
        const optional = [keys.slice(0, index + 1).join('.'), ...keys.slice(index + 1)].join('.?');
        at(
          `"${key}" may be left out of the input: give it a default, require it, or read it as ${optional}.orValue(…)`,
        );
        return;
      }
      level = inner;
    }
  };
