/** Writes the types of the pipelines' inputs from their JSON Schemas, without zod. */

/** The file `inputs.d.ts`, with as much of it as callers use. */
export const inputTypes = (schemas) =>
  [
    "/** The pipelines' inputs, as their published schemas say. */",
    'export interface PipelineInputs {',
    ...Object.entries(schemas).map(([name, schema]) => `  readonly '${name}': ${typeOf(schema, '  ')};`),
    '}',
    'export type PipelineName = keyof PipelineInputs;',
    '/** What a caller passes: fields with defaults may be left out. */',
    'export type PipelineInput<P extends PipelineName> = PipelineInputs[P];',
    '',
  ].join('\n');

/** A schema as a type. What it does not know is refused, and not typed as anything. */
function typeOf(schema, indent) {
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf) return schema.anyOf.map((each) => typeOf(each, indent)).join(' | ');
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      return `readonly (${typeOf(schema.items, indent)})[]`;
    case 'object':
      return schema.properties ? objectType(schema, indent) : recordType(schema, indent);
    default:
      if (Object.keys(schema).every((key) => key === 'description')) return 'unknown';
      throw new Error(`input-types.js does not know ${JSON.stringify(schema)}`);
  }
}

const recordType = ({ additionalProperties }, indent) =>
  `{ readonly [key: string]: ${typeOf(additionalProperties, indent)} }`;

function objectType({ properties, required = [] }, indent) {
  const inner = `${indent}  `;
  const fields = Object.entries(properties).flatMap(([name, schema]) => {
    const { description } = schema;
    const optional = required.includes(name) ? '' : '?';
    return [
      ...(description ? [`${inner}/** ${description} */`] : []),
      `${inner}readonly ${JSON.stringify(name)}${optional}: ${typeOf(schema, inner)}${optional && ' | undefined'};`,
    ];
  });
  return `{\n${fields.join('\n')}\n${indent}}`;
}
