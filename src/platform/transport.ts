/**
 * One HTTP request, once.
 *
 * Never a retry (Temporal owns those, so that each is seen), never a redirect (it would carry the key to another
 * host), always a total timeout. got’s errors hold the key, so none leaves this file.
 */
import { RequestError, TimeoutError, got } from 'got';
import { type Egress, createAgents } from '../egress/agents.js';
import type { Outcome } from './classify.js';
import type { Gate } from './gate.js';
import { type Turns, createTurns } from './turns.js';
import type { Credential, Wing } from './wing.js';

/** A platform’s host as this layer needs it. */
export interface PlatformConnection {
  readonly name: string;
  /** Where the API begins; a path in it is kept. */
  readonly url: string;
  /** The name of one of its wing's dialects. */
  readonly dialect: string;
  readonly requestTimeoutMs: number;
  /** Reads the credential anew; throws `CREDENTIALS_MISSING`. */
  credential(): Credential;
  /** How requests get there, read when a transport is made; left out, straight. Throws `CONFIG_INVALID`. */
  egress?(): Egress;
  /** Takes secrets out of what the platform says, before it is told to anybody. */
  readonly redact?: (text: string) => string;
  /** What every request passes first; left out, nothing stands in the way. */
  readonly gate?: Pick<Gate, 'check' | 'hold'> | undefined;
  /** The turns that all requests to the host take, whichever transport sends them; left out, each has its own, without a rate. */
  readonly turns?: Pick<Turns, 'take' | 'leave'> | undefined;
  /** Sends each request, and watches it; left out, it is sent. It must answer what `send` does. */
  readonly around?: (request: SentRequest, send: () => Promise<HttpOutcome>) => Promise<HttpOutcome>;
}

/** One request, as it is metered and traced: nothing that is secret, and nothing that has many values. */
export interface SentRequest {
  readonly connection: string;
  /** `<group>.<endpoint>` of the contract. */
  readonly endpoint: string;
  readonly method: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Encoded, from where the API begins. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** Bytes and forms are sent as they are, anything else as JSON. */
  readonly body: unknown;
  readonly credential: Credential;
  /** An address that the platform has named instead of its own; it gets no credential. */
  readonly elsewhere?: string;
  /** Called right before it is sent, whatever it has waited for; what this throws is thrown, and nothing is sent. */
  readonly check?: () => void;
  /** Sends it, when it is its turn; left out, it is sent. */
  readonly around?: (send: () => Promise<HttpOutcome>) => Promise<HttpOutcome>;
}

export type HttpOutcome =
  | Exclude<Outcome, { kind: 'answered' }>
  | (Extract<Outcome, { kind: 'answered' }> & { readonly bytes: Uint8Array });

/** Sends one request and says what became of it; rejects only with what `check` throws, and for mistakes of ours. */
export type Transport = (request: HttpRequest) => Promise<HttpOutcome>;

/** More than any answer that is used; guards against a compressed bomb. */
const maxAnswerBytes = 32 * 1024 * 1024;

/** Errors before the first byte of the request. */
const notSent =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|CERT_|ERR_TLS|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|ERR_INVALID|ERR_PROXY)/;
/** What the system was asked to do when such an error came after it: a route may go while an answer is awaited. */
const afterSending = new Set(['read', 'write']);

/**
 * How long a connection for writes is kept open without use. A platform that closes idle ones resets what it is sent at
 * that moment, and nobody could tell whether the write was read.
 */
const idleBeforeWriteMs = 1_000;

/** A transport to one host. Reads share connections; writes wait for none of them. */
export function createTransport(
  { authorize, rootOf = ({ url }) => url }: Pick<Wing, 'authorize' | 'rootOf'>,
  connection: PlatformConnection,
): Transport {
  const root = new URL(rootOf(connection)).href.replace(/\/+$/, '');
  // A proxy that is silent must be found out while it is known that nothing was sent.
  const egress = { openWithinMs: connection.requestTimeoutMs / 3, ...connection.egress?.() };
  // What all requests have in common is set once: got checks and copies each option that a request brings.
  const write = got.extend({
    responseType: 'buffer',
    headers: { accept: 'application/json, */*;q=0.1' },
    agent: createAgents(egress, { keepAlive: true, timeout: idleBeforeWriteMs }),
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    timeout: { lookup: 5_000, connect: 5_000, secureConnect: 5_000, request: connection.requestTimeoutMs },
  });
  const read = write.extend({ agent: createAgents(egress, { keepAlive: true }) });
  const turns = connection.turns ?? createTurns();

  const send: Transport = async ({ method, path, query, body, credential, elsewhere }) => {
    const answer = { isTooLarge: false };
    try {
      const search = searchOf(query);
      const url = elsewhere ?? `${root}${path}${search && `?${search}`}`;
      const promise = (method === 'GET' ? read : write)(url, {
        method,
        responseType: 'buffer',
        headers: elsewhere === undefined ? { ...authorize(credential) } : {},
        ...bodyOf(body),
      });
      void promise.on('downloadProgress', ({ transferred }) => {
        if (transferred <= maxAnswerBytes) return;
        answer.isTooLarge = true;
        promise.cancel('too large');
      });
      const { statusCode, headers, body: bytes } = await promise;
      return {
        kind: 'answered',
        status: statusCode,
        headers,
        text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
        bytes,
      };
    } catch (error) {
      return answer.isTooLarge
        ? { kind: 'broken', reason: 'the answer was larger than allowed', ...answer }
        : outcomeOf(error);
    }
  };

  return async (request) => {
    const isRead = request.method === 'GET';
    await turns.take(isRead);
    try {
      request.check?.();
      return await (request.around === undefined ? send(request) : request.around(() => send(request)));
    } finally {
      turns.leave(isRead);
    }
  };
}

const searchOf = (query: HttpRequest['query']): string =>
  new URLSearchParams(
    Object.entries(query).flatMap(([key, value]) =>
      [value].flat().map((one): [string, string] => [key, one]),
    ),
  ).toString();

const bodyOf = (body: unknown) => {
  if (body instanceof Uint8Array || body instanceof FormData) return { body };
  return body === undefined ? {} : { json: body };
};

/** What an error of got says: whether anything can have been sent. */
export function outcomeOf(error: unknown): Exclude<Outcome, { kind: 'answered' }> {
  if (!(error instanceof RequestError)) return { kind: 'broken', reason: 'it failed for an unknown reason' };
  if (error instanceof TimeoutError)
    return {
      kind: ['lookup', 'connect', 'secureConnect'].includes(error.event) ? 'not-sent' : 'broken',
      reason: `timed out (${error.event})`,
    };
  const reason = error.code === 'ERR_PROXY' ? error.message : error.code;
  return { kind: notSent.test(error.code) && !isOfSentRequest(error) ? 'not-sent' : 'broken', reason };
}

const isOfSentRequest = ({ cause }: RequestError): boolean =>
  cause instanceof Error && 'syscall' in cause && afterSending.has(String(cause.syscall));
