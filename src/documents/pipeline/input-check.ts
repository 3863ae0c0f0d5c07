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
import { nameFault } from './draft.js';
import type { DocumentPath, Faults } from './faults.js';
import { patternFault } from './endless-pattern.js';
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

/** Checks what a schema says beyond its shape. */
export function checkSchema(schema: JsonSchema, path: DocumentPath, faults: Faults): void {
  const { properties, required, pattern, default: usual, items, additionalProperties } = schema;
  const fault = typeof pattern === 'string' ? patternFault(pattern) : null;
  if (fault !== null) faults.add([...path, 'pattern'], fault);
  if (usual !== undefined && canBeTried(schema))
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
    checkSchema(inner, at, faults);
  }
  if (isSchema(items)) checkSchema(items, [...path, 'items'], faults);
  if (isSchema(additionalProperties))
    checkSchema(additionalProperties, [...path, 'additionalProperties'], faults);
  for (const keyword of ['anyOf', 'oneOf', 'allOf'])
    for (const [index, inner] of listIn(schema[keyword]).entries())
      if (isSchema(inner)) checkSchema(inner, [...path, keyword, index], faults);
}

/** Whether every pattern in a schema can be tried. */
const canBeTried = (schema: JsonSchema): boolean =>
  Object.entries(schema).every(([key, inner]) => {
    if (key === 'pattern' && typeof inner === 'string') return patternFault(inner) === null;
    return [inner, ...listIn(inner)].every((one) => !isSchema(one) || canBeTried(one));
  });

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
