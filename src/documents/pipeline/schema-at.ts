/** The part of a JSON Schema that a value at a path must fit. */
import type { Json } from '../../run/json.js';
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
    (schemas, key) =>
      schemas
        .flatMap((one) => below(one, key))
        .map((one) => referredTo(one, schema))
        .flatMap(alternativesOf),
    alternativesOf(schema),
  );
}

/** What a schema stands for that is defined elsewhere in the whole: one that is within itself is. */
function referredTo(schema: JsonSchema, whole: JsonSchema): JsonSchema {
  const { $ref: reference } = schema;
  if (typeof reference !== 'string') return schema;
  const keys = reference.split('/').slice(1);
  const found = keys.reduce<Json | undefined>((at, key) => (isSchema(at) ? at[key] : undefined), whole);
  return isSchema(found) ? found : schema;
}

/** Whether the schema at this path has a mark, as a whole or in one of its alternatives. */
export function isMarkedAt(schema: JsonSchema, path: DocumentPath, mark: string): boolean {
  const key = path.at(-1);
  const around = schemasAt(schema, path.slice(0, -1));
  const there = key === undefined ? around : around.flatMap((one) => below(one, key));
  return there.some((one) => one[mark] === true || alternativesOf(one).some((inner) => inner[mark] === true));
}

/** A key within a schema, at any depth, that has a mark; `null` where there is none. */
export function markedWithin(schema: JsonSchema, mark: string): string | null {
  for (const { properties } of alternativesOf(schema)) {
    if (!isSchema(properties)) continue;
    for (const [key, inner] of Object.entries(properties)) {
      if (!isSchema(inner)) continue;
      if (inner[mark] === true) return key;
      const deeper = markedWithin(inner, mark);
      if (deeper !== null) return `${key}.${deeper}`;
    }
  }
  return null;
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
