/**
 * Sends one signed request to a configured receiver, and says what became of it.
 *
 * The URL comes from the configuration alone. Unless the receiver is said to be internal, it must be https and every
 * address that its name leads to public: the address that was checked is the one that is connected to. Through a proxy
 * it is the proxy that looks the name up, and that decides where it may lead.
 */
import { RequestError, TimeoutError, got } from 'got';
import { Webhook } from 'standardwebhooks';
import { createAgents } from '../egress/agents.js';
import { publicLookup, urlRefusalOf } from './addresses.js';
import type { Payload } from './payload.js';
import { secretFault } from './secrets.js';

export interface Receiver {
  readonly url: string;
  readonly internal: boolean;
  /** `whsec_…` */
  readonly secret: string;
  /** URL of the HTTP proxy on the way. */
  readonly proxy?: string | undefined;
}

/** `line` says in words why it was not taken; no URL, no body, no secret. */
export type Sent =
  | { readonly status: number; readonly taken: true }
  | { readonly status: number | null; readonly taken: false; readonly line: string };

/** Standard Webhooks asks for 15 to 30 s. */
const timeoutMs = 20_000;

/** Never rejects but for mistakes of ours. */
export async function sendPayload(
  { url, internal, secret, proxy }: Receiver,
  { id, contentType, body }: Payload,
  signal: AbortSignal,
): Promise<Sent> {
  const refused = internal ? null : urlRefusalOf(new URL(url));
  if (refused !== null) return { status: null, taken: false, line: refused };
  const fault = secretFault(secret, 'standard');
  if (fault !== null) return { status: null, taken: false, line: `its secret ${fault}` };
  const at = new Date();
  const request = got.stream.post(url, {
    body,
    headers: {
      'content-type': contentType,
      'user-agent': 'longhaul',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    },
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    timeout: { request: timeoutMs },
    signal,
    ...(proxy !== undefined && { agent: createAgents({ proxy }) }),
    ...(!internal && proxy === undefined && { dnsLookup: publicLookup }),
  });
  try {
    const status = await statusOf(request);
    if (status >= 200 && status < 300) return { status, taken: true };
    return { status, taken: false, line: `the receiver answered ${status}` };
  } catch (error) {
    if (error instanceof TimeoutError)
      return {
        status: null,
        taken: false,
        line: `the receiver did not answer within ${timeoutMs / 1_000} s`,
      };
    if (error instanceof RequestError) {
      const isOurs = error.code === 'ADDRESS_REFUSED' || error.code === 'ERR_PROXY';
      const line = isOurs ? error.message : `the request failed (${error.code})`;
      return { status: null, taken: false, line };
    }
    throw error;
  } finally {
    request.destroy(); // what the receiver says beyond its status is not read
  }
}

const statusOf = (request: ReturnType<typeof got.stream.post>): Promise<number> =>
  new Promise((resolved, rejected) => {
    request.once('response', ({ statusCode }: { statusCode: number }) => resolved(statusCode));
    request.once('error', rejected);
  });
