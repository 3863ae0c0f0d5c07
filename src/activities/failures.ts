/** From a code of the table to a failure that Temporal retries, or not, as the table says. */
import { ApplicationFailure } from '@temporalio/common';
import { PlatformError } from '../platform/errors.js';
import { type FailureCode, LonghaulError, failureKinds } from '../pipeline/errors.js';

/** The type of the benign failure by which an await says “not yet”; `workflows/failures.ts` knows it too. */
const stillWaiting = 'STILL_WAITING';

/** A login page during a deployment of the platform passes; one that stays needs a person. */
const pagePatience = 3;

const backoffMs = { first: 1_000, most: 60_000 };

/** Any error as a failure with a code, and with a delay of its own: Temporal’s retries carry no jitter. */
export function toApplicationFailure(error: unknown, attempt: number, timing: { settleMs: number }): unknown {
  if (error instanceof ApplicationFailure) return error;
  const { code, message } = codeOf(error);
  const retryable = isRetryable(code, attempt);
  const failure = ApplicationFailure.create({
    type: code,
    message,
    nonRetryable: !retryable,
    ...(retryable && { nextRetryDelay: delayMs(error, code, attempt, timing.settleMs) }),
  });
  // A failure of the table says all in its message; a stack is for mistakes of ours.
  failure.stack = code === 'INTERNAL' && error instanceof Error ? (error.stack ?? '') : '';
  return failure;
}

function codeOf(error: unknown): { code: FailureCode; message: string } {
  if (error instanceof PlatformError || error instanceof LonghaulError)
    return { code: error.code, message: error.message };
  return {
    code: 'INTERNAL',
    message: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error',
  };
}

/** Whether a failure of this code is tried again after an attempt of this number. */
export function isRetryable(code: FailureCode, attempt: number): boolean {
  if (code === 'PROXY_PAGE') return attempt < pagePatience;
  const { retry } = failureKinds[code];
  return retry === 'backoff' || retry === 'after';
}

function delayMs(error: unknown, code: FailureCode, attempt: number, settleMs: number): number {
  if (error instanceof PlatformError && error.retryAfterMs !== undefined)
    return Math.round(error.retryAfterMs * (1 + Math.random() * 0.1));
  if (code === 'ANSWER_LOST') return Math.round(settleMs * (1 + Math.random() * 0.5));
  const most = Math.min(backoffMs.most, backoffMs.first * 2 ** Math.min(attempt, 10));
  return Math.round(most * (0.5 + Math.random() * 0.5));
}

/** “Not yet”: no failure for logs and metrics; the message is what people read while they wait. */
export const notYet = (message: string, nextLookMs: number): ApplicationFailure =>
  ApplicationFailure.create({ type: stillWaiting, message, nextRetryDelay: nextLookMs, category: 'BENIGN' });

/** The pipeline’s own failure, found while waiting. */
export const ended = (code: FailureCode, message: string): LonghaulError => new LonghaulError(code, message);
