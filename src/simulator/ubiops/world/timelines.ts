/** The life cycles of builds and requests, as pure functions of time. Times are milliseconds. */

/** A build. */
export interface Build {
  readonly startedAt: number;
  readonly queuedMs: number;
  readonly buildMs: number;
  /** Why it fails; empty, it does not. */
  readonly error: string;
  readonly log: readonly string[];
  cancelledAt?: number;
}

/** The words of a build's states, of which each kind has its own. */
export interface BuildWords {
  readonly queued: string;
  /** While it goes on, in equal shares of the time. */
  readonly going: readonly [string, ...string[]];
  readonly success: string;
}

/** When it is over, well or not. */
export const buildEnd = ({ startedAt, queuedMs, buildMs, cancelledAt }: Build): number =>
  cancelledAt ?? startedAt + queuedMs + buildMs;

/** How it stands. */
export function buildStatus(build: Build, words: BuildWords, now: number): string {
  const { startedAt, queuedMs, buildMs, error, cancelledAt } = build;
  if (cancelledAt !== undefined && now >= cancelledAt) return 'cancelled';
  const goingMs = now - startedAt - queuedMs;
  if (goingMs < 0) return words.queued;
  if (goingMs >= buildMs) return error === '' ? words.success : 'failed';
  return words.going[Math.floor((goingMs / buildMs) * words.going.length)] ?? words.going[0];
}

/** Whether it has ended well. */
export const isBuilt = (build: Build, now: number): boolean =>
  build.error === '' && build.cancelledAt === undefined && now >= buildEnd(build);

/** Whether it has ended. */
export const isOver = (build: Build, now: number): boolean => now >= buildEnd(build);

/** What decides how a request stands. */
export interface Course {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly plan: { readonly status: 'completed' | 'failed' };
  readonly cancelledAt?: number;
}

/** Between the wish that it be cancelled and its end. */
const cancellingMs = 2_000;

export type RequestStatus =
  'pending' | 'processing' | 'completed' | 'failed' | 'cancelled_pending' | 'cancelled';

/** How a request stands. */
export function requestStatus({ startsAt, endsAt, plan, cancelledAt }: Course, now: number): RequestStatus {
  if (cancelledAt !== undefined && now >= cancelledAt)
    return now < cancelledAt + cancellingMs ? 'cancelled_pending' : 'cancelled';
  if (now < startsAt) return 'pending';
  return now < endsAt ? 'processing' : plan.status;
}

/** When it ends, for good or not. */
export const requestEnd = ({ endsAt, cancelledAt }: Course): number =>
  cancelledAt === undefined ? endsAt : cancelledAt + cancellingMs;
