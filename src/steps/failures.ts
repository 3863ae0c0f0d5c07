/** From what Temporal throws to what the table of failures knows. */

// Not the whole package: every command of the CLI loads what kinds of steps are made of.
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TimeoutFailure,
} from '@temporalio/common/lib/failure.js';
import { type Failure, isFailureCode, mayBeMadeDetail } from '../run/failures/errors.js';

/** The type of the benign failure by which an await activity says “not yet”. */
const stillWaiting = 'STILL_WAITING';

/**
 * The failure of an effect, or `null` when the error is none: a mistake in workflow code must fail the workflow
 * task, which is retried after a corrected deployment, and not the run.
 */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof ApplicationFailure) return fromApplication(error);
  if (!(error instanceof ActivityFailure)) return null;
  if (error.cause instanceof ApplicationFailure) return fromApplication(error.cause);
  if (error.cause instanceof TimeoutFailure) {
    const last = error.cause.cause;
    if (last instanceof ApplicationFailure) return fromApplication(last);
    return {
      code: 'WORKER_SILENT',
      message: `${error.activityType} was not finished by any worker in time (${error.cause.timeoutType})`,
    };
  }
  return { code: 'INTERNAL', message: `${error.activityType} failed: ${error.message}` };
}

/** Whether an effect was ended by the cancellation of its run. */
export const isCancelled = (error: unknown): boolean =>
  error instanceof CancelledFailure ||
  (error instanceof ActivityFailure && error.cause instanceof CancelledFailure);

/** Whether a creation that has failed may still make something: by a request that was sent before. */
export const mayBeMade = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.cause instanceof ApplicationFailure &&
  error.cause.details?.includes(mayBeMadeDetail) === true;

/** Whether a failure ends the run, whatever a pipeline says of the step: a person has ended it, or it cannot go on. */
export const endsRun = ({ code }: Failure): boolean => code === 'ABORTED' || code === 'HISTORY_FULL';

/** Whether nothing was sent by what has failed: by an effect that says so, or by a step that has called none. */
export const hasSentNothing = (error: unknown): boolean =>
  error instanceof ApplicationFailure ||
  (error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && !mayBeMade(error));

function fromApplication(failure: ApplicationFailure): Failure {
  if (failure.type === stillWaiting)
    return { code: 'WAIT_EXPIRED', message: `gave up waiting: ${failure.message}` };
  return { code: isFailureCode(failure.type) ? failure.type : 'INTERNAL', message: failure.message };
}

/** Fails the run with a code of the table. */
export function fail({ code, message }: Failure, details: readonly unknown[] = []): ApplicationFailure {
  const failure = ApplicationFailure.create({
    type: code,
    message,
    nonRetryable: true,
    details: [...details],
  });
  failure.stack = ''; // the message says all, and a stack means nothing to its readers
  return failure;
}
