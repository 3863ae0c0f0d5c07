/** Runs as they go on: each change, and the end. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { Run } from '../../run/steps.js';

/** The run at each change, until it ends. */
export async function* watched(get: () => Promise<Run>, everyMs: number): AsyncGenerator<Run> {
  let last = '';
  for (;;) {
    const run = await get();
    const now = JSON.stringify(run);
    if (now !== last) yield run;
    last = now;
    if (run.endedAt !== undefined) return;
    await delay(everyMs);
  }
}

/** Resolves when the run has ended, however it ended, or when the time is over. */
export async function ended(
  client: Client,
  handle: WorkflowHandle,
  timeoutMs: number | undefined,
): Promise<void> {
  const over = new AbortController();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => over.abort(), timeoutMs);
  try {
    await client.withAbortSignal(over.signal, () => handle.result());
  } catch (error) {
    if (!(error instanceof WorkflowFailedError) && !over.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
}
