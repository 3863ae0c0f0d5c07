/** The legs of the attempts of a run, as Temporal has them. */
import { Client, Connection } from '@temporalio/client';
import type { Stage } from './stage.js';

export interface LegSeen {
  readonly executionId: string;
  readonly status: string;
  readonly events: number;
  readonly bytes: number;
  /** Of what it was begun with, in bytes. */
  readonly input: number;
}

/** Every execution of a run, the first first. */
export async function legsOf(
  { temporalAddress: address, namespace }: Pick<Stage, 'temporalAddress' | 'namespace'>,
  runId: string,
): Promise<LegSeen[]> {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const legs: LegSeen[] = [];
  let before: string | null | undefined = (await client.workflow.getHandle(runId).describe()).runId;
  while (before) {
    const executionId: string = before;
    const handle = client.workflow.getHandle(runId, executionId);
    const { status, historyLength: events, raw } = await handle.describe();
    const answer = await client.workflowService.getWorkflowExecutionHistory({
      ...{ namespace, execution: { workflowId: runId, runId: executionId }, maximumPageSize: 1 },
    });
    const started = answer.history?.events?.[0]?.workflowExecutionStartedEventAttributes;
    const input = started?.input?.payloads?.[0]?.data?.length ?? 0;
    const bytes = Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
    legs.unshift({ executionId, status: status.name, events, bytes, input });
    before = started?.continuedExecutionRunId;
  }
  await connection.close();
  return legs;
}
