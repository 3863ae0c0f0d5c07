/** What may be done to a run only while it goes on. */
import type { WorkflowHandle } from '@temporalio/client';
import { LonghaulError } from '../../run/failures/errors.js';

/**
 * Refuses a run that has ended.
 * @throws LonghaulError `RUN_ENDED`, saying how; `what` ends the sentence: `cancelled`
 */
export async function refuseEnded(handle: WorkflowHandle, what: string): Promise<void> {
  const { status } = await handle.describe();
  refuseStatus(handle.workflowId, status.name, what);
}

/** The same by the status that Temporal tells of its execution. */
export function refuseStatus(runId: string, status: string, what: string): void {
  if (status === 'RUNNING') return;
  const how = status.toLowerCase().replace('_', ' ');
  throw new LonghaulError('RUN_ENDED', `run ${runId} cannot be ${what}: it has ended (${how})`);
}
