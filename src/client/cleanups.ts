/** The cleanup of a run: tried now, or ended before the run goes on. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { LonghaulError } from '../pipeline/errors.js';
import { cleanUpPrefix, cleanUpWorkflow, pipelinesQueue } from '../pipeline/ids.js';
import { leftoversOf } from '../pipeline/leftovers.js';
import type { AttemptRecord } from '../pipeline/replays.js';
import type { Cleanup } from '../pipeline/steps.js';
import type { CleanUpStart, CleanUpState } from '../pipeline/undoing.js';
import { readAttempt } from './attempts.js';
import { describedCleanUp, stateIn } from './runs/cleanup-view.js';
import { update } from './updating.js';
import { viewOf } from './runs/view.js';

/** For so long a cleanup that was asked for is waited for; it goes on without whoever asked. */
const tryWithinMs = 20_000;
/** A try that is under way when the run goes on has ended by then. */
const endWithinMs = 60_000;
const lookEveryMs = 250;

/**
 * Tries now what the last attempt of a run has left, whether its cleanup goes on or has ended, and waits for the first
 * try of each part.
 * @throws LonghaulError `RUN_GOES_ON`
 */
export async function cleanUpNow(client: Client, runId: string): Promise<Cleanup> {
  const { status } = await client.workflow.getHandle(runId).describe();
  if (status.name === 'RUNNING')
    throw new LonghaulError('RUN_GOES_ON', `run ${runId} goes on, and cleans up by itself when it ends`);
  const record = await readAttempt(client, runId);
  await restartCleanUp(client, record);
  const handle = client.workflow.getHandle(runId, record.attemptId);
  return (await viewOf(client, handle)).cleanup ?? { undone: [], leftBehind: [] };
}

/** Starts the cleanup of what an attempt has left, or has it try at once. */
async function restartCleanUp(client: Client, record: AttemptRecord): Promise<void> {
  const { runId, attemptId, connection } = record;
  const start: CleanUpStart = { connection, runId, attemptId, calls: leftoversOf(record) };
  if (!(await isTold(client, start)) && start.calls.length > 0) await startCleanUp(client, start);
  const endMs = Date.now() + tryWithinMs;
  for (;;) {
    const described = await describedCleanUp(client, runId);
    if (described === null || isTried(described) || Date.now() > endMs) return;
    await delay(lookEveryMs);
  }
}

/** Starts the cleanup of what an attempt has left; one that goes on is left as it is. */
export async function startCleanUp(client: Client, start: CleanUpStart): Promise<void> {
  await client.workflow.start(cleanUpWorkflow, {
    workflowId: `${cleanUpPrefix}${start.runId}`,
    taskQueue: pipelinesQueue,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [start],
    staticSummary: `what ${start.runId} has left`,
  });
}

/** Whether one goes on that has been told to try now. */
async function isTold(client: Client, { runId, attemptId, calls }: CleanUpStart): Promise<boolean> {
  try {
    await update(client.workflow.getHandle(`${cleanUpPrefix}${runId}`), 'tryNow', { attemptId, calls });
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

const isTried = (described: WorkflowExecutionDescription): boolean =>
  described.status.name !== 'RUNNING' ||
  (stateIn(described) !== null &&
    (described.raw.pendingActivities ?? []).every(({ attempt }) => (attempt ?? 1) > 1));

/**
 * Whether a run that has ended has left a job or a build that is known and not stopped yet. Both end by themselves sooner or
 * later; a version that nobody may stop serves for ever, and is replaced by the next one.
 */
export async function hasLeftRunning(client: Client, runId: string): Promise<boolean> {
  const described = await describedCleanUp(client, runId);
  if (described?.status.name !== 'RUNNING') return false;
  const state = stateIn(described);
  if (state === null) return true; // it says so with its first task
  const left = [...state.leftBehind, ...state.open.flatMap((one) => one.left)];
  return left.some(({ kind }) => kind === 'job' || kind === 'revision');
}

/**
 * Ends the cleanup of a run that goes on again: what it would stop is adopted. None of its requests is under way when
 * this resolves.
 * @returns how far it had come; `null` where there was none going on
 * @throws LonghaulError `WORKER_SILENT` while it does not end
 */
export async function endCleanUp(client: Client, runId: string): Promise<CleanUpState | null> {
  const described = await describedCleanUp(client, runId);
  if (described?.status.name !== 'RUNNING') return null;
  const handle = client.workflow.getHandle(`${cleanUpPrefix}${runId}`, described.runId);
  await handle.cancel().catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error; // it has ended by itself
  });
  const endMs = Date.now() + endWithinMs;
  while (Date.now() < endMs) {
    const ending = await handle.describe();
    if (ending.status.name !== 'RUNNING') return stateIn(ending);
    await delay(lookEveryMs);
  }
  throw new LonghaulError(
    'WORKER_SILENT',
    `the cleanup of ${runId} does not end: no worker finishes what it has under way`,
  );
}
