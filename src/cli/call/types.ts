/** The types of an endpoint's parameters, in words. */
import { z } from 'zod';
import type { Endpoint } from '../../contract/endpoint.js';
import { FilePart } from '../../contract/file-part.js';
import { bare, fieldsOf, parametersOf } from '../../contract/paging.js';

/** One parameter of an endpoint. */
export interface Parameter {
  /** With dots where it is a field within others. */
  readonly name: string;
  readonly place: 'path' | 'query' | 'body';
  readonly type: string;
  readonly isRequired: boolean;
  readonly description: string;
}

/** Every parameter in the order of path, query and body; what is within others has names with dots. */
export const parametersFor = ({ path, query, body, bodyEncoding }: Endpoint): Parameter[] => [
  ...parametersOf(path).map((name) => ({
    ...{ name, place: 'path' as const, type: 'text', isRequired: true, description: '' },
  })),
  ...fieldRows(query, 'query', { prefix: '', isRequired: true }),
  ...(bodyEncoding === 'bytes' ? [] : fieldRows(body, 'body', { prefix: '', isRequired: true })),
];

/** Fields that are further in than this are given as JSON. */
const mostDots = 2;

function fieldRows(
  schema: z.ZodType | undefined,
  place: Parameter['place'],
  { prefix, isRequired }: { readonly prefix: string; readonly isRequired: boolean },
): Parameter[] {
  return Object.entries(fieldsOf(schema)).flatMap(([key, field]) => {
    const name = `${prefix}${key}`;
    const isNeeded = isRequired && !field.safeParse(undefined).success;
    const isWhole = bare(field) === FilePart || Object.keys(fieldsOf(field)).length === 0;
    const isDeep = isWhole || name.split('.').length > mostDots;
    if (!isDeep) return fieldRows(field, place, { prefix: `${name}.`, isRequired: isNeeded });
    return [{ name, place, type: typeOf(field), isRequired: isNeeded, description: field.description ?? '' }];
  });
}

/** The type of a field: `text`, `whole number`, `active|archived`, `list of text`. */
export function typeOf(schema: z.ZodType): string {
  const inner = bare(schema);
  if (inner === FilePart || inner instanceof z.ZodCustom) return 'file';
  if (inner instanceof z.ZodArray) return `list of ${typeOf(inner.element as z.ZodType)}`; // it holds schemas
  if (inner instanceof z.ZodUnion)
    return [...new Set((inner.options as readonly z.ZodType[]).map(typeOf))].join(' or '); // they are schemas
  if (inner instanceof z.ZodEnum) return inner.options.join('|');
  if (inner instanceof z.ZodLiteral) return [...inner.values].join('|');
  if (inner instanceof z.ZodNumber) return inner.format?.includes('int') === true ? 'whole number' : 'number';
  if (inner instanceof z.ZodBoolean) return 'true|false';
  if (inner instanceof z.ZodObject || inner instanceof z.ZodRecord) return 'object';
  if (inner instanceof z.ZodString || inner instanceof z.ZodStringFormat) return 'text';
  return 'JSON';
}
