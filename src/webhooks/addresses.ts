/** Where events may be sent: not into the private network of the worker, unless the target is said to be there. */
import { type LookupAddress, lookup } from 'node:dns';
import ipaddr from 'ipaddr.js';

/** Thrown where an address is refused; the message names the address and nothing else. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';

  constructor(address: string) {
    super(`${address} is not a public address; say \`internal: true\` if the target is meant to be there`);
    this.name = 'AddressRefused';
  }
}

/** Public by its range, but answered by the cloud’s own host agent. */
const hostAgents: readonly string[] = ['168.63.129.16'];

/** Whether an address can be reached from everywhere: no private, local, metadata, mapped or reserved one. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address); // an IPv4 address that is mapped into IPv6 becomes what it is
  if (parsed.range() !== 'unicast' || hostAgents.includes(parsed.toString())) return false;
  return parsed.kind() === 'ipv4' || parsed.match(globalIpv6);
}

/** All that is assigned: beyond it are ranges like `::/96`, which older systems take for IPv4. */
const globalIpv6 = ipaddr.parseCIDR('2000::/3');

/**
 * Refuses a host that is written as an address. A connection to such a one looks nothing up.
 * @throws AddressRefused
 */
export function checkHost(hostname: string): void {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(address) && !isPublic(address)) throw new AddressRefused(address);
}

/** Why a URL of the configuration may not be called; `null` when it may. */
export function urlRefusalOf({ protocol, hostname }: URL): string | null {
  if (protocol !== 'https:') return 'its URL is not https; say `internal: true` if that is meant';
  try {
    checkHost(hostname); // Node looks up no name that is an address already
    return null;
  } catch (error) {
    if (error instanceof AddressRefused) return error.message;
    throw error;
  }
}

type Callback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/**
 * A look-up whose answer is the address that is connected to, so that nobody can answer one thing to the check and
 * another to the connection. One address that is not public refuses them all.
 */
export function publicLookup(
  hostname: string,
  options: { readonly all?: boolean | undefined },
  callback: Callback,
): void {
  lookup(hostname, { all: true }, (error, addresses) => {
    const refused = error === null ? addresses.find(({ address }) => !isPublic(address)) : undefined;
    const [first] = error === null ? addresses : [];
    if (refused !== undefined) callback(new AddressRefused(refused.address), []);
    else if (first === undefined) callback(error ?? new Error('the name has no address'), []);
    else if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
}
