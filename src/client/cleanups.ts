/** The cleanup of a run: tried now, or ended before the run goes on. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { LonghaulError } from '../run/failures/errors.js';
import { cleanUpPrefix, cleanUpWorkflow, moreToCleanSignalName, pipelinesQueue } from '../run/ids.js';
import { leftoversOf } from '../pipelines/leftovers.js';
import type { AttemptRecord } from '../run/replays/replays.js';
import type { Cleanup } from '../run/steps.js';
import type { CleanUpStart, CleanUpState } from '../run/undoing/undoing.js';
import { readAttempt } from './attempts.js';
import { attemptIdOf, describeAttempt } from './executions.js';
import { describedCleanUp, isCutOff, isEndedEarly, stateIn } from './runs/cleanup-view.js';
import { update } from './updating.js';
import { viewOf } from './runs/view.js';

/** For so long a cleanup that was asked for is waited for; it goes on without whoever asked. */
const tryWithinMs = 20_000;
/** It is told when the tries that are under way have ended. */
const toldWithinMs = 40_000;
/** A try that is under way when the run goes on has ended by then. */
const endWithinMs = 60_000;
const lookEveryMs = 250;
/** What was ended is begun again also when whoever asked has no time left. */
const beginAgainWithinMs = 10_000;

/**
 * Tries now what the last attempt of a run has left, whether its cleanup goes on or has ended, and waits for the first
 * try of each part.
 * @throws LonghaulError `RUN_GOES_ON`, `WORKER_SILENT`
 */
export async function cleanUpNow(client: Client, runId: string): Promise<Cleanup> {
  const { status } = await client.workflow.getHandle(runId).describe();
  if (status.name === 'RUNNING')
    throw new LonghaulError('RUN_GOES_ON', `run ${runId} goes on, and cleans up by itself when it ends`);
  const record = await readAttempt(client, runId);
  await restartCleanUp(client, record);
  const { runId: executionId } = await describeAttempt(client, runId, record.attemptId);
  const handle = client.workflow.getHandle(runId, executionId);
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
    if (described === null || isTried(described)) return;
    if (Date.now() > endMs) {
      if (stateIn(described) !== null) return;
      throw new LonghaulError(
        'WORKER_SILENT',
        `no worker has begun to clean up after ${runId} in time; it is begun as soon as one is there`,
      );
    }
    await delay(lookEveryMs);
  }
}

/** Starts the cleanup of what an attempt has left; one that goes on is left as it is, unless it is to be replaced. */
async function startCleanUp(
  client: Client,
  start: CleanUpStart,
  { replaces = false }: { readonly replaces?: boolean } = {},
): Promise<void> {
  await client.workflow.start(cleanUpWorkflow, {
    ...startOf(start),
    workflowIdConflictPolicy: replaces ? 'TERMINATE_EXISTING' : 'USE_EXISTING',
  });
}

/**
 * Has the cleanup of a run do these calls too. The attempt that goes on may have begun one of its own meanwhile, which knows
 * nothing of them.
 */
export async function addToCleanUp(client: Client, start: CleanUpStart): Promise<void> {
  const { attemptId, calls } = start;
  await client.workflow.signalWithStart(cleanUpWorkflow, {
    ...startOf({ ...start, calls: [] }),
    signal: moreToCleanSignalName,
    signalArgs: [{ attemptId, calls }],
  });
}

const startOf = (start: CleanUpStart) =>
  ({
    workflowId: `${cleanUpPrefix}${start.runId}`,
    taskQueue: pipelinesQueue,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    args: [start],
    staticSummary: `what ${start.runId} has left`,
  }) as const;

