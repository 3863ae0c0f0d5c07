/**
 * One HTTP request, once.
 *
 * Never a retry (Temporal owns those, so that each is seen), never a redirect (it would carry the key to another
 * host), always a total timeout. got’s errors hold the key, so none leaves this file.
 */
import { Readable } from 'node:stream';
import { type PlainResponse, type Request, RequestError, TimeoutError, got } from 'got';
import type { ByteStream } from '../contract/bytes.js';
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
  credential(): Credential | Promise<Credential>;
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
  /** Bytes and forms are sent as they are, those of a `Blob` as they are read; anything else as JSON. */
  readonly body: unknown;
  /** Whether an answer that says success is told as its bytes come, without a bound; left out, it is read whole. */
  readonly streams?: boolean;
  readonly credential: Credential;
  /** An address that the platform has named instead of its own, and whether it gets the credential. */
  readonly elsewhere?: { readonly url: string; readonly isAuthorized: boolean };
  /**
   * When what is sent would come too late (`performance.now`). A long upload is broken off then: what goes on being sent
   * could take effect when nobody looks for it any more.
   */
  readonly deadlineMs?: () => number;
  /** Called right before it is sent, whatever it has waited for; what this throws is thrown, and nothing is sent. */
  readonly check?: () => void;
  /** Sends it, when it is its turn; left out, it is sent. */
  readonly around?: (send: () => Promise<HttpOutcome>) => Promise<HttpOutcome>;
}

export type HttpOutcome =
  | Exclude<Outcome, { kind: 'answered' }>
  | (Extract<Outcome, { kind: 'answered' }> & {
      readonly bytes: Uint8Array;
      /** Where it was asked: what its addresses are relative to. */
      readonly url: string;
      /** Instead of the bytes, of a request that `streams`: what breaks off on the way throws what `outcomeOf` can read. */
      readonly stream?: ByteStream;
      /** Ends a stream that nobody will read. */
      readonly discard?: () => void;
    });

/** Sends one request and says what became of it; rejects only with what `check` throws, and for mistakes of ours. */
export type Transport = (request: HttpRequest) => Promise<HttpOutcome>;

/** More than any answer that is read whole; guards against a compressed bomb. */
const maxAnswerBytes = 32 * 1024 * 1024;
/** More than any refusal. */
const maxRefusalBytes = 1024 * 1024;

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

/** Milliseconds until a connection is there. */
const opening = { lookup: 5_000, connect: 5_000, secureConnect: 5_000 };

