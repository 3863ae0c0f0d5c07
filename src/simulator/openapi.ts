/** The OpenAPI description of what the simulator serves, derived from the contract. */
import { z } from 'zod';
import { type Endpoint, walk } from '../contract/endpoint.js';
import type { SimulatedWing } from './wing.js';

const schemaOf = (schema: z.ZodType) => {
  const { $schema: _version, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
};

const mediaTypes = {
  json: 'application/json',
  text: 'text/plain',
  bytes: 'application/octet-stream',
  multipart: 'multipart/form-data',
  plain: 'application/json',
  none: undefined,
} as const;

/** OpenAPI 3.1. */
export function openApi({
  contract,
  root,
  description,
}: Pick<SimulatedWing, 'contract' | 'root' | 'description'>): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { group, name, endpoint } of walk(contract)) {
    const operations = (paths[`${root ?? ''}${endpoint.path}`.replace('{+', '{')] ??= {});
    operations[endpoint.method.toLowerCase()] = { operationId: `${group}.${name}`, ...operation(endpoint) };
  }
  return { openapi: '3.1.0', ...description, paths };
}

function operation({
  summary,
  path,
  query,
  body,
  bodyEncoding = 'json',
  response,
  encoding = 'json',
  status = 200,
}: Endpoint): object {
  const inPath = [...path.matchAll(/\{\+?(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const mediaType = mediaTypes[encoding];
  const answer = encoding === 'bytes' ? {} : { schema: schemaOf(response) };
  return {
    summary,
    parameters: [...inPath, ...(query === undefined ? [] : queryParameters(query))],
    ...(body && {
      requestBody: { required: true, content: { [mediaTypes[bodyEncoding]]: { schema: schemaOf(body) } } },
    }),
    responses: {
      [status]: { description: 'Success', ...(mediaType && { content: { [mediaType]: answer } }) },
    },
  };
}

function queryParameters(query: z.ZodType): object[] {
  const { properties = {}, required = [] } = schemaOf(query);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}
