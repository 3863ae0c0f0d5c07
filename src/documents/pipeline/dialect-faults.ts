/** Arguments that the dialect of a connection has no words for, and those that it needs beside another: their schemas say so. */
import { type JsonSchema, isSchema, textsIn } from '../../pipelines/document/json-schema.js';
import type { Json } from '../../run/steps.js';
import type { DocumentPath } from './faults.js';
import type { RefinedFault, Refining } from './refining.js';
import { alternativesOf } from './schema-at.js';

export const dialectFaults = ({ kind, given, connection, dialect }: Refining): RefinedFault[] =>
  dialect === null ? [] : faultsIn(kind.schema, given, [], { connection: connection ?? '', dialect });

interface Spoken {
  readonly connection: string;
  readonly dialect: string;
}

function faultsIn(schema: JsonSchema, given: JsonSchema, path: DocumentPath, spoken: Spoken): RefinedFault[] {
  const properties = alternativesOf(schema).flatMap(({ properties: of }) =>
    isSchema(of) ? Object.entries(of) : [],
  );
  return Object.entries(given).flatMap(([key, value]: [string, Json]) =>
    properties.flatMap(([name, of]) => {
      if (name !== key || !isSchema(of)) return [];
      const message = faultOf(key, of, given, spoken);
      const inner = isSchema(value) ? faultsIn(of, value, [...path, key], spoken) : [];
      return message === null ? inner : [{ path: [...path, key], message }];
    }),
  );
}

function faultOf(
  key: string,
  { dialects, needs }: JsonSchema,
  given: JsonSchema,
  { connection, dialect }: Spoken,
): string | null {
  const speaks = `the connection ${connection} speaks ${dialect}`;
  if (Array.isArray(dialects) && !dialects.includes(dialect))
    return `"${key}" is of the dialect ${textsIn(dialects).join(', ')} alone, and ${speaks}: leave it out`;
  const needed = isSchema(needs) ? needs[dialect] : undefined;
  if (typeof needed === 'string' && given[needed] === undefined)
    return `"${key}" needs "${needed}" beside it, for ${speaks}`;
  return null;
}
