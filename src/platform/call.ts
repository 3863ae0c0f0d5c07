/** One call of one endpoint: encode, send, decode, and translate what went wrong. */
import type { Endpoint, NamedEndpoint } from '../contract/endpoint.js';
import { FilePart } from '../contract/file-part.js';
import {
  type Outcome,
  type Unusable,
  classify,
  holdOf,
  isAmbiguous,
  isForeign,
  reasonOf,
} from './classify.js';
import { PlatformError } from './errors.js';
import { type Exchanged, exchange } from './exchange.js';
import { parseJson } from './json.js';
import { pathOf } from './paths.js';
import { wholeOf } from './streams.js';
import type { HttpOutcome, PlatformConnection, Transport } from './transport.js';
import type { Credential, Dialect, Refusals, WireRequest } from './wing.js';

/** What every call of one connection uses. */
export interface Channel {
  readonly connection: PlatformConnection;
  readonly transport: Transport;
  readonly dialect: Dialect;
  readonly refusals: Refusals;
}

/** An endpoint’s arguments, before they are typed by it. */
export interface CallInput {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: unknown;
  readonly body?: unknown;
}

export interface CallOptions {
  /**
   * When the answer would come too late to be used: nothing is sent after it. Milliseconds of the monotonic clock
   * (`performance.now`), which nobody sets. Asked right before it is sent.
   */
  readonly deadlineMs?: () => number;
  /** Answers a `ByteStream`, without a bound; of an endpoint whose answer is bytes or text. */
  readonly streams?: true;
}

/**
 * Calls an endpoint once.
 *
 * @throws PlatformError with any of the platform’s codes
 * @throws LonghaulError `CREDENTIALS_MISSING`
 */
export async function call(
  channel: Channel,
  { group, name, endpoint }: NamedEndpoint,
  input: CallInput,
  options: CallOptions = {},
): Promise<unknown> {
  const { connection, dialect } = channel;
  const path = pathOf(endpoint.path, input.path ?? {});
  // Told only of what goes wrong: masking would be done for each request.
  const title = (): string => titleOf(connection, endpoint, path);
  if (dialect.lacks?.includes(`${group}.${name}`) === true)
    throw new PlatformError(
      'REQUEST_REJECTED',
      `${title()} was not sent: the dialect ${connection.dialect} has no ${group}.${name}`,
    );
  const wire = toWire(channel, { group, name, endpoint }, { ...input, title });
  const check = (): void => {
    // A worker that was frozen must not send what another attempt has sent meanwhile.
    if (options.deadlineMs !== undefined && performance.now() >= options.deadlineMs())
      throw new PlatformError('PLATFORM_UNREACHABLE', `${title()} was not sent: its attempt is over`);
    connection.gate?.check();
  };
  const { method } = endpoint;
  const sent = { connection: connection.name, endpoint: `${group}.${name}`, method };
  const around = (send: () => Promise<HttpOutcome>): Promise<HttpOutcome> =>
    connection.around === undefined ? send() : connection.around(sent, send);
  const streams = options.streams === true;
  const { deadlineMs } = options;
  const request = { method, path, ...wire, streams, check, around, ...(deadlineMs && { deadlineMs }) };
  const exchanged = await exchange(channel, endpoint, request);
  return decode(channel, { group, name, endpoint }, { ...exchanged, title, isPage: isPageAsked(input) });
}

/** Whether a page is what was asked for: a file that is named like one. */
const isPageAsked = ({ path = {} }: CallInput): boolean =>
  Object.values(path).some((value) => /\.x?html?$/i.test(value));

function toWire(
  { dialect }: Channel,
  { group, name, endpoint }: NamedEndpoint,
  input: CallInput & { readonly title: () => string },
): WireRequest {
  const fitting = (place: string, schema: Endpoint['body'], value: unknown): unknown => {
    const read = schema?.safeParse(value);
    if (read?.success !== false) return read?.data;
    const [{ path, message } = { path: [], message: '' }] = read.error.issues;
    throw new PlatformError(
      'REQUEST_REJECTED',
      `${input.title()} was not sent: ${[place, ...path].join('.')} does not fit: ${message}`,
    );
  };
  const isRead = endpoint.bodyEncoding === 'bytes' && input.body instanceof Blob;
  const body = isRead ? input.body : fitting('body', endpoint.body, input.body);
  const wire = { body, query: stringsOf(fitting('query', endpoint.query, input.query ?? {})) };
  const said = dialect.request?.(`${group}.${name}`, wire) ?? wire;
  if (endpoint.bodyEncoding === 'multipart') return { ...said, body: formOf(said.body) };
  if (endpoint.bodyEncoding !== 'plain' || typeof said.body !== 'string') return said;
  return { ...said, body: new TextEncoder().encode(said.body) };
}

/** A field is text, or a file (`FilePart`). */
function formOf(body: unknown): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(body ?? {})) {
    const file = FilePart.safeParse(value);
    if (file.success)
      form.append(name, new Blob([file.data.content], { type: file.data.type }), file.data.name);
    else if (value !== undefined) form.append(name, String(value));
  }
  return form;
}

/** A list is a field that is there several times. */
const stringsOf = (query: unknown): WireRequest['query'] =>
  Object.fromEntries(
    Object.entries(query ?? {}).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, Array.isArray(value) ? value.map(String) : String(value)]],
    ),
  );

/** What is decoded: the answer, to which request, and whether it may be a web page. */
interface Decoding extends Exchanged {
  readonly title: () => string;
  readonly isPage: boolean;
}

