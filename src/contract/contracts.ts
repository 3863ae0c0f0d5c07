/** Every contract, by the name of its platform: the one place in which they come together. */
import { type Contract, type Endpoint, type NamedEndpoint, walk } from './endpoint.js';
import { domino } from './domino/index.js';
import { takesFile } from './uploads.js';
import { ubiops } from './ubiops/index.js';

export const contracts: Readonly<Record<string, Contract>> = { domino, ubiops };

/** An endpoint with its place among all contracts. */
export interface PlatformEndpoint extends NamedEndpoint {
  readonly platform: string;
}

/** An endpoint as documents name it, `domino.datasets.list`, with its platform; `null` where there is none. */
export function endpointNamed(text: string): PlatformEndpoint | null {
  const [platform = '', group = '', name = ''] = text.split('.');
  const contract = Object.hasOwn(contracts, platform) ? contracts[platform] : undefined;
  const endpoints = contract && Object.hasOwn(contract, group) ? contract[group] : undefined;
  const endpoint = endpoints && Object.hasOwn(endpoints, name) ? endpoints[name] : undefined;
  if (endpoint === undefined || text !== `${platform}.${group}.${name}`) return null;
  return { platform, group, name, endpoint };
}

/** Why no step of a document can call an endpoint; `null` where one can. */
export function whyUncallable(endpoint: Endpoint): string | null {
  if (takesFile(endpoint)) return 'it takes an upload, and a step has no files';
  if (endpoint.secret === true)
    return 'it deals in secrets, and the history of a run keeps what a step sends and gets';
  return null;
}

/** The names of all endpoints of a platform, as documents name them; of one that is not known, those of all. */
export const endpointNames = (platform: string | null): string[] =>
  Object.entries(contracts)
    .filter(([known]) => platform === null || known === platform)
    .flatMap(([of, contract]) => walk(contract).map(({ group, name }) => `${of}.${group}.${name}`));
