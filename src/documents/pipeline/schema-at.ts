/** The part of a JSON Schema that a value at a path must fit. */
import { type JsonSchema, isSchema, listIn } from '../../pipelines/document/json-schema.js';
import type { DocumentPath } from './faults.js';

/** The alternatives of a schema; itself where it has none. */
export function alternativesOf(schema: JsonSchema): JsonSchema[] {
  const inner = [...listIn(schema['anyOf']), ...listIn(schema['oneOf'])].filter(isSchema);
  return inner.length === 0 ? [schema] : inner.flatMap(alternativesOf);
}

/** Every schema that a value at this path may fit; none where nothing is known of it. */
export function schemasAt(schema: JsonSchema, path: DocumentPath): JsonSchema[] {
  return path.reduce<JsonSchema[]>(
    (schemas, key) => schemas.flatMap((one) => below(one, key)).flatMap(alternativesOf),
    alternativesOf(schema),
  );
}

function below({ properties, additionalProperties, items }: JsonSchema, key: string | number): JsonSchema[] {
  if (typeof key === 'number') return isSchema(items) ? [items] : [];
  const named = isSchema(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
  if (isSchema(named)) return [named];
  return isSchema(additionalProperties) ? [additionalProperties] : [];
}

/** The keys that an object at this path may have; `null` where they are free. */
export function keysAt(schema: JsonSchema, path: DocumentPath): readonly string[] | null {
  const keys = schemasAt(schema, path).flatMap(({ properties }) =>
    isSchema(properties) ? Object.keys(properties) : [],
  );
  return keys.length === 0 ? null : [...new Set(keys)];
}
