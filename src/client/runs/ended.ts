/** What may be done to a run only while it goes on. */
import type { WorkflowHandle } from '@temporalio/client';
import { LonghaulError } from '../../run/failures/errors.js';

/**
 * Refuses a run that has ended.
 * @throws LonghaulError `RUN_ENDED`, saying how; `what` ends the sentence: `cancelled`
 */
export async function refuseEnded(handle: WorkflowHandle, what: string): Promise<void> {
  const { status } = await handle.describe();
  if (status.name === 'RUNNING') return;
  const how = status.name.toLowerCase().replace('_', ' ');
  throw new LonghaulError('RUN_ENDED', `run ${handle.workflowId} cannot be ${what}: it has ended (${how})`);
}