/** A transport to one host. Reads share connections; writes wait for none of them. */
export function createTransport(
  { authorize, rootOf = ({ url }) => url }: Pick<Wing, 'authorize' | 'rootOf'>,
  connection: PlatformConnection,
): Transport {
  const root = new URL(rootOf(connection)).href.replace(/\/+$/, '');
  // A proxy that is silent must be found out while it is known that nothing was sent.
  const egress = { openWithinMs: connection.requestTimeoutMs / 3, ...connection.egress?.() };
  // What all requests have in common is set once: got checks and copies each option that a request brings.
  const common = got.extend({
    responseType: 'buffer',
    headers: { accept: 'application/json, */*;q=0.1' },
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
  });
  const writing = { agent: createAgents(egress, { keepAlive: true, timeout: idleBeforeWriteMs }) };
  const reading = { agent: createAgents(egress, { keepAlive: true }) };
  const short = { timeout: { ...opening, request: connection.requestTimeoutMs } };
  // What takes as long as its bytes are many has no total time, but it must not stand still for as long.
  const long = { timeout: { ...opening, socket: connection.requestTimeoutMs } };
  const [write, upload] = [common.extend(writing, short), common.extend(writing, long)];
  const [read, download] = [common.extend(reading, short), common.extend(reading, long)];
  const turns = connection.turns ?? createTurns();

  const send: Transport = async (request) => {
    const { method, path, query, body, credential, elsewhere } = request;
    const answer = { isTooLarge: false };
    const late = isLong(body) ? abortedAt(request.deadlineMs) : undefined;
    try {
      const search = searchOf(query);
      const url = elsewhere?.url ?? `${root}${path}${search && `?${search}`}`;
      const length = body instanceof Blob ? { 'content-length': String(body.size) } : {};
      const sent = {
        method,
        headers: { ...(elsewhere?.isAuthorized !== false && authorize(credential)), ...length },
        ...bodyOf(body),
        ...(late && { signal: late.signal }),
      };
      if (request.streams === true)
        return await receive((method === 'GET' ? download : upload).stream(url, sent), url);
      const whole = method === 'GET' ? read : isLong(body) ? upload : write;
      const promise = whole(url, { ...sent, responseType: 'buffer' });
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
        url,
        text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
        bytes,
      };
    } catch (error) {
      return answer.isTooLarge
        ? { kind: 'broken', reason: 'the answer was larger than allowed', ...answer }
        : outcomeOf(error);
    } finally {
      late?.release();
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

/** What is smaller is sent within the time that any request has. */
const longBytes = 1024 * 1024;

/** Whether it is many bytes, which are read while they are sent. */
function isLong(body: unknown): boolean {
  const parts: readonly unknown[] = body instanceof FormData ? [...body.values()] : [body];
  const sizes = parts.map((part) => (part instanceof Blob ? part.size : 0));
  return sizes.reduce((all, size) => all + size, 0) >= longBytes;
}

/** A deadline may come nearer when the attempt is cancelled. */
const checkDeadlineEveryMs = 250;

/** A signal that is given when a deadline has passed. */
function abortedAt(deadlineMs: (() => number) | undefined) {
  if (deadlineMs === undefined) return undefined;
  const controller = new AbortController();
  const timer = setInterval(() => {
    if (performance.now() >= deadlineMs()) controller.abort();
  }, checkDeadlineEveryMs);
  return { signal: controller.signal, release: () => clearInterval(timer) };
}

const bodyOf = (body: unknown) => {
  if (body instanceof Uint8Array || body instanceof FormData) return { body };
  if (body instanceof Blob) return { body: Readable.from(body.stream(), { objectMode: false }) };
  return body === undefined ? {} : { json: body };
};

/** Resolves when the head of the answer has come; a refusal is read whole. */
async function receive(request: Request, url: string): Promise<HttpOutcome> {
  request.on('error', () => undefined); // whoever reads is told; nobody may be reading yet
  const response = await new Promise<PlainResponse>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  const { statusCode: status, headers } = response;
  const bytes = new Uint8Array();
  if (status >= 200 && status < 300)
    return {
      ...{ kind: 'answered', status, headers, url, text: '', bytes },
      stream: streamOf(request, headers),
      discard: () => void request.destroy(),
    };
  const chunks: Buffer[] = [];
  let size = 0;
  // no encoding is set, so these are bytes
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxRefusalBytes) break;
  }
  return { kind: 'answered', status, headers, url, text: Buffer.concat(chunks).toString('utf8'), bytes };
}

/** The length of what was compressed on the way says nothing of what it is. */
const streamOf = (request: Request, headers: PlainResponse['headers']): ByteStream => ({
  size: headers['content-encoding'] === undefined ? sizeIn(headers['content-length']) : undefined,
  [Symbol.asyncIterator]: () => (request as AsyncIterable<Buffer>)[Symbol.asyncIterator](),
});

const sizeIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

/** What an error of got says: whether anything can have been sent. */
export function outcomeOf(error: unknown): Exclude<Outcome, { kind: 'answered' }> {
  if (!(error instanceof RequestError)) return { kind: 'broken', reason: 'it failed for an unknown reason' };
  if (error instanceof TimeoutError)
    return {
      kind: ['lookup', 'connect', 'secureConnect'].includes(error.event) ? 'not-sent' : 'broken',
      reason: `timed out (${error.event})`,
    };
  const reason = reasonOf(error);
  return { kind: notSent.test(error.code) && !isOfSentRequest(error) ? 'not-sent' : 'broken', reason };
}

function reasonOf({ code, message, cause }: RequestError): string {
  if (code === 'ERR_PROXY') return message;
  if (code === 'ERR_ABORTED') return 'its attempt was over before all was sent';
  const isUnreadable = cause instanceof DOMException && cause.name === 'NotReadableError';
  return isUnreadable ? 'what was being sent has changed, or could not be read' : code;
}

const isOfSentRequest = ({ cause }: RequestError): boolean =>
  cause instanceof Error && 'syscall' in cause && afterSending.has(String(cause.syscall));
