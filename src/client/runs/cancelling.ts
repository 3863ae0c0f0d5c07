/** Cancels runs. */
import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { quote } from '../../run/search-attributes.js';
import { unreadableIn } from '../translating.js';
import { refuseEnded, refuseStatus } from './ended.js';

/**
 * Asks a run to stop what it has running on the platform, and end. Nothing that is sent for that is encrypted, so it works
 * without the key of the run.
 * @throws LonghaulError `RUN_ENDED`
 */
export async function cancelRun(
  client: Client,
  handle: WorkflowHandle,
  { reason, by }: { readonly reason: string; readonly by: string },
): Promise<void> {
  const { workflowId } = handle;
  try {
    await refuseEnded(handle, 'cancelled');
  } catch (error) {
    if (unreadableIn(error) === null) throw error;
    await refuseListed(client, workflowId);
  }
  await client.workflowService.requestCancelWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
    identity: by,
    requestId: randomUUID(),
    reason,
  });
}

/** The same by the list, whose rows are read also where what they hold cannot be; the newest is the first. */
async function refuseListed(client: Client, workflowId: string): Promise<void> {
  for await (const { status } of client.workflow.list({ query: `WorkflowId = ${quote(workflowId)}` })) {
    refuseStatus(workflowId, status.name, 'cancelled');
    return;
  }
}
