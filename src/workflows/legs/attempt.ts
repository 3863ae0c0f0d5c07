/** Which attempt of which run this is: the same in each of its legs. */
import { workflowInfo } from '@temporalio/workflow';
import type { Leg } from '../../run/legs.js';

export interface Attempt {
  readonly runId: string;
  readonly attemptId: string;
  /** The id that it had before it was reset. */
  readonly originalId: string;
  /** Whether it was reset: what that has cut off may have begun any step. Such an attempt has no second leg. */
  readonly isReset: boolean;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** By what Temporal says of the execution, and the leg before. */
export function attemptOf(leg: Leg | undefined): Attempt {
  const { workflowId: runId, runId: executionId, originalExecutionRunId, startTime } = workflowInfo();
  return {
    runId,
    attemptId: leg?.attemptId ?? executionId,
    originalId: leg?.attemptId ?? originalExecutionRunId,
    isReset: executionId !== originalExecutionRunId,
    startedAt: leg?.startedAt ?? startTime.toISOString(),
  };
}
