/** Every contract, by the name of its platform: the one place in which they come together. */
import type { Contract } from './endpoint.js';
import { type NamedEndpoint, walk } from './endpoint.js';
import { domino } from './domino/index.js';

export const contracts: Readonly<Record<string, Contract>> = { domino };

/** An endpoint as documents name it, `domino.datasets.list`, with its platform; `null` where there is none. */
export function endpointNamed(text: string): (NamedEndpoint & { readonly platform: string }) | null {
  const [platform = '', group = '', name = ''] = text.split('.');
  const contract = Object.hasOwn(contracts, platform) ? contracts[platform] : undefined;
  const endpoints = contract && Object.hasOwn(contract, group) ? contract[group] : undefined;
  const endpoint = endpoints && Object.hasOwn(endpoints, name) ? endpoints[name] : undefined;
  if (endpoint === undefined || text !== `${platform}.${group}.${name}`) return null;
  return { platform, group, name, endpoint };
}

/** The names of all endpoints of a platform, as documents name them. */
export const endpointNames = (platform: string): string[] =>
  Object.hasOwn(contracts, platform)
    ? walk(contracts[platform] ?? {}).map(({ group, name }) => `${platform}.${group}.${name}`)
    : [];
