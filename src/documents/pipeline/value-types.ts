/** Whether the type of an expression fits what is allowed in its place. */
import { type JsonSchema, sayTypes, textsIn, typesOf } from '../../pipelines/document/json-schema.js';
import type { Typed } from './expression-check.js';
import { sayOutput } from './issues.js';
import type { OutputType, Types } from './types.js';

/** Types of JSON Schema that a type of CEL may be; `null` of one that can be anything. */
function jsonTypesOf(type: string, types: Types): readonly string[] | null {
  switch (type) {
    case 'string':
    case 'google.protobuf.Timestamp':
      return ['string'];
    case 'double':
    case 'int':
      return ['number', 'integer'];
    case 'bool':
      return ['boolean'];
    case 'null':
      return ['null'];
    case 'dyn':
      return null;
    default:
      if (type.startsWith('list')) return ['array'];
      return type.startsWith('map') || types.fieldsOf(type) !== null ? ['object'] : [];
  }
}

/** A type as people call it. */
export function sayType(type: string, types: Types): string {
  const output = types.outputs.get(type);
  if (output !== undefined)
    return output.kinds.includes('each')
      ? `the step ${output.step}, which has \`each\``
      : `the output of ${output.step} (${output.kinds[0] ?? 'of no known kind'})`;
  const [json] = jsonTypesOf(type, types) ?? [];
  return json === undefined ? type : sayTypes([json]);
}

/** What is wrong with an expression in a place that allows these schemas; an output that it is, if it must be one. */
export function fitType(
  { type, fault, paths }: Pick<Typed, 'type' | 'fault' | 'paths'>,
  schemas: readonly JsonSchema[],
  { types, said }: { readonly types: Types; readonly said: string },
): OutputType | null {
  if (type.startsWith('optional')) {
    fault(`${said} may be missing: end the expression with .orValue(…)`);
    return null;
  }
  const json = jsonTypesOf(type, types);
  if (json?.length === 0) {
    fault(`${said} cannot be a ${type}: JSON has none`);
    return null;
  }
  const kinds = schemas.flatMap(({ outputOf }) => textsIn(outputOf));
  const output = types.outputs.get(type);
  if (kinds.length > 0 && output?.kinds.some((kind) => kinds.includes(kind)) === true) return output;
  const others = schemas.filter(({ outputOf }) => outputOf === undefined || textsIn(outputOf).length === 0);
  const isOfNoKind = paths.some(
    ({ keys: [root, name = ''] }) => root === 'steps' && types.ofNoKind.has(name),
  );
  if (type === 'dyn' && isOfNoKind) return null;
  if (kinds.length > 0 && (others.length === 0 || output !== undefined)) {
    fault(`${said} ${sayOutput(kinds)}; this is ${sayType(type, types)}`);
    return null;
  }
  const allowed = others.flatMap(allowedTypes);
  if (json !== null && allowed.length > 0 && !json.some((one) => allowed.includes(one)))
    fault(`${said} must be ${sayTypes([...new Set(allowed)])}; the expression is ${sayType(type, types)}`);
  return null;
}

/** The types that a schema allows; none where it allows any. */
function allowedTypes(schema: JsonSchema): readonly string[] {
  const stated = typesOf(schema);
  if (stated.length > 0) return stated;
  const { enum: values, const: only } = schema;
  const known = Array.isArray(values) ? values : only === undefined ? [] : [only];
  return [...new Set(known.map((value) => (value === null ? 'null' : typeof value)))];
}

/** Whether a value of this type can stand within a text. */
export const isWritable = (type: string): boolean =>
  ['string', 'double', 'int', 'bool', 'dyn'].includes(type);
