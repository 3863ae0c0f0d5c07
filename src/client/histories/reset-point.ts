/** Where in a history a step began: what a reset begins again from. */
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { type Graph, earlierSteps, laterSteps } from '../../pipelines/order.js';
import { type PlacedActivity, type RecordedRun, placedActivities } from '../../pipelines/recorded.js';
import { wholeOf } from '../../steps/ends.js';
import { eventIdOf } from './history.js';

/** An event’s id as Temporal’s client keeps it. */
export type EventId = NonNullable<NonNullable<History['events']>[number]['eventId']>;

interface Sought {
  readonly run: RecordedRun;
  /** The steps that the input asks for. */
  readonly graph: Graph;
  readonly step: string;
  /** Whether the run stands at the step, or has ended in it. */
  readonly isLast: boolean;
  /** Of a run that goes on: the steps whose outputs its history tells. One that calls nothing has begun where all before it have. */
  readonly ended?: ReadonlySet<string> | undefined;
}

/**
 * The workflow task in which a step began, by the event of its end; `null` where the attempt has not come to it. Steps beside
 * it may have begun and ended before and after.
 */
export function beginningOf(history: History, { run, graph, step, isLast, ended }: Sought): EventId | null {
  const calls = placedActivities(run)
    .filter(({ isUndo }) => !isUndo)
    .map((call) => ({ ...call, own: call.step, step: wholeOf(call.step) }));
  const later = laterSteps(graph, step);
  const first = calls.find((call) => call.step === step || later.has(call.step));
  const ofFirst = taskOf(history, first?.eventId);
  if (first?.step === step || step in run.carried) return ofFirst;
  const earlier = earlierSteps(graph).get(step) ?? new Set<string>();
  const before = calls.filter((call) => earlier.has(call.step));
  const isReached = ended !== undefined && before.every((call) => ended.has(call.own));
  if (first === undefined && !isLast && !isReached) return null;
  // A step that calls nothing is judged in the task after the last call before it; those after it may begin later.
  return taskAfter(history, before) ?? ofFirst;
}

/** The workflow task that scheduled an activity. */
function taskOf({ events }: History, scheduled: number | undefined): EventId | null {
  const event = events?.find((one) => eventIdOf(one) === scheduled);
  return event?.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId ?? null;
}

/** The first workflow task after the last of these calls had ended; `null` where none has. */
function taskAfter({ events }: History, calls: readonly PlacedActivity[]): EventId | null {
  const scheduled = new Set(calls.map(({ eventId }) => eventId));
  const completed = events?.findLast(({ activityTaskCompletedEventAttributes: end }) =>
    scheduled.has(Number(end?.scheduledEventId)),
  );
  const task = events?.find(
    (event) =>
      completed !== undefined &&
      event.workflowTaskCompletedEventAttributes &&
      eventIdOf(event) > eventIdOf(completed),
  );
  return task?.eventId ?? null;
}
