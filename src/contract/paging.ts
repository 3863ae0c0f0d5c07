/** How the lists of a contract are read page by page, as far as that follows from their queries and answers. */
import { z } from 'zod';
import type { Endpoint, Paging } from './endpoint.js';

/** Parameters that take the token of a page, each with the field of the answer that holds the next one. */
const tokens: Readonly<Record<string, string>> = {
  pageToken: 'nextPageToken',
  cursor: 'nextCursor',
  continuation_token: 'continuation_token',
};

/** Parameters that take the number of a page. */
const numbers = ['page', 'pageNo', 'pageNumber', 'page_no', 'page_number'];

/** Where an answer tells of its pages, if not at its top. */
const aside = ['metadata', 'pageInfo'];

/** How an endpoint's list is read; `null` of one that is no list. */
export function pagingOf(endpoint: Endpoint): Paging | null {
  if (endpoint.pages !== undefined) return endpoint.pages;
  if (endpoint.method !== 'GET' || (endpoint.encoding ?? 'json') !== 'json') return null;
  const items = itemsIn(endpoint.response);
  if (items === null) return null;
  const query = Object.keys(fieldsOf(endpoint.query));
  if (query.includes('offset') && query.includes('limit')) return { items, by: 'offset' };
  const token = query.find((name) => Object.hasOwn(tokens, name));
  if (token !== undefined) return { items, by: 'token', ask: token, answer: answerOf(endpoint, token) };
  const page = [...query, ...parametersOf(endpoint.path)].find((name) => numbers.includes(name));
  if (page !== undefined) return { items, by: 'page', ask: page, first: 1 };
  const isOneObject = 'id' in fieldsOf(endpoint.response);
  return isOneObject ? null : { items, by: 'none' };
}

/** The names of the placeholders of a path, in their order. */
export const parametersOf = (path: string): string[] =>
  [...path.matchAll(/\{\+?(\w+)\}/g)].flatMap(([, name]) => name ?? []);

/** The only field of the answer that is a list; empty where the answer itself is one. */
function itemsIn(response: z.ZodType): string | null {
  if (bare(response) instanceof z.ZodArray) return '';
  const lists = Object.entries(fieldsOf(response)).filter(([, schema]) => bare(schema) instanceof z.ZodArray);
  return lists.length === 1 ? (lists[0]?.[0] ?? null) : null;
}

function answerOf({ response }: Endpoint, token: string): string {
  const field = tokens[token] ?? token;
  const fields = fieldsOf(response);
  const around = field in fields ? undefined : aside.find((name) => field in fieldsOf(fields[name]));
  return around === undefined ? field : `${around}.${field}`;
}

/** The fields of an object's schema, whatever is wrapped around it; none of anything else. */
export function fieldsOf(schema: z.ZodType | undefined): Readonly<Record<string, z.ZodType>> {
  const inner = schema === undefined ? undefined : bare(schema);
  return inner instanceof z.ZodObject ? inner.shape : {}; // shapes hold schemas
}

/** A schema without its being optional, its default and what is made of it. */
export function bare(schema: z.ZodType): unknown {
  let inner: unknown = schema;
  for (;;)
    if (inner instanceof z.ZodPipe) inner = inner.in;
    else if (
      inner instanceof z.ZodOptional ||
      inner instanceof z.ZodNullable ||
      inner instanceof z.ZodDefault ||
      inner instanceof z.ZodPrefault ||
      inner instanceof z.ZodReadonly
    )
      inner = inner.unwrap();
    else return inner;
}
