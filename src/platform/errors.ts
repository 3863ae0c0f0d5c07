/** From what HTTP did to a code of the table of failures: one pure function. */
import type { Endpoint } from '../contract/endpoint.js';
import type { FailureCode } from '../pipeline/errors.js';

/** What became of one request. */
export type Outcome =
  /** No byte of the request can have reached the platform. */
  | { readonly kind: 'not-sent'; readonly reason: string }
  /** The request may have arrived, and no whole answer came back. */
  | { readonly kind: 'broken'; readonly reason: string; readonly isTooLarge?: boolean }
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
      /** The answer’s text, as far as it is text. */
      readonly text: string;
    };

/** Why an answer cannot be used, although its status says success. */
export type Unusable = 'page' | 'undecodable' | 'unexpected';

/** A failed call. Its message names the endpoint’s template, never an address, a header or a query. */
export class PlatformError extends Error {
  readonly code: FailureCode;
  readonly status: number | undefined;
  /** What the platform asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Whether a write may have taken effect all the same. */
  readonly ambiguous: boolean;
  /** Whether the answer was larger than any that is read: of a list, fewer items may be asked for. */
  readonly isTooLarge: boolean;

  constructor(
    code: FailureCode,
    message: string,
    details: {
      status?: number | undefined;
      retryAfterMs?: number | undefined;
      ambiguous?: boolean;
      isTooLarge?: boolean;
    } = {},
  ) {
    super(message);
    this.name = 'PlatformError';
    this.code = code;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.ambiguous = details.ambiguous ?? code === 'ANSWER_LOST';
    this.isTooLarge = details.isTooLarge ?? false;
  }
}

/** The code of an outcome; `null` when it is a usable answer. */
export function classify(
  endpoint: Pick<Endpoint, 'path' | 'replay'>,
  outcome: Outcome,
  unusable?: Unusable,
): FailureCode | null {
  const write = endpoint.replay !== 'safe';
  if (outcome.kind === 'not-sent') return 'PLATFORM_UNREACHABLE';
  if (outcome.kind === 'broken') return write ? 'ANSWER_LOST' : codeOfBroken(outcome);
  const { status } = outcome;
  if (status >= 200 && status < 300) return unusable === undefined ? null : classifyUnusable(write, unusable);
  if (status >= 300 && status < 400) return 'PROXY_PAGE';
  return classifyRefusal(endpoint.path, write, outcome);
}

/** One that is too large does not become smaller by being read again, so a person must know of it. */
const codeOfBroken = ({ isTooLarge }: Outcome & { kind: 'broken' }): FailureCode =>
  isTooLarge === true ? 'ANSWER_UNEXPECTED' : 'PLATFORM_UNAVAILABLE';

function classifyUnusable(write: boolean, unusable: Unusable): FailureCode {
  if (write) return 'ANSWER_LOST';
  switch (unusable) {
    case 'page':
      return 'PROXY_PAGE';
    case 'undecodable':
      return 'PLATFORM_UNAVAILABLE';
    case 'unexpected':
      return 'ANSWER_UNEXPECTED';
  }
}

/** By which the platform refuses. Others are of something in between, such as 407, or 499 of a client that has gone. */
const ownRefusals: readonly number[] = [400, 401, 403, 404, 405, 409, 410, 413, 415, 422];

function classifyRefusal(path: string, write: boolean, outcome: Outcome & { kind: 'answered' }): FailureCode {
  const { status, headers, text } = outcome;
  if (status === 429 || (status === 503 && headers['retry-after'] !== undefined)) return 'PLATFORM_THROTTLED';
  if (status === 408 || status === 425 || status >= 500)
    return write ? 'ANSWER_LOST' : 'PLATFORM_UNAVAILABLE';
  if (!ownRefusals.includes(status) || refusalIn(text) === null) return 'PROXY_PAGE';
  switch (status) {
    case 401:
      return 'CREDENTIALS_REJECTED';
    case 403:
      return /quota|limit(?!ed)|budget|exceed/i.test(reasonOf(text)) ? 'QUOTA_EXCEEDED' : 'PERMISSION_DENIED';
    case 404:
    case 410:
      return 'NOT_FOUND';
    case 409:
      // On these two paths Domino means “log in again”, not “exists already”.
      return /^\/v4\/jobs\/(start|restart)$/.test(path) ? 'CREDENTIALS_REJECTED' : 'CONFLICT';
  }
  return 'REQUEST_REJECTED';
}

