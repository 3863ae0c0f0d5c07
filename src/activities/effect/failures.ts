/** From a code of the table to a failure that Temporal retries, or not, as the table says. */
import { ApplicationFailure } from '@temporalio/common';
import { PlatformError } from '../../platform/errors.js';
import { ConnectionRefused, type KnownRefusal, describeRefusal } from '../../platform/gate.js';
import { type FailureCode, LonghaulError, failureKinds, mayBeMadeDetail } from '../../run/failures/errors.js';
import type { Elsewhere } from './elsewhere.js';
import { type Trouble, doubtedSince, troubleAfter } from './trouble.js';

/** The type of the benign failure by which an await says “not yet”; `workflows/failures.ts` knows it too. */
const stillWaiting = 'STILL_WAITING';

const backoffMs = { first: 1_000, most: 60_000 };

/** While patience lasts, a failure is tried again at least so often. */
const triesWithinPatience = 10;
/** Afterwards, when all that the connection answers is of something in between: with the usual patience, once a minute. */
const triesOfOutage = 3;

/**
 * A platform may ask to be sent nothing for a day. A try that would be later than this comes sooner, sends nothing, and
 * so notices when an operator has opened the connection before its time.
 */
const longestSleepMs = 600_000;
/** So that what has slept for a day does not come back over hours. */
const longestJitterMs = 30_000;

/** What a failure of a try is judged by. */
interface Circumstances {
  /** What the tries before have left. */
  readonly trouble: Trouble | null;
  /** Since the activity was scheduled, and when that was, both by Temporal’s clock. */
  readonly elapsedMs: number;
  readonly scheduledMs: number;
  /** When a wait is given up. */
  readonly withinMs: number;
  /** Of a creation: whether anything may have been sent. */
  readonly mayBeMade?: boolean;
  readonly waits: { readonly settleMs: number; readonly patienceMs: number };
  readonly connection?:
    { readonly name: string; readonly refused: (refusal: KnownRefusal) => void } | undefined;
  /** What the connection answers elsewhere, where that was asked. */
  readonly elsewhere?: Elsewhere | undefined;
}

/** What becomes of a try that has thrown, and what it leaves to the next. */
interface Judged {
  readonly failure: unknown;
  readonly trouble: Trouble | null;
  readonly heldUntilMs: number | undefined;
}

/**
 * Whether it must be known what the connection answers elsewhere: what something in between has answered for as long as
 * patience lasts parks the step where it is of this endpoint alone, and is an outage where it is of all of them.
 */
export function isOfWhom(
  error: unknown,
  { trouble, scheduledMs, elapsedMs, waits: { patienceMs } }: Circumstances,
): boolean {
  if (!isInBetween(error)) return false;
  const nowMs = scheduledMs + elapsedMs;
  return doubtedSince(troubleAfter(trouble, error.code, nowMs), { nowMs, patienceMs }) !== null;
}

/** What something between Longhaul and the platform has answered in its place. */
export const isInBetween = (error: unknown): error is PlatformError =>
  error instanceof PlatformError && (error.code === 'PROXY_PAGE' || error.code === 'ANSWER_UNEXPECTED');

/** Any error as a failure with a code, and with a delay of its own: Temporal’s retries carry no jitter. */
export function toFailure(error: unknown, circumstances: Circumstances): Judged {
  if (error instanceof ApplicationFailure)
    return { failure: expired(error, circumstances) ?? error, trouble: null, heldUntilMs: undefined };
  const { waits, connection, elapsedMs, scheduledMs } = circumstances;
  const nowMs = scheduledMs + elapsedMs;
  const { elsewhere } = circumstances;
  const { code, message } = typeof elsewhere === 'object' ? elsewhere : codeOf(error);
  const trouble = troubleAfter(circumstances.trouble, code, nowMs);
  const isOut = elsewhere === 'outage';
  const doubted = isOut ? null : doubtedSince(trouble, { nowMs, patienceMs: waits.patienceMs });
  const isKnown = error instanceof ConnectionRefused; // and its message says all
  const isRetried = isRetryable(code) && doubted === null && !isKnown;
  const heldMs = error instanceof PlatformError ? error.retryAfterMs : undefined;
  const heldUntilMs = heldMs === undefined ? undefined : nowMs + heldMs;
  const from =
    (error instanceof PlatformError ? error.from : undefined) ?? connection?.name ?? 'the platform';
  const said = { message, trouble, heldUntilMs, doubted, from };
  if (doubted !== null && isOfCredential(code) && !isKnown)
    connection?.refused({ code, message, since: isoOf(doubted) });
  const failure = ApplicationFailure.create({
    type: code,
    message: isKnown ? message : messageOf(code, said),
    nonRetryable: !isRetried,
    ...(circumstances.mayBeMade === true && { details: [mayBeMadeDetail] }),
    ...(isRetried && { nextRetryDelay: delayMs(code, { heldMs, trouble, waits, isOut }) }),
  });
  // A failure of the table says all in its message; a stack is for mistakes of ours.
  failure.stack = code === 'INTERNAL' && error instanceof Error ? (error.stack ?? '') : '';
  return { failure, trouble, heldUntilMs };
}

