/**
 * A worker that was killed leaves its lookouts, which look no more until their heartbeat timeout is over. Other workers miss
 * it sooner: they have Temporal give what it kept to somebody else at once.
 */
import { ActivityNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describedIfKnown } from '../../../client/attempts.js';
import { lookoutsQuery } from '../../../run/lookouts.js';

/** `PENDING_ACTIVITY_STATE_STARTED` of gRPC: a worker has it. */
const started = 2;

/**
 * Ends the tries that a worker has begun, so that the next ones go on from what they have said. Where the worker is alive
 * after all, its try is cancelled: to look twice harms nobody.
 * @returns how many there were
 */
export async function takeOverLookouts(
  client: Client,
  connection: string,
  identity: string,
): Promise<number> {
  let taken = 0;
  for await (const { workflowId, runId } of client.workflow.list({
    query: lookoutsQuery(connection, 'Running'),
  })) {
    const described = await describedIfKnown(client, workflowId, runId);
    const left = described?.raw.pendingActivities?.find(
      ({ state, lastWorkerIdentity }) => Number(state) === started && lastWorkerIdentity === identity,
    );
    if (left?.activityId && (await end(client, { workflowId, runId, activityId: left.activityId })))
      taken += 1;
  }
  return taken;
}

/** Answers `false` where somebody was quicker. */
async function end(
  client: Client,
  activity: { readonly workflowId: string; readonly runId: string; readonly activityId: string },
): Promise<boolean> {
  const gone = { type: 'INTERNAL', message: 'its worker is gone; another one goes on' } as const;
  try {
    await client.activity.fail(
      activity,
      ApplicationFailure.create({ ...gone, nextRetryDelay: 1, category: 'BENIGN' }),
    );
    return true;
  } catch (error) {
    if (error instanceof ActivityNotFoundError) return false;
    throw error;
  }
}