/**
 * Whether a write that failed with this code may have taken effect all the same. Only the platform’s own refusal says
 * that it has not: a proxy may answer for a request that it has passed on.
 */
export function isAmbiguous(
  endpoint: Pick<Endpoint, 'replay'>,
  outcome: Outcome,
  code: FailureCode | null,
): boolean {
  if (endpoint.replay === 'safe' || outcome.kind === 'not-sent') return false;
  if (outcome.kind === 'broken') return true;
  if (code === 'PLATFORM_THROTTLED') return outcome.status >= 500 || refusalIn(outcome.text) === null;
  return code === 'ANSWER_LOST' || code === 'PROXY_PAGE';
}

/** Longer than any limit that a platform sets; a longer time is a mistake of something in between. */
const longestHoldMs = 30 * 86_400_000;

/**
 * `Retry-After` in milliseconds: seconds or an HTTP date, between one second and thirty days. A date is of the clock that
 * the answer’s own `Date` is of, where it has one.
 */
export function retryAfterMs(
  headers: (Outcome & { kind: 'answered' })['headers'],
  nowMs: number,
): number | undefined {
  const header = headers['retry-after'];
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  const seconds = Number(header);
  const sentMs = Date.parse(String(headers['date'] ?? ''));
  const waitMs = Number.isFinite(seconds)
    ? seconds * 1_000
    : Date.parse(header) - (Number.isNaN(sentMs) ? nowMs : sentMs);
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 1_000), longestHoldMs) : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** What the platform’s error bodies hold beside the words (domino-api.md, section 2.4). */
const besideWords: readonly string[] = ['requestId', 'correlationId', 'code'];

/**
 * A refusal in one of the platform’s shapes: `{errors, requestId}`, `{error}`, `{message}` or `{redirectPath}`. `null`
 * for anything else, such as a page, an empty body, or the JSON of a proxy: that is not the platform’s word.
 */
function refusalIn(text: string): Fields | null {
  const body = fieldsOf(text);
  if (body === null) return null;
  const { errors, error, message, redirectPath, ...rest } = body;
  if (Array.isArray(errors))
    return errors.length > 0 && errors.every((one) => typeof one === 'string') ? body : null;
  const isSaid = [error, message, redirectPath].some((words) => typeof words === 'string');
  return isSaid && Object.keys(rest).every((key) => besideWords.includes(key)) ? body : null;
}

/** Whether somebody else than the platform has refused. */
export const isForeign = (outcome: Outcome): boolean =>
  outcome.kind === 'answered' && outcome.status >= 400 && refusalIn(outcome.text) === null;

function fieldsOf(text: string): Fields | null {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : null;
  } catch {
    return null; // a page, binary or nothing: not for logs
  }
}

/** Cut before it is masked, it could end in the middle of a secret. */
const longest = { read: 20_000, told: 500 };

/** What the platform says is wrong, from any of its error bodies; at most 500 characters, in which `redact` masks secrets. */
export function reasonOf(text: string, redact = (said: string): string => said): string {
  const { errors, error, message, requestId } = fieldsOf(text) ?? {};
  const said = Array.isArray(errors)
    ? errors.filter((one) => typeof one === 'string').join('; ')
    : (error ?? message ?? '');
  const reason = typeof said === 'string' ? redact(said.slice(0, longest.read)).slice(0, longest.told) : '';
  return typeof requestId === 'string' ? `${reason} (request ${requestId.slice(0, 64)})`.trim() : reason;
}
