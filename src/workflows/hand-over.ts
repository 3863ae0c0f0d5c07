/** Hands what is to be undone to the workflow that goes on with it after the run. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  ParentClosePolicy,
  getExternalWorkflowHandle,
  patched,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { UndoCall } from '../pipeline/effect.js';
import { cleanUpPrefix, cleanUpWorkflow } from '../pipeline/ids.js';
import type { CleanUpStart } from '../pipeline/undoing.js';
import { moreToCleanSignal } from './messages.js';

/** It may end between being found open and being told. */
const tries = 3;

/**
 * Starts it, or tells the one that goes on already; also while the run is being cancelled. Whether that was done: it is
 * durable then. Runs of a version that knew of none have nobody to tell.
 */
export async function handOver(connection: string, calls: readonly UndoCall[]): Promise<boolean> {
  // replay-tested: 2026-11-29
  if (!patched('clean-up')) return false;
  const { workflowId: runId, runId: attemptId } = workflowInfo();
  const start = { connection, runId, attemptId, calls };
  return CancellationScope.nonCancellable(async () => {
    for (let attempt = 1; attempt <= tries; attempt += 1) if (await isGiven(start)) return true;
    return false;
  });
}

async function isGiven(start: CleanUpStart): Promise<boolean> {
  try {
    await startCleanUp(start);
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
  startChild(cleanUpWorkflow, {
    workflowId: `${cleanUpPrefix}${start.runId}`,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    parentClosePolicy: ParentClosePolicy.ABANDON,
    args: [start],
    staticSummary: `what ${start.runId} has left`,
  });
