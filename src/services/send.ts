/**
 * Sends one request to a configured service, and says what became of it.
 *
 * Where it goes comes from the configuration alone, and so do its secrets. Unless the service is said to be internal, it must
 * be https and every address that its name leads to public; through a proxy it is the proxy that looks the name up. Never a
 * retry, and never a redirect: it would carry the secret elsewhere.
 */
import { RequestError, got } from 'got';
import { createAgents } from '../egress/agents.js';
import { LonghaulError } from '../run/failures/errors.js';
import type { HttpMethod, HttpSpec } from '../run/documents/requests.js';
import { retryAfterMs } from '../platform/classify.js';
import { outcomeOf } from '../platform/transport.js';
import { publicLookup, urlRefusalOf } from '../webhooks/addresses.js';

/** A service of the configuration. */
export interface Service {
  /** Where its paths begin. */
  readonly url: string;
  /** Those that may be sent. */
  readonly methods: readonly HttpMethod[];
  readonly internal: boolean;
  readonly timeoutMs: number;
  /** What this process knows of how long it asks to be sent nothing, in milliseconds. */
  readonly gate?: { standing(): { readonly heldMs: number }; hold(forMs: number): void };
  /** Reads the secrets anew; throws `CREDENTIALS_MISSING`. */
  headers(): Readonly<Record<string, string>>;
  /** URL of the HTTP proxy on the way. Throws `CONFIG_INVALID`. */
  proxy?(): string | undefined;
  /** Certificates in PEM that are trusted instead of the public ones. Throws `CONFIG_INVALID`. */
  ca?(): string | undefined;
}

export interface ServiceRequest extends Pick<HttpSpec, 'method' | 'path' | 'query' | 'body'> {
  /** By which the service knows a request that it has seen before. */
  readonly idempotencyKey?: string | undefined;
}

/** `line` says what was found in words; no URL, no header, no secret. */
export type ServiceOutcome =
  /** Nothing was sent, and nothing will be before a person has changed something. */
  | { readonly kind: 'unusable'; readonly line: string }
  /** No byte of it can have reached the service. */
  | { readonly kind: 'not-sent'; readonly line: string }
  /** It may have arrived, and no whole answer came back. */
  | { readonly kind: 'broken'; readonly line: string; readonly isTooLarge?: true }
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly text: string;
      readonly contentType: string;
      readonly retryAfterMs: number | undefined;
    };

/** What is read of an answer; what a step keeps of it is far less. */
const maxAnswerBytes = 8 * 1024 * 1024;

/** Sends it once. Rejects for mistakes of ours alone. */
export async function sendToService(service: Service, request: ServiceRequest): Promise<ServiceOutcome> {
  const root = new URL(service.url);
  const refused = service.internal ? null : urlRefusalOf(root);
  if (refused !== null) return { kind: 'unusable', line: refused };
  let options: ReturnType<typeof optionsOf>;
  try {
    options = optionsOf(service, request);
  } catch (error) {
    if (error instanceof LonghaulError) return { kind: 'unusable', line: error.message };
    throw error;
  }
  const search = searchOf(request.query);
  const url = `${root.href.replace(/\/+$/, '')}${request.path}${search && `?${search}`}`;
  const size = { isTooLarge: false };
  try {
    const sent = got(url, options);
    void sent.on('downloadProgress', ({ transferred }) => {
      if (transferred <= maxAnswerBytes) return;
      size.isTooLarge = true;
      sent.cancel('too large');
    });
    const { statusCode: status, headers, body } = await sent;
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
    const contentType = headers['content-type'] ?? '';
    return { kind: 'answered', status, text, contentType, retryAfterMs: retryAfterMs(headers, Date.now()) };
  } catch (error) {
    if (size.isTooLarge) return { kind: 'broken', line: 'its answer is larger than 8 MiB', isTooLarge: true };
    if (error instanceof RequestError && error.code === 'ADDRESS_REFUSED')
      return { kind: 'unusable', line: error.message };
    const { kind, reason } = outcomeOf(error);
    return { kind, line: reason };
  }
}

function optionsOf(service: Service, { method, body, idempotencyKey }: ServiceRequest) {
  const proxy = service.proxy?.();
  const ca = service.ca?.();
  return {
    method,
    responseType: 'buffer',
    headers: {
      accept: 'application/json, */*;q=0.1',
      'user-agent': 'longhaul',
      ...(typeof body === 'string' && { 'content-type': 'text/plain; charset=utf-8' }),
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      ...service.headers(),
    },
    ...(typeof body === 'string' ? { body } : body !== undefined && { json: body }),
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    timeout: { lookup: 5_000, connect: 5_000, secureConnect: 5_000, request: service.timeoutMs },
    ...((proxy !== undefined || ca !== undefined) && { agent: createAgents({ proxy, ca }) }),
    ...(!service.internal && proxy === undefined && { dnsLookup: publicLookup }),
  } as const;
}

const searchOf = (query: ServiceRequest['query']): string =>
  new URLSearchParams(
    Object.entries(query).flatMap(([key, value]) =>
      [value].flat().map((one): [string, string] => [key, String(one)]),
    ),
  ).toString();
