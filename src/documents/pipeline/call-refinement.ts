/** The endpoint that a step calls: its arguments are those that the contract states for it. */
import { z } from 'zod';
import { endpointNamed, endpointNames, whyUncallable } from '../../contract/contracts.js';
import type { Endpoint } from '../../contract/endpoint.js';
import { parametersOf } from '../../contract/paging.js';
import { schemaOf } from './kinds.js';
import { type Refined, type Refining, faulty } from './refining.js';
import { nearest, sayKnown } from './words.js';

export function refineCall({ kind, given, platform, connection }: Refining): Refined {
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
  const spec = specOf(kind.spec, named.endpoint);
  return { kind: { ...kind, spec, schema: schemaOf(spec) } };
}

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

const leadsElsewhere = /(?:^|\/)\.{1,2}(?:\/|$)/;

/** What the endpoint takes has its schema, and what it does not take is no key. */
function specOf(whole: z.ZodType, { path, query, body }: Endpoint): z.ZodType {
  const shape = whole instanceof z.ZodObject ? whole.shape : {};
  const names = parametersOf(path);
  const param = z
    .union([z.string().min(1), z.number()], { error: 'must be a text or a number' })
    .refine(
      (value) => !leadsElsewhere.test(String(value)),
      'must not have "." or ".." as a part of the path',
    );
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
