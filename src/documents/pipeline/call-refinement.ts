/** The endpoint that a step calls: its arguments are those that the contract states for it. */
import { z } from 'zod';
import { contracts, endpointNamed, endpointNames, whyUncallable } from '../../contract/contracts.js';
import type { Endpoint } from '../../contract/endpoint.js';
import { parametersOf } from '../../contract/paging.js';
import { isSchema } from '../../pipelines/document/json-schema.js';
import { leadingElsewhere } from '../../contract/placeholders.js';
import { schemaOf } from './kinds.js';
import { type Refined, type RefinedFault, type Refining, faulty } from './refining.js';
import { nearest, sayKnown } from './words.js';

export function refineCall({ kind, given, platform, connection, dialect }: Refining): Refined {
  const { endpoint: text } = given;
  if (typeof text !== 'string' || text.includes('${{')) return {};
  const named = endpointNamed(text);
  if (named === null)
    return faulty('endpoint', `there is no endpoint "${text}"; ${insteadOf(text, platform)}`);
  if (platform !== null && platform !== named.platform)
    return faulty(
      'endpoint',
      `${text} is of ${named.platform}, and the connection ${connection ?? ''} is of ${platform}`,
    );
  const why = whyUncallable(named.endpoint);
  if (why !== null)
    return faulty('endpoint', `${text} cannot be called by a step: ${why}; use \`longhaul call ${text}\``);
  const { dialects } = named.endpoint;
  if (dialect !== null && dialects !== undefined && !dialects.includes(dialect))
    return faulty(
      'endpoint',
      `${text} is of the dialect ${dialects.join(', ')} alone, and the connection ${connection ?? ''} speaks ${dialect}; ${groupsOf(named.platform, dialect)}`,
    );
  const spec = specOf(kind.spec, named.endpoint);
  return {
    kind: { ...kind, spec, schema: schemaOf(spec) },
    faults: [...lackedBy(named.endpoint, given, dialect), ...misledBy(named.endpoint, given['params'])],
  };
}

/** What a dialect has in place of what another one has. */
function groupsOf(platform: string, dialect: string): string {
  const groups = Object.entries(contracts[platform] ?? {}).flatMap(([group, endpoints]) =>
    Object.values(endpoints).some(({ dialects }) => dialects?.includes(dialect)) ? [group] : [],
  );
  return groups.length === 0 ? 'it has nothing instead' : `it has ${groups.join(', ')} instead`;
}

/** Fields that the dialect has no words for. */
const lackedBy = (
  { lacks }: Endpoint,
  given: Refining['given'],
  dialect: string | null,
): readonly RefinedFault[] =>
  Object.entries((dialect !== null && lacks?.[dialect]) || {}).flatMap(([field, instead]) =>
    ['query', 'body'].flatMap((part) => {
      const fields = given[part];
      return isSchema(fields) && fields[field] !== undefined
        ? [{ path: [part, field], message: `"${field}" is not in the dialect ${dialect}: ${instead}` }]
        : [];
    }),
  );

/** What would lead to another address; what is known in a run alone is looked at there. */
const misledBy = (
  { path }: Endpoint,
  params: Refining['given'][string] | undefined,
): readonly RefinedFault[] =>
  leadingElsewhere(path, isSchema(params) ? params : {}).map(([name, value]) => ({
    path: ['params', name],
    message: `params.${name} cannot be ${JSON.stringify(value)}: it would lead to another address`,
  }));

/** The endpoint that was probably meant, or those of its group. */
function insteadOf(text: string, platform: string | null): string {
  const names = endpointNames(platform);
  const whole = names.find((name) => name.slice(name.indexOf('.') + 1) === text);
  if (whole !== undefined) return `write "${whole}"`;
  const ofGroup = names.filter((name) => name.startsWith(text.slice(0, text.lastIndexOf('.') + 1) || '.'));
  if (ofGroup.length === 0 && nearest(text, names) === null)
    return 'docs/reference/endpoints.md lists those that there are';
  return sayKnown(text, ofGroup.length > 0 ? ofGroup : names, 'endpoints');
}

/** What the endpoint takes has its schema, and what it does not take is no key. */
function specOf(whole: z.ZodType, { path, query, body }: Endpoint): z.ZodType {
  const shape = whole instanceof z.ZodObject ? whole.shape : {};
  const names = parametersOf(path);
  const param = z.union([z.string(), z.number()], { error: 'must be a text or a number' });
  const { params: _, query: _query, body: _body, ...others } = shape;
  return z.strictObject({
    ...others,
    ...(names.length > 0 && {
      params: z.strictObject(Object.fromEntries(names.map((name) => [name, param]))),
    }),
    ...(query !== undefined && { query: query.safeParse({}).success ? query.optional() : query }),
    ...(body !== undefined && { body }),
  });
}
