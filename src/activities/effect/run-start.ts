/** Since when what a run makes can be there, by Temporal’s clock. */
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Effect } from '../../run/undoing/effects.js';
import { LonghaulError } from '../../run/failures/errors.js';
import type { Origin } from '../../run/ids.js';

/**
 * When the first attempt of a run started, in milliseconds since the epoch; 0 where Temporal has forgotten it.
 * @throws LonghaulError `TEMPORAL_UNREACHABLE`
 */
export async function startOfRun({ runId, firstAttemptId }: Origin): Promise<number> {
  try {
    const handle = Context.current().client.workflow.getHandle(runId, firstAttemptId);
    return (await handle.describe()).startTime.getTime();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 0;
    throw new LonghaulError('TEMPORAL_UNREACHABLE', 'Temporal could not say when the run started', {
      cause: error,
    });
  }
}

/** When the creation under way can have been sent first: by this activity, unless the step was begun before. */
export const startOfCreation = ({ origin, begunBefore }: Effect): Promise<number> =>
  begunBefore ? startOfRun(origin) : Promise.resolve(Context.current().info.scheduledTimestampMs);
