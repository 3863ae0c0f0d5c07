/** Updates of workflows, sent so that the end of a run beside them does not lose them. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
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
 */
export async function update(
  handle: WorkflowHandle,
  name: string,
  argument: object,
  { withinMs = answerWithinMs }: { readonly withinMs?: number } = {},
): Promise<void> {
  const updateId = randomUUID();
  await handle.client.withDeadline(Date.now() + withinMs, () => send(handle, name, { argument, updateId }));
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
