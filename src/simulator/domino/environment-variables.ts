/** The two spellings of the environment variables of an environment. */
import type { WireRequest } from '../wing.js';

const endpoints = ['environments.create', 'environments.createRevision'];

/** Domino's Python client sends `{name, value}`, where the OpenAPI file has `{key, value}`: the server takes both. */
export function keyedVariables(endpoint: string, request: WireRequest): WireRequest {
  const { body } = request;
  if (!endpoints.includes(endpoint) || !isObject(body) || !Array.isArray(body['environmentVariables']))
    return request;
  const environmentVariables: unknown[] = body['environmentVariables'].map((one: unknown) => {
    if (!isObject(one) || 'key' in one) return one;
    const { name: key, ...rest } = one;
    return { key, ...rest };
  });
  return { ...request, body: { ...body, environmentVariables } };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
