/** Why a workflow that was asked something has not answered, and what to do. */
import { type Client, QueryNotRegisteredError, type WorkflowExecutionDescription } from '@temporalio/client';
import { failureOfTask } from './failed-task.js';

const mostCharacters = 300;

/**
 * In two sentences, the first of which has no end: `subject` is such as “run”, `error` what the query was answered by. Workers
 * that lack a key or have other code answer a query at once, by what they fail at.
 */
export async function whyUnanswered(
  client: Client,
  { raw, workflowId, runId }: WorkflowExecutionDescription,
  { subject, error }: { readonly subject: string; readonly error: unknown },
): Promise<readonly [string, string]> {
  const failure = failureOfQuery(error) ?? (await failureOfPending(client, { raw, workflowId, runId }));
  if (failure === null) return [`no worker answered for this ${subject}`, 'Start `longhaul worker`.'];
  return [
    `workers fail at this ${subject} again and again`,
    `It goes on within ten minutes once they do not; they fail by: ${failure}`,
  ];
}

/** What a worker has answered a query by that it could not answer; `null` for any other error. */
export function failureOfQuery(error: unknown): string | null {
  if (!(error instanceof QueryNotRegisteredError)) return null; // which is what the SDK makes of any such answer
  return error.message.split('\n', 1)[0]?.slice(0, mostCharacters) ?? '';
}

async function failureOfPending(
  client: Client,
  { raw, ...execution }: Pick<WorkflowExecutionDescription, 'raw' | 'workflowId' | 'runId'>,
): Promise<string | null> {
  const hasFailed = (raw.pendingWorkflowTask?.attempt ?? 1) > 1;
  return hasFailed ? failureOfTask(client, execution) : null;
}
