/** What the effect of a step is at: known to Temporal alone. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { stepOfActivityId } from '../../run/ids.js';
import type { Progress, Step } from '../../run/steps.js';
import { type Pending, takenWithinMs, untakenSinceMs } from './unserved.js';

/** What a lookout says of activities that rest, by their id. */
export type Told = ReadonlyMap<string, Partial<Progress>>;

/** Each pending activity says by its id of which step it is. */
export function withProgress(
  steps: readonly Step[],
  { raw }: Pick<WorkflowExecutionDescription, 'raw'>,
  told: Told = new Map(),
  nowMs = Date.now(),
): Step[] {
  return steps.map((step) => {
    if (step.state.status !== 'running' && step.state.status !== 'waiting') return step;
    const pending = raw.pendingActivities?.find(
      ({ activityId }) => stepOfActivityId(activityId ?? '') === step.name,
    );
    if (pending === undefined) return step;
    const known = { ...progressOf(pending), ...untakenOf(pending, nowMs) };
    const rest = told.get(pending.activityId ?? '');
    return { ...step, progress: rest === undefined ? known : { ...withoutNext(known), ...rest } };
  });
}

/** One that rests looks by itself in a day; who looks for it, looks sooner. */
const withoutNext = ({ nextAttemptAt: _, ...known }: Progress): Progress => known;

function progressOf(pending: Pending): Progress {
  const next = pending.nextAttemptScheduleTime;
  const message = pending.lastFailure?.message;
  return {
    effect: pending.activityType?.name ?? 'unknown',
    attempt: pending.attempt ?? 1,
    ...(message && { message }),
    ...(next?.seconds && { nextAttemptAt: new Date(Number(next.seconds) * 1_000).toISOString() }),
    ...troubleIn(pending),
  };
}

/** Since when no worker has taken an activity: what the last look saw is no news where nobody has looked since. */
export function untakenOf(pending: Pending, nowMs: number): Pick<Progress, 'untakenSince' | 'lastAttemptAt'> {
  const sinceMs = untakenSinceMs(pending, nowMs);
  if (sinceMs === null || nowMs - sinceMs < takenWithinMs) return {};
  const lastAttemptMs = optionalTsToMs(pending.lastAttemptCompleteTime);
  const [untakenSince, lastAttemptAt] = [timeOf(sinceMs), timeOf(lastAttemptMs)];
  return { ...(untakenSince && { untakenSince }), ...(lastAttemptAt && { lastAttemptAt }) };
}

/** What an attempt has left to the next one (`activities/attempt.ts`), as far as people want to know it. */
function troubleIn({ heartbeatDetails }: Pending): Pick<Progress, 'failingSince' | 'heldUntil'> {
  const [payload] = heartbeatDetails?.payloads ?? [];
  const left: unknown = payload ? defaultPayloadConverter.fromPayload(payload) : null;
  if (typeof left !== 'object' || left === null) return {};
  const trouble = 'trouble' in left ? left.trouble : null;
  const isTroubled = typeof trouble === 'object' && trouble !== null && 'sinceMs' in trouble;
  const failingSince = isTroubled ? timeOf(trouble.sinceMs) : undefined;
  const heldUntil = 'heldUntilMs' in left ? timeOf(left.heldUntilMs) : undefined;
  return { ...(failingSince && { failingSince }), ...(heldUntil && { heldUntil }) };
}

/** ISO 8601, of milliseconds since the epoch. */
export const timeOf = (ms: unknown): string | undefined =>
  typeof ms === 'number' ? new Date(ms).toISOString() : undefined;