function codeOf(error: unknown): { code: FailureCode; message: string } {
  if (error instanceof PlatformError || error instanceof LonghaulError)
    return { code: error.code, message: error.message };
  return {
    code: 'INTERNAL',
    message: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error',
  };
}

/** A wait that was answered, and has lasted long enough; `null` for any other failure. */
function expired(error: ApplicationFailure, { elapsedMs, withinMs }: Circumstances) {
  if (error.type !== stillWaiting || elapsedMs < withinMs) return null;
  const message = `gave up waiting: ${error.message}`;
  return ApplicationFailure.create({ type: 'WAIT_EXPIRED', message, nonRetryable: true });
}

interface Said {
  readonly message: string;
  readonly trouble: Trouble | null;
  readonly heldUntilMs: number | undefined;
  /** Since when it was waited whether this passes, where it has not. */
  readonly doubted: number | null;
  /** Whose answers they are. */
  readonly from: string;
}

/** What was answered, and since when. */
function messageOf(code: FailureCode, { message, trouble, heldUntilMs, doubted, from }: Said): string {
  if (heldUntilMs !== undefined) return `${message}; nothing is sent to ${from} until ${isoOf(heldUntilMs)}`;
  if (doubted !== null && isOfCredential(code))
    return describeRefusal(from, { code, message, since: isoOf(doubted) });
  if (trouble === null || trouble.count === 1) return message;
  return `no usable answer from ${from} since ${isoOf(trouble.sinceMs)}: ${message}`;
}

const isOfCredential = (code: FailureCode): boolean =>
  code === 'CREDENTIALS_REJECTED' || code === 'CREDENTIALS_MISSING';

/** To the second, as messages have it. */
export const isoOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Whether a failure of this code is tried again, at least for a while. */
export function isRetryable(code: FailureCode): boolean {
  const { retry } = failureKinds[code];
  return retry === 'backoff' || retry === 'after' || retry === 'patience';
}

/** What may pass is asked again so often by those whose answer somebody waits for, or who can do without it. */
const triesOfDoubts = 3;

/** The same for them, after so many tries that have all failed. */
export const isWorthAnother = (code: FailureCode, tries: number): boolean =>
  isRetryable(code) && !(failureKinds[code].retry === 'patience' && tries >= triesOfDoubts);

interface Delaying {
  readonly heldMs: number | undefined;
  readonly trouble: Trouble | null;
  readonly waits: Circumstances['waits'];
  readonly isOut: boolean;
}

function delayMs(code: FailureCode, { heldMs, trouble, waits, isOut }: Delaying): number {
  if (heldMs !== undefined)
    return Math.round(
      Math.min(heldMs, longestSleepMs) + Math.random() * Math.min(heldMs * 0.1, longestJitterMs),
    );
  if (code === 'ANSWER_LOST') return Math.round(waits.settleMs * (1 + Math.random() * 0.5));
  const steps = Math.min((trouble?.count ?? 1) - 1, 10);
  const most = Math.min(backoffMs.most, backoffMs.first * 2 ** steps);
  const tries = isOut ? triesOfOutage : triesWithinPatience;
  const patient = trouble?.doubts === undefined ? most : Math.min(most, waits.patienceMs / tries);
  return Math.round(patient * (0.5 + Math.random() * 0.5));
}

/** “Not yet”: no failure for logs and metrics; the message is what people read while they wait. */
export const notYet = (
  message: string,
  nextLookMs: number,
  ...details: readonly object[]
): ApplicationFailure =>
  ApplicationFailure.create({
    type: stillWaiting,
    message,
    nextRetryDelay: nextLookMs,
    category: 'BENIGN',
    ...(details.length > 0 && { details: [...details] }),
  });

/** What goes on as it should. */
interface AtWork {
  /** `job 7`. */
  readonly what: string;
  /** On the platform. */
  readonly status: string;
}

/** “Not yet” of what is at work: the lookout looks at it from now on. */
export const atWork = (work: AtWork, nextLookMs: number): ApplicationFailure =>
  notYet(`${work.what} is ${work.status}`, nextLookMs, { atWork: work });

/** What is said to be at work; `null` for any other failure. */
export function atWorkIn(error: unknown): AtWork | null {
  const [detail] = error instanceof ApplicationFailure ? (error.details ?? []) : [];
  const isAtWork = typeof detail === 'object' && detail !== null && 'atWork' in detail;
  return isAtWork ? (detail.atWork as AtWork) : null; // `atWork` has made it
}

/** Whether an await says “not yet” by this. */
export const isStillWaiting = (error: unknown): boolean =>
  error instanceof ApplicationFailure && error.type === stillWaiting;

/** The pipeline’s own failure, found while waiting. */
export const ended = (code: FailureCode, message: string): LonghaulError => new LonghaulError(code, message);
