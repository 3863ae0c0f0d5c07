/**
 * What becomes of an activity that rests: it is completed, or woken to look by itself. One that is not there any more, for
 * its run has ended or somebody was quicker, needs neither.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ActivityNotFoundError, type Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { Wait } from '../../../run/lookouts.js';
import { describedIfKnown } from '../../../client/attempts.js';

/** Temporal may be gone for a while. */
const againAfterMs = 1_000;
const answersWithinMs = 10_000;
/** The SDK does not say why it was refused: after that the activity looks by itself, and hands in its output as ever. */
const completeTries = 3;

/** Completes it with an output. Answers `gone` where nobody waits any more, `refused` where Temporal does not take the output. */
export async function complete(
  client: Client,
  { run }: Wait,
  { output, signal }: { readonly output: unknown; readonly signal: AbortSignal },
): Promise<'completed' | 'gone' | 'refused'> {
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    try {
      await client.withDeadline(Date.now() + answersWithinMs, () =>
        client.activity.complete({ ...run }, output),
      );
      return 'completed';
    } catch (error) {
      if (error instanceof ActivityNotFoundError) return 'gone';
      if (tries >= completeTries) return 'refused';
      await delay(againAfterMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}

/** As the policy of awaits has it: each failure of theirs says itself when the next try is. */
const retryMs = 1_000;
/** `PENDING_ACTIVITY_STATE_SCHEDULED` of gRPC: it waits for its time. */
const scheduled = 1;

/**
 * Has it tried again at once. Answers `false` where it has not come to rest yet: its try that handed it over is still open.
 */
export async function wake(
  client: Client,
  { run, attempt }: Pick<Wait, 'run' | 'attempt'>,
): Promise<boolean> {
  const { workflowId, runId, activityId: id } = run;
  const described = await describedIfKnown(client, workflowId, runId);
  const pending = described?.raw.pendingActivities?.find(({ activityId }) => activityId === id);
  if (pending === undefined || (pending.attempt ?? 1) > attempt + 1) return true;
  if (Number(pending.state) !== scheduled) return false;
  // Temporal schedules the next try anew when its options are set, also to what they are.
  await client.workflowService.updateActivityOptions({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    id,
    identity: client.options.identity,
    activityOptions: { retryPolicy: { initialInterval: msToTs(retryMs) } },
    updateMask: { paths: ['retryPolicy.initialInterval'] },
  });
  return true;
}
