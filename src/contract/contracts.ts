/** Every contract, by the name of its platform: the one place in which they come together. */
import type { Contract } from './endpoint.js';
import { type NamedEndpoint, walk } from './endpoint.js';
import { domino } from './domino/index.js';
import { ubiops } from './ubiops/index.js';

export const contracts: Readonly<Record<string, Contract>> = { domino, ubiops };

/** An endpoint as documents name it, `domino.datasets.list`, with its platform; `null` where there is none. */
export function endpointNamed(text: string): (NamedEndpoint & { readonly platform: string }) | null {
  const [platform = '', group = '', name = ''] = text.split('.');
  const contract = Object.hasOwn(contracts, platform) ? contracts[platform] : undefined;
  const endpoints = contract && Object.hasOwn(contract, group) ? contract[group] : undefined;
  const endpoint = endpoints && Object.hasOwn(endpoints, name) ? endpoints[name] : undefined;
  if (endpoint === undefined || text !== `${platform}.${group}.${name}`) return null;
  return { platform, group, name, endpoint };
}

/** The names of all endpoints of a platform, as documents name them; of one that is not known, those of all. */
export const endpointNames = (platform: string | null): string[] =>
  Object.entries(contracts)
    .filter(([known]) => platform === null || known === platform)
    .flatMap(([of, contract]) => walk(contract).map(({ group, name }) => `${of}.${group}.${name}`));
