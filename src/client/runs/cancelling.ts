/** Cancels runs. */
import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { refuseEnded } from './ended.js';

/**
 * Asks a run to stop what it has running on the platform, and end.
 * @throws LonghaulError `RUN_ENDED`
 */
export async function cancelRun(
  client: Client,
  handle: WorkflowHandle,
  { reason, by }: { readonly reason: string; readonly by: string },
): Promise<void> {
  await refuseEnded(handle, 'cancelled');
  await client.workflowService.requestCancelWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: handle.workflowId },
    identity: by,
    requestId: randomUUID(),
    reason,
  });
}
