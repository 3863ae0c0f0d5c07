/** What an attempt was started with, as the first event of its history has it. */
import { type Client, type WorkflowHandle, defaultPayloadConverter } from '@temporalio/client';
import { allSteps } from '../run/documents/documents.js';
import { LonghaulError } from '../run/failures/errors.js';
import { wholeOf } from '../steps/ends.js';
import { type AnyStart, connectionIn } from './starting.js';

/** What an attempt was started with, and the id that outlasts resets. */
export async function readStart(
  client: Client,
  { workflowId }: WorkflowHandle,
  runId: string,
): Promise<{ readonly start: AnyStart; readonly originalId: string }> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const [payload] = started?.input?.payloads ?? [];
  if (!started || !payload)
    throw new LonghaulError('INTERNAL', `the history of ${workflowId} has no beginning`);
  const start = defaultPayloadConverter.fromPayload<AnyStart>(payload); // every pipeline takes one
  return { start, originalId: start.leg?.attemptId ?? started.originalExecutionRunId ?? runId };
}

/** Where a step of a run acts. */
export function connectionOf(start: AnyStart, step: string): string {
  const { document } = start;
  const written = document && new Map(allSteps(document)).get(wholeOf(step));
  return written?.connection ?? connectionIn(start);
}
