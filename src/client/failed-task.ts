/** Why workers do not get on with a workflow that they are given: Temporal gives it to them again and again, and says it only in its history. */
import type { Client } from '@temporalio/client';

const newest = 20;
const mostCharacters = 300;

/** What the last task of an execution failed by, in one line; `null` where it has not failed. */
export async function failureOfTask(
  client: Pick<Client, 'workflowService'> & { readonly options: { readonly namespace: string } },
  execution: { readonly workflowId: string; readonly runId?: string },
): Promise<string | null> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution,
    maximumPageSize: newest,
  });
  for (const event of history?.events ?? []) {
    if (event.workflowTaskCompletedEventAttributes) return null;
    const message = event.workflowTaskFailedEventAttributes?.failure?.message;
    if (message) return message.split('\n', 1)[0]?.slice(0, mostCharacters) ?? '';
  }
  return null;
}
