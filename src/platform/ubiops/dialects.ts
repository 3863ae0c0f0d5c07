/**
 * UbiOps' two spellings. `/v2.1`, which the contract is in, has environments with revisions and builds; `/v2` has tags instead,
 * and a version of a deployment names its environment with a tag. What a spelling has no word for is refused, for the platform
 * would leave it out in silence.
 */
import { walk } from '../../contract/endpoint.js';
import { ubiops } from '../../contract/ubiops/index.js';
import { PlatformError } from '../errors.js';
import type { Dialect, Fields, WireRequest } from '../wing.js';

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws PlatformError `REQUEST_REJECTED` */
function refuseWhatLacks(
  dialect: string,
  name: string,
  { body, query }: Pick<WireRequest, 'body' | 'query'>,
): void {
  const given = { ...query, ...(isFields(body) && body) };
  for (const [field, instead] of Object.entries(lacks[name]?.[dialect] ?? {}))
    if (given[field] !== undefined)
      throw new PlatformError(
        'REQUEST_REJECTED',
        `${name}: ${field} is not in /${dialect}: ${instead}; nothing was sent`,
      );
}

const lacks = Object.fromEntries(
  walk(ubiops).map(({ group, name, endpoint }) => [`${group}.${name}`, endpoint.lacks ?? {}]),
);

/** Endpoints that a spelling does not have. */
const lackedBy = (dialect: string): string[] =>
  walk(ubiops)
    .filter(({ endpoint: { dialects } }) => dialects !== undefined && !dialects.includes(dialect))
    .map(({ group, name }) => `${group}.${name}`);

/** The vendor's own client is written in Python. */
const pythonic: Readonly<Record<string, string>> = { true: 'True', false: 'False' };
const withBooleans = (query: WireRequest['query']): WireRequest['query'] =>
  Object.fromEntries(
    Object.entries(query).map(([key, value]) => [
      key,
      typeof value === 'string' ? (pythonic[value] ?? value) : value,
    ]),
  );

export const v21: Dialect = {
  lacks: lackedBy('v2.1'),
  request: (name, { body, query }) => {
    refuseWhatLacks('v2.1', name, { body, query });
    return { body, query: withBooleans(query) };
  },
};

/** Which environments a list has. */
const systemOf: Readonly<Record<string, string>> = { base: 'True', custom: 'False' };

function listingOf({ environment_type: type, ...query }: WireRequest['query']) {
  const system = typeof type === 'string' ? systemOf[type] : undefined;
  return { ...query, ...(system !== undefined && { system }) };
}

function renamed(body: unknown, from: string, to: string): unknown {
  if (Array.isArray(body)) return body.map((one) => renamed(one, from, to));
  if (!isFields(body) || !(from in body)) return body;
  const { [from]: value, ...rest } = body;
  return { ...rest, [to]: value };
}

const isOfVersions = (name: string): boolean => name.startsWith('versions.');

export const v2: Dialect = {
  lacks: lackedBy('v2'),
  request: (name, { body, query }) => {
    refuseWhatLacks('v2', name, { body, query });
    return {
      body: isOfVersions(name) ? renamed(body, 'environment', 'environment_name') : body,
      query: withBooleans(name === 'environments.list' ? listingOf(query) : query),
    };
  },
  answer: (name, body) => (isOfVersions(name) ? renamed(body, 'environment_name', 'environment') : body),
};