function decode(
  { connection, dialect, refusals }: Channel,
  { group, name, endpoint }: NamedEndpoint,
  { outcome, credentials, elsewhere, title, isPage }: Decoding,
): unknown {
  const read =
    outcome.kind === 'answered' && outcome.status < 300
      ? readAnswer(dialect, { name: `${group}.${name}`, endpoint, isPage }, outcome)
      : null;
  const unusable = read !== null && 'unusable' in read ? read.unusable : undefined;
  const asked = { endpoint, refusals };
  const isElsewhere = elsewhere !== undefined && read === null;
  const code = isElsewhere ? codeOfElsewhere(outcome) : classify(asked, outcome, unusable);
  if (code === null && outcome.kind === 'answered' && outcome.stream !== undefined)
    return wholeOf(outcome.stream, { endpoint, what: title() });
  if (code === null && read !== null && 'value' in read) return read.value;
  if (outcome.kind === 'answered') outcome.discard?.();
  const redact = redactionOf(connection, credentials);
  const why = read !== null && 'why' in read ? read.why : undefined;
  const said = redact(
    isElsewhere ? describeElsewhere(outcome, elsewhere) : describeOutcome(outcome, { why, refusals, redact }),
  );
  const heldMs =
    outcome.kind === 'answered' && !isElsewhere ? holdOf(outcome.headers, refusals, Date.now()) : undefined;
  if (code === 'PLATFORM_THROTTLED' && heldMs !== undefined) connection.gate?.hold(heldMs);
  throw new PlatformError(code ?? 'INTERNAL', `${redact(title())} ${said}`, {
    ...(outcome.kind === 'answered' &&
      !isElsewhere && {
        status: outcome.status,
        retryAfterMs: code === 'PLATFORM_THROTTLED' ? heldMs : undefined,
        said: why ?? reasonOf(outcome.text, refusals, redact),
      }),
    ambiguous: !isElsewhere && isAmbiguous(asked, outcome, code),
    isTooLarge: outcome.kind === 'broken' && outcome.isTooLarge === true,
  });
}

/** Takes out what the connection knows as secret, and every credential that was sent. */
const redactionOf =
  ({ redact = (text) => text }: PlatformConnection, credentials: readonly Credential[]) =>
  (text: string): string =>
    redact(
      credentials
        // One that is configured with the word before it is known by what follows.
        .map(({ value }) => value.split(' ').at(-1) ?? value)
        .reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text),
    );

/** The request as messages name it: with the path that was asked for, without secrets. */
export function titleOf(
  { name, redact = (text) => text }: Pick<PlatformConnection, 'name' | 'redact'>,
  { method }: Pick<Endpoint, 'method'>,
  path: string,
): string {
  return `${method} ${redact(path)} on ${name}`;
}

/** What another host refuses says nothing of the platform, its credential or its limits: a later try is sent elsewhere. */
const codeOfElsewhere = (outcome: HttpOutcome) =>
  outcome.kind === 'broken' && outcome.isTooLarge === true ? 'ANSWER_UNEXPECTED' : 'PLATFORM_UNAVAILABLE';

/** Neither its words nor the address, which may hold a signature. */
function describeElsewhere(outcome: HttpOutcome, host: string): string {
  const what =
    outcome.kind === 'answered' ? `answered ${outcome.status}` : `did not answer: ${outcome.reason}`;
  return `was told that the bytes are on ${host}, which ${what}`;
}

interface Describing {
  /** Why an answer with a 2xx status cannot be used. */
  readonly why: string | undefined;
  readonly refusals: Refusals;
  readonly redact: (text: string) => string;
}

function describeOutcome(outcome: Outcome, { why, refusals, redact }: Describing): string {
  if (outcome.kind === 'not-sent') return `could not be sent: ${outcome.reason}`;
  if (outcome.kind === 'broken') return `got no whole answer: ${outcome.reason}`;
  const reason = why ?? reasonOf(outcome.text, refusals, redact);
  const by = isForeign(outcome, refusals) && outcome.status < 500 ? ', but not in the platform’s JSON' : '';
  return `answered ${outcome.status}${by}${reason === '' ? '' : `: ${reason}`}`;
}

type Read = { readonly value: unknown } | { readonly unusable: Unusable; readonly why: string };

/** A page of a login, whoever has put it in the way. */
const pageTypes = /^\s*(?:text\/html|application\/xhtml\+xml)\b/i;

interface Reading {
  /** `<group>.<endpoint>` of the contract. */
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly isPage: boolean;
}

function readAnswer(
  dialect: Dialect,
  { name, endpoint, isPage }: Reading,
  { headers, text, bytes }: HttpOutcome & { kind: 'answered' },
): Read {
  const type = String(headers['content-type'] ?? '');
  if (endpoint.encoding === 'none') return { value: undefined };
  if (endpoint.encoding === 'bytes')
    return !isPage && (pageTypes.test(type) || /^\s*<(?:!doctype\s+html|html)\b/i.test(text))
      ? { unusable: 'page', why: 'a web page instead of bytes' }
      : { value: bytes };
  if (endpoint.encoding === 'text') return { value: text };
  if (/^\s*</.test(text) || type.includes('text/html'))
    return { unusable: 'page', why: 'a web page instead of JSON' };
  let body: unknown;
  try {
    body = parseJson(text);
  } catch {
    if (dialect.takesText !== true || !/^text\/plain/.test(String(headers['content-type'])))
      return { unusable: 'undecodable', why: 'with a body that is not whole JSON' };
    body = text;
  }
  const parsed = endpoint.response.safeParse(dialect.answer?.(name, body) ?? body);
  if (parsed.success) return { value: parsed.data };
  const issue = parsed.error.issues[0];
  return {
    unusable: 'unexpected',
    why: `unexpectedly: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
  };
}
