/** Hands what is to be undone to the workflow that goes on with it after the run. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  ParentClosePolicy,
  getExternalWorkflowHandle,
  startChild,
} from '@temporalio/workflow';
import type { UndoCall } from '../../run/undoing/effect.js';
import { cleanUpPrefix, cleanUpWorkflow } from '../../run/ids.js';
import type { CleanUpStart, CleanUpState } from '../../run/undoing/undoing.js';
import type { Attempt } from '../legs/attempt.js';
import { moreToCleanSignal } from './messages.js';

/** It may end between being found open and being told. */
const tries = 3;

/**
 * Starts it, or tells the one that goes on already; also while the run is being cancelled. Whether that was done: it is
 * durable then. A run that still goes on when that has come to
 * its end is told what came of it.
 */
export async function handOver(
  { connection, attempt: { runId, attemptId } }: { readonly connection: string; readonly attempt: Attempt },
  calls: readonly UndoCall[],
  done: (state: CleanUpState) => void,
): Promise<boolean> {
  const start = { connection, runId, attemptId, calls };
  return CancellationScope.nonCancellable(async () => {
    for (let attempt = 1; attempt <= tries; attempt += 1) if (await isGiven(start, done)) return true;
    return false;
  });
}

async function isGiven(start: CleanUpStart, done: (state: CleanUpState) => void): Promise<boolean> {
  try {
    const child = await startCleanUp(start);
    child.result().then(done, () => undefined); // one that is ended has told nobody
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  try {
    await getExternalWorkflowHandle(`${cleanUpPrefix}${start.runId}`).signal(moreToCleanSignal, start);
    return true;
  } catch {
    return false; // it has ended meanwhile
  }
}

const startCleanUp = (start: CleanUpStart) =>
  startChild<(start: CleanUpStart) => Promise<CleanUpState>>(cleanUpWorkflow, {
    workflowId: `${cleanUpPrefix}${start.runId}`,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    parentClosePolicy: ParentClosePolicy.ABANDON,
    args: [start],
    staticSummary: `what ${start.runId} has left`,
  });
