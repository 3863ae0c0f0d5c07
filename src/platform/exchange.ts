/** The requests of one call: with the credential that is accepted, and to where the bytes are kept. */
import type { Endpoint } from '../contract/endpoint.js';
import type { HttpOutcome, HttpRequest, PlatformConnection, Transport } from './transport.js';
import type { Credential } from './wing.js';

/** What became of a call's last request. */
export interface Exchanged {
  readonly outcome: HttpOutcome;
  /** All credentials that were sent: none of them may be told. */
  readonly credentials: readonly Credential[];
  /** The host that the platform has named instead of itself, where that one has answered. What it says is not the platform's word. */
  readonly elsewhere?: string;
}

interface Channel {
  readonly connection: PlatformConnection;
  readonly transport: Transport;
}

/**
 * Sends a request once; again with a credential that was renewed meanwhile, and again to where the answer says that its bytes
 * are. Another host gets no credential.
 */
export async function exchange(
  { connection, transport }: Channel,
  endpoint: Endpoint,
  request: Omit<HttpRequest, 'credential'>,
): Promise<Exchanged> {
  const credential = await connection.credential();
  const credentials = [credential];
  let outcome = await transport({ ...request, credential });
  if (outcome.kind === 'answered' && outcome.status === 401) {
    const renewed = await connection.credential();
    if (renewed.value !== credential.value) {
      credentials.push(renewed);
      outcome = await transport({ ...request, credential: renewed });
    }
  }
  const there = endpoint.encoding === 'bytes' ? redirectionIn(outcome) : null;
  if (there === null) return { outcome, credentials };
  const isHere = there.origin === new URL(connection.url).origin;
  const followed = await transport({
    ...{ ...request, method: 'GET', query: {}, body: undefined },
    credential: credentials.at(-1) ?? credential,
    elsewhere: { url: there.href, isAuthorized: isHere },
  });
  return { outcome: followed, credentials, ...(!isHere && { elsewhere: there.host }) };
}

/** Where bytes are that are kept elsewhere; never from https to http. */
function redirectionIn(outcome: HttpOutcome): URL | null {
  if (outcome.kind !== 'answered' || ![302, 303, 307].includes(outcome.status)) return null;
  const { location } = outcome.headers;
  if (typeof location !== 'string' || !URL.canParse(location, outcome.url)) return null;
  const there = new URL(location, outcome.url);
  const isAllowed = there.protocol === 'https:' || there.protocol === new URL(outcome.url).protocol;
  return isAllowed && /^https?:$/.test(there.protocol) ? there : null;
}
