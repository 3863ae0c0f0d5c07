/** Tries of an activity, as a worker performs them. */
import { Context, type Info, asyncLocalStorage } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { ApplicationFailure, noopMetricMeter } from '@temporalio/common';

interface Try {
  readonly number: number;
  readonly details: unknown;
  readonly heartbeat: (details: unknown) => void;
  readonly isCancelled?: boolean;
  readonly client?: Client;
}

/** One try as a worker performs it; one that is killed reports nothing. */
export async function inContext<T>(
  { number, details, heartbeat, isCancelled, client }: Try,
  perform: () => Promise<T>,
): Promise<
  | { readonly made: T }
  | { readonly isKilled: boolean; readonly isFinal: boolean; readonly failure: ApplicationFailure }
> {
  const info = {
    attempt: number,
    heartbeatDetails: details,
    scheduledTimestampMs: Date.now(),
    currentAttemptScheduledTimestampMs: Date.now(),
    heartbeatTimeoutMs: 10_000,
    startToCloseTimeoutMs: 60_000,
  } as Info; // of all of it, what `attempted` reads
  const signal = isCancelled === true ? AbortSignal.abort() : new AbortController().signal;
  const never = new Promise<never>(() => undefined);
  const context = new Context(info, never, signal, heartbeat, client, console, noopMetricMeter, {});
  try {
    return { made: await asyncLocalStorage.run(context, perform) };
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const isKilled = error.message.includes('killed');
    return { isKilled, isFinal: !isKilled && error.nonRetryable === true, failure: error };
  }
}
