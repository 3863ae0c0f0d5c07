/** From what HTTP did to a code of the table of failures: one pure function. */
import type { Endpoint } from '../contract/endpoint.js';
import type { FailureCode } from '../run/failures/errors.js';
import type { Fields, Headers, Refusals } from './wing.js';

/** What became of one request. */
export type Outcome =
  /** No byte of the request can have reached the platform. */
  | { readonly kind: 'not-sent'; readonly reason: string }
  /** The request may have arrived, and no whole answer came back. */
  | { readonly kind: 'broken'; readonly reason: string; readonly isTooLarge?: boolean }
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Headers;
      /** The answer’s text, as far as it is text. */
      readonly text: string;
    };

/** Why an answer cannot be used, although its status says success. */
export type Unusable = 'page' | 'undecodable' | 'unexpected';

/** The endpoint that was called, and how its platform refuses. */
export interface Asked {
  readonly endpoint: Pick<Endpoint, 'path' | 'replay'>;
  readonly refusals: Refusals;
}

/** The code of an outcome; `null` when it is a usable answer. */
export function classify(asked: Asked, outcome: Outcome, unusable?: Unusable): FailureCode | null {
  const write = asked.endpoint.replay !== 'safe';
  if (outcome.kind === 'not-sent') return 'PLATFORM_UNREACHABLE';
  if (outcome.kind === 'broken') return write ? 'ANSWER_LOST' : codeOfBroken(outcome);
  const { status } = outcome;
  if (status >= 200 && status < 300) return unusable === undefined ? null : classifyUnusable(write, unusable);
  if (status >= 300 && status < 400) return 'PROXY_PAGE';
  return classifyRefusal(asked, outcome);
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

function classifyRefusal(
  { endpoint, refusals }: Asked,
  { status, headers, text }: Outcome & { kind: 'answered' },
): FailureCode {
  if (status === 429 || (status === 503 && headers['retry-after'] !== undefined)) return 'PLATFORM_THROTTLED';
  if (status === 408 || status === 425 || status >= 500)
    return endpoint.replay === 'safe' ? 'PLATFORM_UNAVAILABLE' : 'ANSWER_LOST';
  if (!refusals.statuses.includes(status) || !isRefusal(text, refusals)) return 'PROXY_PAGE';
  const refused = { path: endpoint.path, status, reason: reasonOf(text, refusals) };
  return refusals.codeOf(refused) ?? codeOfStatus(status);
}

/** The code of a refusal by what HTTP says of its status. */
function codeOfStatus(status: number): FailureCode {
  switch (status) {
    case 401:
      return 'CREDENTIALS_REJECTED';
    case 403:
      return 'PERMISSION_DENIED';
    case 404:
    case 410:
      return 'NOT_FOUND';
    case 409:
      return 'CONFLICT';
  }
  return 'REQUEST_REJECTED';
}

/**
 * Whether a write that failed with this code may have taken effect all the same. Only the platform’s own refusal says
 * that it has not: a proxy may answer for a request that it has passed on.
 */
export function isAmbiguous(
  { endpoint, refusals }: Asked,
  outcome: Outcome,
  code: FailureCode | null,
): boolean {
  if (endpoint.replay === 'safe') return false;
  if (code === 'PLATFORM_THROTTLED' && outcome.kind === 'answered')
    return outcome.status >= 500 || !isRefusal(outcome.text, refusals);
  return code === 'ANSWER_LOST' || code === 'PROXY_PAGE';
}

/** Longer than any limit that a platform sets; a longer time is a mistake of something in between. */
const longestHoldMs = 30 * 86_400_000;

/**
 * How long an answer asks to be sent nothing, in milliseconds between one second and thirty days: the longest time that any
 * of its headers names.
 */
export function holdOf(headers: Headers, refusals: Refusals, nowMs: number): number | undefined {
  const waits = [refusals.heldMs?.(headers, clockOf(headers, nowMs)), retryAfterMs(headers, nowMs)];
  const known = waits.filter((waitMs) => waitMs !== undefined);
  return known.length === 0 ? undefined : withinHolds(Math.max(...known));
}

/** The time of whoever has answered, where the answer states it. */
function clockOf(headers: Headers, nowMs: number): number {
  const sentMs = Date.parse(String(headers['date'] ?? ''));
  return Number.isNaN(sentMs) ? nowMs : sentMs;
}

/**
 * `Retry-After` in milliseconds: seconds or an HTTP date, between one second and thirty days. A date is of the clock that
 * the answer’s own `Date` is of, where it has one.
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const header = headers['retry-after'];
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  const seconds = Number(header);
  const waitMs = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - clockOf(headers, nowMs);
  return Number.isFinite(waitMs) ? withinHolds(waitMs) : undefined;
}

const withinHolds = (waitMs: number): number => Math.min(Math.max(waitMs, 1_000), longestHoldMs);

/** Whether the platform itself has refused. A page, an empty body or a proxy's JSON is not its answer. */
function isRefusal(text: string, refusals: Refusals): boolean {
  const body = fieldsOf(text, refusals);
  return body !== null && refusals.isOwn(body);
}

/** Whether somebody else than the platform has refused. */
export const isForeign = (outcome: Outcome, refusals: Refusals): boolean =>
  outcome.kind === 'answered' && outcome.status >= 400 && !isRefusal(outcome.text, refusals);

function fieldsOf(text: string, refusals: Refusals): Fields | null {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : null;
  } catch {
    return refusals.fieldsOf?.(text) ?? null; // else a page, binary or nothing: not for logs
  }
}

/** Cut before it is masked, it could end in the middle of a secret. */
const longest = { read: 20_000, told: 500 };

/** The message of an error body: at most 500 characters, with secrets masked by `redact`. */
export function reasonOf(text: string, refusals: Refusals, redact = (said: string): string => said): string {
  const { words, requestId } = refusals.said(fieldsOf(text, refusals) ?? {});
  const reason = redact(words.slice(0, longest.read)).slice(0, longest.told);
  return requestId === undefined ? reason : `${reason} (request ${redact(requestId).slice(0, 64)})`.trim();
}
