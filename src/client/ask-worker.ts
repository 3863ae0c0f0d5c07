/** Asking the platform of a connection something through a worker of it, by a short workflow that is no run. */
import { randomUUID } from 'node:crypto';
import { type Client, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, ServerFailure, TimeoutFailure } from '@temporalio/common';
import { pipelinesQueue } from '../run/ids.js';
import type { Fact } from '../run/run-facts.js';
import { failureOfTask } from './failed-task.js';

/** Long enough for the workflow that reads, and what it may wait for. */
const readWithinMs = 50_000;

interface Asking<Asked> {
  /** The Temporal workflow type, and what its id begins with. */
  readonly workflow: string;
  readonly prefix: string;
  readonly asked: Asked;
  /** For people who look at Temporal. */
  readonly summary: string;
  /** Called once it is asked. */
  readonly started?: (handle: WorkflowHandle) => void;
}

/** The answer, or why there is none. Rejects when Temporal itself is out of reach. */
export async function askWorker<Asked extends { readonly connection: string }, T>(
  client: Client,
  { workflow, prefix, asked, summary, started }: Asking<Asked>,
): Promise<Fact<T>> {
  const workflowId = `${prefix}${randomUUID()}`;
  try {
    const value = await client.withDeadline(Date.now() + readWithinMs, async () => {
      const handle = await client.workflow.start<(asked: Asked) => Promise<T>>(workflow, {
        workflowId,
        taskQueue: pipelinesQueue,
        args: [asked],
        workflowExecutionTimeout: readWithinMs - 5_000,
        staticSummary: summary,
      });
      started?.(handle);
      return handle.result();
    });
    return { value };
  } catch (error) {
    const missing = reasonOf(error, asked.connection);
    if (missing === null) throw error;
    const failure = missing.isSilent ? await failureOfTask(client, { workflowId }).catch(() => null) : null;
    return {
      missing: failure === null ? missing.reason : `workers fail at what is asked of them: ${failure}`,
    };
  }
}

/** `null` for what is no answer about the platform: Temporal itself is out of reach. */
function reasonOf(
  error: unknown,
  connection: string,
): { readonly reason: string; readonly isSilent?: true } | null {
  const silent = {
    reason: `no worker read the platform of ${connection} in time; is \`longhaul worker\` running for it?`,
    isSilent: true,
  } as const;
  if (!(error instanceof WorkflowFailedError)) return null;
  const { cause } = error;
  if (cause instanceof ApplicationFailure)
    return cause.type === 'WORKER_SILENT'
      ? silent
      : { reason: `${cause.message} (${cause.type ?? 'INTERNAL'})` };
  if (cause instanceof TimeoutFailure) return silent;
  return {
    reason:
      cause instanceof ServerFailure
        ? cause.message
        : `the reading was ended: ${cause?.message ?? 'terminated'}`,
  };
}