/** Whether one goes on that has been told to try now. */
async function isTold(client: Client, { runId, attemptId, calls }: CleanUpStart): Promise<boolean> {
  try {
    const handle = client.workflow.getHandle(`${cleanUpPrefix}${runId}`);
    await update(handle, 'tryNow', { attemptId, calls }, { withinMs: toldWithinMs });
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

const isTried = (described: WorkflowExecutionDescription): boolean =>
  !isGoingOn(described) ||
  (stateIn(described) !== null &&
    (described.raw.pendingActivities ?? []).every(({ attempt }) => (attempt ?? 1) > 1));

/**
 * Whether a run that has ended has left a job or a build that is known and not stopped yet. Both end by themselves sooner or
 * later; a version that nobody may stop serves for ever, and is replaced by the next one.
 */
export async function hasLeftRunning(
  client: Client,
  { runId, attemptId }: Pick<CleanUpStart, 'runId' | 'attemptId'>,
): Promise<boolean> {
  const described = await describedCleanUp(client, runId);
  if (described === null || (!isGoingOn(described) && !isCutOff(described, attemptId))) return false;
  const state = stateIn(described);
  if (state === null) return true; // it says so with its first task
  const left = [...state.leftBehind, ...state.open.flatMap((one) => one.left)];
  return left.some(({ kind }) => kind === 'job' || kind === 'revision');
}

/**
 * How the cleanup of an attempt that has ended stands: one that goes on has something `left`. One that Temporal has ended
 * could undo nothing itself: unless somebody has asked for it since, what it has left is undone from now on.
 */
export async function continueCleanUp(
  client: Client,
  ended: WorkflowExecutionDescription,
): Promise<'left' | 'done'> {
  const { workflowId: runId, status } = ended;
  const attemptId = attemptIdOf(ended);
  const described = await describedCleanUp(client, runId);
  if (described !== null && (isGoingOn(described) || isCutOff(described, attemptId))) return 'left';
  const isClean = described !== null && stateIn(described)?.attemptId === attemptId;
  if (isClean || !['TERMINATED', 'TIMED_OUT'].includes(status.name)) return 'done';
  const record = await readAttempt(client, runId, attemptId);
  const start = { connection: record.connection, runId, attemptId, calls: leftoversOf(record) };
  if (start.calls.length === 0) return 'done';
  await addToCleanUp(client, start);
  return 'left';
}

const isGoingOn = ({ status }: WorkflowExecutionDescription): boolean => status.name === 'RUNNING';

/**
 * Ends the cleanup of an attempt that goes on as another: what it would stop is adopted. None of its requests is under
 * way when `perform` is called, with how far it had come; with `null` where there was nothing to end. Where that fails, or
 * the cleanup does not end, it is begun again.
 * @throws LonghaulError `WORKER_SILENT` while it does not end; what `perform` throws
 */
export async function withoutCleanUp<T>(
  client: Client,
  attempt: Omit<CleanUpStart, 'calls'>,
  perform: (ended: CleanUpState | null) => Promise<T>,
): Promise<T> {
  const { runId, attemptId } = attempt;
  const described = await describedCleanUp(client, runId);
  // One that was cut off has its calls open still: whoever ended it has died, or could not begin it again.
  if (described === null || (!isGoingOn(described) && !isCutOff(described, attemptId))) return perform(null);
  const handle = client.workflow.getHandle(`${cleanUpPrefix}${runId}`, described.runId);
  try {
    return await perform(await endCleanUp(handle, runId));
  } catch (error) {
    const again = (): Promise<void> => beginAgain(client, attempt, handle);
    // Where that fails too, the run says that its cleanup was cut off.
    await client.withDeadline(Date.now() + beginAgainWithinMs, again).catch(() => undefined);
    throw error;
  }
}

/** Asks it to end, and waits until it has. */
async function endCleanUp(handle: WorkflowHandle, runId: string): Promise<CleanUpState | null> {
  await handle.cancel().catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error; // it has ended by itself
  });
  const endMs = Date.now() + endWithinMs;
  while (Date.now() < endMs) {
    const ending = await handle.describe();
    if (!isGoingOn(ending)) return stateIn(ending);
    await delay(lookEveryMs);
  }
  throw new LonghaulError(
    'WORKER_SILENT',
    `the cleanup of ${runId} does not end: no worker finishes what it has under way`,
  );
}

/** Begins again what was asked to end, unless the attempt goes on as another after all, and adopts. */
async function beginAgain(
  client: Client,
  { runId, attemptId, connection }: Omit<CleanUpStart, 'calls'>,
  ended: WorkflowHandle,
): Promise<void> {
  const [present, described] = await Promise.all([
    client.workflow.getHandle(runId).describe(),
    ended.describe(),
  ]);
  const isEnding = isGoingOn(described) && described.raw.workflowExtendedInfo?.cancelRequested === true;
  const state = stateIn(described);
  const isLeft = state === null || state.open.length > 0;
  if (attemptIdOf(present) !== attemptId || !isLeft || !(isEnding || isEndedEarly(described))) return;
  const open = state?.open.map(({ call }) => call);
  const known = open?.flatMap((call) => call ?? []);
  const calls =
    known !== undefined && known.length === open?.length
      ? known
      : leftoversOf(await readAttempt(client, runId, attemptId));
  const before = state && { before: { undone: state.undone, leftBehind: state.leftBehind } };
  const start = { connection, runId, attemptId: state?.attemptId ?? attemptId, calls, ...before };
  await startCleanUp(client, start, { replaces: isEnding });
}
