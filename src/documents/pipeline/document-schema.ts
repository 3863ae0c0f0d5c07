/** The JSON Schema of pipeline documents: what editors complete and check by, and what `check` knows of keys. */
import { z } from 'zod';
import { type JsonSchema, isSchema } from '../../pipelines/document/json-schema.js';
import type { Json } from '../../run/steps.js';
import { Document } from './grammar.js';
import { checkedKinds, kindsFor } from './kinds.js';

const whole = z.toJSONSchema(Document, { io: 'input', unrepresentable: 'any', reused: 'inline' });

/** Of the grammar alone. */
export const documentSchema: JsonSchema = JSON.parse(JSON.stringify(whole)) as JsonSchema; // through JSON, as it is published

const expression: JsonSchema = {
  type: 'string',
  pattern: String.raw`\$\{\{`,
  description: 'An expression, ${{ … }}.',
};

/** For editors: with the arguments of each kind, and expressions wherever values stand. */
export function editorSchema(): JsonSchema {
  const uses = kindsFor(null);
  const kinds = Object.values(checkedKinds).map(({ name, short, schema }): JsonSchema => ({
    if: { properties: { uses: { enum: [...new Set([short, name])] } }, required: ['uses'] },
    then: { properties: { with: withExpressions(schema) } },
  }));
  const published = JSON.parse(
    JSON.stringify(documentSchema, (key, value: unknown) =>
      key === 'steps' ? stepsWith(value, uses, kinds) : value,
    ),
  ) as JsonSchema; // what it was, with more in it
  return { title: 'Pipeline of Longhaul', ...published };
}

/** The schema of steps by name; anything else of that key stays as it is. */
function stepsWith(value: unknown, uses: readonly string[], kinds: readonly JsonSchema[]): unknown {
  const steps = value as Json; // a part of a schema
  if (!isSchema(steps) || !isSchema(steps['additionalProperties'])) return value;
  const step = steps['additionalProperties'];
  const properties = isSchema(step['properties']) ? step['properties'] : {};
  const named = { ...(isSchema(properties['uses']) ? properties['uses'] : {}), examples: uses };
  const { propertyNames: _, ...rest } = steps;
  return {
    ...rest,
    propertyNames: { pattern: '^[a-z][A-Za-z0-9_]{0,62}$' },
    maxProperties: 200,
    additionalProperties: { ...step, properties: { ...properties, uses: named }, allOf: kinds },
  };
}

/** Where a value stands, an expression may stand. */
function withExpressions(schema: JsonSchema): JsonSchema {
  const {
    properties,
    items,
    additionalProperties,
    anyOf,
    outputOf: _,
    isShell: _shell,
    isPath: _path,
    isLiteral,
    ...rest
  } = schema;
  if (isLiteral === true) return schema;
  const inner = (value: Json): Json => (isSchema(value) ? anyValue(withExpressions(value)) : value);
  return {
    ...rest,
    ...(isSchema(properties) && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, inner(value)])),
    }),
    ...(isSchema(items) && { items: inner(items) }),
    ...(additionalProperties !== undefined && { additionalProperties: inner(additionalProperties) }),
    ...(Array.isArray(anyOf) && {
      anyOf: anyOf.map((one: Json) => (isSchema(one) ? withExpressions(one) : one)),
    }),
  };
}

function anyValue(schema: JsonSchema): JsonSchema {
  const { description, ...rest } = schema;
  if (Object.keys(rest).length === 0) return schema;
  return { ...(description !== undefined && { description }), anyOf: [rest, expression] };
}
