/** What the effect of a step is at: known to Temporal alone. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { stepOfActivityId } from '../../run/ids.js';
import type { Progress, Step } from '../../run/steps.js';
import { takenWithinMs, untakenSinceMs } from './unserved.js';

type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** Each pending activity says by its id of which step it is. */
export function withProgress(
  steps: readonly Step[],
  { raw }: Pick<WorkflowExecutionDescription, 'raw'>,
  nowMs = Date.now(),
): Step[] {
  return steps.map((step) => {
    if (step.state.status !== 'running' && step.state.status !== 'waiting') return step;
    const pending = raw.pendingActivities?.find(
      ({ activityId }) => stepOfActivityId(activityId ?? '') === step.name,
    );
    return pending ? { ...step, progress: { ...progressOf(pending), ...untakenOf(pending, nowMs) } } : step;
  });
}

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

/** What the last look saw is no news where nobody has looked since. */
function untakenOf(pending: Pending, nowMs: number): Pick<Progress, 'untakenSince' | 'lastAttemptAt'> {
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

const timeOf = (ms: unknown): string | undefined =>
  typeof ms === 'number' ? new Date(ms).toISOString() : undefined;
