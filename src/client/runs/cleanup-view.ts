/** What goes on after the end of a run, as it stands now. */
import {
  type Client,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
  defaultPayloadConverter,
} from '@temporalio/client';
import { cleanUpPrefix } from '../../run/ids.js';
import type { Cleanup, LeftBehind, RemoteReference, Run } from '../../run/steps.js';
import type { CleanUpState } from '../../run/undoing/undoing.js';

/** How a run’s cleanup stands now: what the run itself has undone, and what was since. */
export async function cleanupNow(client: Client, run: Run): Promise<Cleanup | undefined> {
  const described = mayGoOn(run) ? await describedCleanUp(client, run.runId) : null;
  if (described === null) return run.cleanup;
  const state = stateIn(described);
  if (state !== null && state.attemptId !== run.attemptId) return run.cleanup;
  const leftBehind = state === null ? (run.cleanup?.leftBehind ?? []) : leftNow(described, state);
  return {
    undone: unique([...(run.cleanup?.undone ?? []), ...(state?.undone ?? [])]),
    leftBehind,
    afterwards:
      described.status.name === 'RUNNING'
        ? 'going-on'
        : isCutOff(described, run.attemptId)
          ? 'cut-off'
          : 'done',
  };
}

/** Whether the cleanup of an attempt was ended before it was done. */
export function isCutOff(described: WorkflowExecutionDescription, attemptId: string): boolean {
  const state = stateIn(described);
  return isEndedEarly(described) && state?.attemptId === attemptId && state.open.length > 0;
}

/** Whether it was ended from outside. */
export const isEndedEarly = ({ status, closeTime }: WorkflowExecutionDescription): boolean =>
  closeTime !== undefined && status.name !== 'COMPLETED';

/** Only of these is Temporal asked once more. */
const mayGoOn = ({ endedAt, status, cleanup, notice }: Run): boolean =>
  endedAt !== undefined &&
  (notice !== undefined || // it could not be asked what it has left
    cleanup?.afterwards !== undefined ||
    (cleanup?.leftBehind.length ?? 0) > 0 ||
    status === 'terminated' ||
    status === 'timed-out');

const unique = (objects: readonly RemoteReference[]): RemoteReference[] => [
  ...new Map(objects.map((object) => [`${object.kind} ${object.id}`, object] as const)).values(),
];

/** What Temporal knows of the last cleanup of a run; `null` when there was none. */
export async function describedCleanUp(
  client: Client,
  runId: string,
): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(`${cleanUpPrefix}${runId}`).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** How far it has come; `null` before its first task. */
export const stateIn = ({ memo }: WorkflowExecutionDescription): CleanUpState | null =>
  (memo?.['cleanup'] as CleanUpState | undefined) ?? null; // the workflow of this name writes it

type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** What is open is told by the last try of its activity. */
function leftNow({ raw }: WorkflowExecutionDescription, { leftBehind, open }: CleanUpState): LeftBehind[] {
  const pending = new Map((raw.pendingActivities ?? []).map((one) => [one.activityId ?? '', one] as const));
  const opened = open.flatMap(({ key, left }) => {
    const activity = pending.get(key);
    return activity === undefined ? left : leftIn(activity, left);
  });
  return [...leftBehind, ...opened];
}

function leftIn({ lastFailure, nextAttemptScheduleTime: next }: Pending, known: readonly LeftBehind[]) {
  const [details] = lastFailure?.applicationFailureInfo?.details?.payloads ?? [];
  const told = details ? defaultPayloadConverter.fromPayload<readonly LeftBehind[]>(details) : null; // as `undo` throws it
  const message = lastFailure?.message;
  const untold = known.map((left) => (message ? { ...left, reason: message } : left));
  const nextTryAt = next?.seconds && new Date(Number(next.seconds) * 1_000).toISOString();
  return (told ?? untold).map((left) => (nextTryAt ? { ...left, nextTryAt } : left));
}
