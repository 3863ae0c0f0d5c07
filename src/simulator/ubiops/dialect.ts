/** `/v2` on the wire, where it names something otherwise than the contract does. */
import type { WireRequest } from '../wing.js';

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function renamed(body: unknown, from: string, to: string): unknown {
  if (Array.isArray(body)) return body.map((one) => renamed(one, from, to));
  if (!isFields(body) || !(from in body)) return body;
  const { [from]: value, ...rest } = body;
  return { ...rest, [to]: value };
}

/** Fields of an environment that `/v2` does not know, so it ignores them. */
const unknownToEnvironments: readonly string[] = [
  'base_environment',
  'display_name',
  'supports_request_format',
];

/** A request in the contract's spelling. */
export function fromV2(name: string, { body, query, path }: WireRequest): WireRequest {
  if (name.startsWith('versions.'))
    return { path, query, body: renamed(body, 'environment_name', 'environment') };
  if (name === 'environments.list' && isFields(query)) {
    const type = { true: 'base', false: 'custom' }[String(query['system']).toLowerCase()];
    return { path, body, query: { ...query, environment_type: type } };
  }
  if (!isFields(body) || !['environments.create', 'environments.update'].includes(name))
    return { path, query, body };
  const unknown = name === 'environments.update' ? [...unknownToEnvironments, 'name'] : unknownToEnvironments;
  return {
    ...{ path, query },
    body: Object.fromEntries(Object.entries(body).filter(([key]) => !unknown.includes(key))),
  };
}

/** An answer as `/v2` spells it. */
export const toV2 = (name: string, body: unknown): unknown =>
  name.startsWith('versions.') ? renamed(body, 'environment', 'environment_name') : body;
