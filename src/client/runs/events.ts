/** The changes of a run, from its workflow while a worker answers, else from how it ended. */
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Run, RunEvent } from '../../run/steps.js';
import type { Unserved } from '../../run/unserved.js';
import { attemptIdOf } from '../executions.js';
import { toldByLookouts } from './told-by-lookouts.js';
import { unservedOf } from './unserved.js';
import { queryTimeoutMs, viewOf } from './view.js';

/** How far a follower has come. */
export interface Followed {
  readonly attemptId: string;
  /** The execution of Temporal that it was read from: another leg has another history. */
  readonly executionId: string;
  /** The number of the last change. */
  readonly number: number;
  /** Of Temporal’s history: while it stands, nothing can have changed. */
  readonly historyLength: number;
}

export interface Changes {
  readonly followed: Followed;
  readonly events: readonly RunEvent[];
  /** What of it no worker takes. */
  readonly unserved?: Unserved;
  /** There once the run has ended. `told`: the events say so themselves. */
  readonly ended?: { readonly run: Run; readonly told: boolean };
}

/**
 * The changes since `followed`, or all of the present attempt. Costs one call while nothing changes,
 * and one for each lookout that looks for the run. A run in
 * another attempt than `followed` is told from its beginning.
 */
export async function changesOf(
  client: Client,
  handle: WorkflowHandle,
  followed?: Followed,
): Promise<Changes> {
  const description = await handle.describe();
  const { runId: executionId, historyLength, status } = description;
  const attemptId = attemptIdOf(description);
  const last =
    followed?.attemptId === attemptId ? followed : { attemptId, executionId, number: 0, historyLength: 0 };
  const isOver = status.name !== 'RUNNING';
  const isSame = executionId === last.executionId && historyLength === last.historyLength;
  const lacking = isOver
    ? null
    : await unservedOf(client, description, { told: await toldByLookouts(client, description) });
  const unserved = lacking === null ? {} : { unserved: lacking };
  if (isSame && !isOver) return { followed: last, events: [], ...unserved };
  // With the last one known, which may be the end.
  const asked = await eventsAfter(client, handle, Math.max(0, last.number - 1));
  const events = (asked ?? []).filter(({ number }) => number > last.number);
  const number = events.at(-1)?.number ?? last.number;
  // Unanswered, the history counts as unread, so that it is asked for again.
  const next = asked === null ? { ...last, number } : { attemptId, executionId, number, historyLength };
  if (!isOver) return { followed: next, events, ...unserved };
  return { followed: next, events, ended: { run: await viewOf(client, handle), told: saysItsEnd(asked) } };
}

/** A terminated run, or one whose workers are gone, never told its own end. */
const saysItsEnd = (events: readonly RunEvent[] | null): boolean => {
  const last = events?.at(-1);
  return last?.type === 'run' && last.run.endedAt !== undefined;
};

async function eventsAfter(
  client: Client,
  handle: WorkflowHandle,
  after: number,
): Promise<readonly RunEvent[] | null> {
  try {
    return await client.withDeadline(Date.now() + queryTimeoutMs, () =>
      handle.query<readonly RunEvent[], [number]>('events', after),
    );
  } catch {
    return null; // no worker, or one with other code: it is asked again, and how a run ended is known without
  }
}
