/** Updates of workflows, sent so that the end of a run beside them does not lose them. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { LonghaulError } from '../run/failures/errors.js';
import { failureOfTask } from './failed-task.js';
import { grpcFailureIn } from './grpc-failure.js';

/** A workflow task that fails for any other reason fails again, and the caller is to hear of it. */
const attempts = 5;
/** Before the second attempt; before each later one as much more. */
const waitMs = 100;
/** A worker that is there answers within seconds. */
const answerWithinMs = 20_000;

/**
 * Sends an update until the workflow has seen it. Temporal fails the task that would end a workflow while something
 * else has just happened to it, and drops what that task was to accept. Each attempt has the same id, so that one that
 * was accepted after all counts once; so does one that meets the beginning of another leg. Where no worker answers in time, one may still take it.
 * @throws LonghaulError `WORKER_SILENT` where workers are there, and fail at the workflow
 */
export async function update(
  handle: WorkflowHandle,
  name: string,
  argument: object,
  { withinMs = answerWithinMs }: { readonly withinMs?: number } = {},
): Promise<void> {
  const updateId = randomUUID();
  try {
    await handle.client.withDeadline(Date.now() + withinMs, () => send(handle, name, { argument, updateId }));
  } catch (error) {
    throw (await failingWorkers(handle, error)) ?? error;
  }
}

/** That workers do not get on with the workflow, and why; `null` where that is not what has failed. */
async function failingWorkers(handle: WorkflowHandle, cause: unknown): Promise<LonghaulError | null> {
  if (!(cause instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isNotReady(cause))) return null;
  const { workflowId } = handle;
  const failure = await failureOfTask(handle.client, { workflowId }).catch(() => null);
  if (failure === null) return null;
  const message = `workers fail at ${workflowId} again and again, so none has taken this, and one may within ten minutes once they do not; they fail by: ${failure}`;
  return new LonghaulError('WORKER_SILENT', message, { cause });
}

async function send(
  handle: WorkflowHandle,
  name: string,
  { argument, updateId }: { readonly argument: object; readonly updateId: string },
): Promise<void> {
  for (let attempt = 1; ; attempt += 1)
    try {
      await handle.executeUpdate<void, [object]>(name, { args: [argument], updateId });
      return;
    } catch (error) {
      if (attempt === attempts || !(isNotReady(error) || (await isOfLeg(handle, error)))) throw error;
      await delay(attempt * waitMs);
    }
}

/** To an update, an execution that ends beside it is none: the run may go on in another leg, which has not seen it. */
const isOfLeg = async (handle: WorkflowHandle, error: unknown): Promise<boolean> =>
  error instanceof WorkflowNotFoundError && (await handle.describe()).status.name === 'RUNNING';

/** Temporal’s `WorkflowNotReady`. */
const isNotReady = (error: unknown): boolean => grpcFailureIn(error)?.code === 'FAILED_PRECONDITION';
