/** Deciding on an approval. */
import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { LonghaulError } from '../../run/failures/errors.js';
import { pipelineOf } from '../../run/ids.js';
import { isPipeline, pipelines } from '../../pipelines/built-in.js';
import type { ApprovalDecision } from '../../run/retraining/retraining.js';
import { describeAttempt } from '../executions.js';
import { refuseEnded } from './ended.js';
import { resettersIn } from '../histories/history.js';
import { update } from '../updating.js';

/**
 * Hands the decision to the run, which takes it or refuses it.
 * @throws LonghaulError `RUN_ENDED`, `APPROVAL_NOT_AWAITED`; refusals of the run as `translateRunError` gives them
 */
async function sendDecision(
  handle: WorkflowHandle,
  decision: Omit<ApprovalDecision, 'resetters'>,
): Promise<void> {
  const done = decision.action === 'approve' ? 'approved' : 'rejected';
  await refuseEnded(handle, done);
  refuseWithoutApprovals(handle.workflowId);
  try {
    const resetters = await resettersOf(handle);
    await update(handle, 'decideApproval', { ...decision, ...(resetters.length > 0 && { resetters }) });
  } catch (error) {
    // To an update, a run that has just ended is one that is not there.
    if (error instanceof WorkflowNotFoundError) await refuseEnded(handle, done);
    throw error;
  }
}

/**
 * Hands the decision to an attempt or, where none is named, to the newest; where that goes on in another leg meanwhile, to that.
 * @throws LonghaulError as `sendDecision` does
 */
export async function decideOn(
  client: Client,
  { runId, attemptId }: { readonly runId: string; readonly attemptId?: string | undefined },
  decision: Omit<ApprovalDecision, 'resetters'>,
): Promise<void> {
  if (attemptId === undefined) return sendDecision(client.workflow.getHandle(runId), decision);
  for (;;) {
    const { runId: executionId } = await describeAttempt(client, runId, attemptId);
    try {
      await sendDecision(client.workflow.getHandle(runId, executionId), decision);
      return;
    } catch (error) {
      if ((await describeAttempt(client, runId, attemptId)).runId === executionId) throw error;
    }
  }
}

/** A workflow cannot know that its attempt was reset, nor by whom: Temporal’s history does. */
async function resettersOf(handle: WorkflowHandle): Promise<readonly string[]> {
  const { raw, runId } = await handle.describe();
  if (!raw.workflowExtendedInfo?.lastResetTime) return [];
  return resettersIn(await handle.client.getHandle(handle.workflowId, runId).fetchHistory());
}

/** A workflow that does not know the update would refuse it as a mistake of ours. */
function refuseWithoutApprovals(runId: string): void {
  const pipeline = pipelineOf(runId);
  if (!isPipeline(pipeline)) return; // a document, which its run knows
  if (Object.values(pipelines[pipeline].steps).some(({ asks }) => asks === true)) return;
  throw new LonghaulError(
    'APPROVAL_NOT_AWAITED',
    `run ${runId} awaits no approval: ${pipeline} has no step that asks for one`,
  );
}
