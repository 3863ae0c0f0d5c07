/** The executions of Temporal that an attempt consists of: one, unless its history has grown so long that it went on in another leg. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { LegMemo } from '../run/legs.js';

/** What Temporal says of an execution, in a list and in a description. */
export interface Listed {
  readonly runId: string;
  readonly memo?: Readonly<Record<string, unknown>> | undefined;
}

/** The attempt that an execution is of, and when that was started; `null` where the execution is its first leg. */
export const legIn = ({ memo }: Listed): LegMemo | null => (memo?.['leg'] as LegMemo | undefined) ?? null; // its run writes it

/** The id of the attempt that an execution is of. */
export const attemptIdOf = (execution: Listed): string => legIn(execution)?.attemptId ?? execution.runId;

/** By these, lists leave out executions whose attempt went on in another leg. */
export const isNoLeg = `ExecutionStatus != 'ContinuedAsNew'`;

/** Whether an attempt went on in another leg. */
export const goesOn = ({ status }: { readonly status: { readonly name: string } }): boolean =>
  status.name === 'CONTINUED_AS_NEW';

/**
 * The last execution of an attempt or, of a run that is named alone, of its newest one. Of the newest attempt it is found also
 * where Temporal has forgotten its first legs.
 */
export async function describeAttempt(
  client: Client,
  runId: string,
  attemptId?: string,
): Promise<WorkflowExecutionDescription> {
  const newest = await client.workflow.getHandle(runId).describe();
  if (attemptId === undefined || attemptIdOf(newest) === attemptId) return newest;
  for (let executionId = attemptId; ;) {
    const description = await client.workflow.getHandle(runId, executionId).describe();
    if (!goesOn(description)) return description;
    executionId = await nextOf(client, runId, executionId);
  }
}

/** The execution in which an attempt went on after this one. */
async function nextOf(client: Client, workflowId: string, runId: string): Promise<string> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const next = history?.events?.[0]?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  if (!next) throw new TypeError(`the last event of ${workflowId} ${runId} does not say how it went on`);
  return next;
}
