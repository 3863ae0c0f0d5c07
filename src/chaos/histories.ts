/** Histories of runs, as steps that a person can read and a check can count. */
import type { Client } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import type { HistoryStep } from './evidence.js';

type Event = NonNullable<History['events']>[number];

/** The history of a run’s present attempt; `null` when Temporal does not know the run. */
export const fetchHistory = (client: Client, runId: string): Promise<History> =>
  client.workflow.getHandle(runId).fetchHistory();

/** Each event in words. */
export function stepsOf({ events }: History): HistoryStep[] {
  const names = new Map<string, string>();
  return (events ?? []).map((event) => {
    const scheduled = event.activityTaskScheduledEventAttributes?.activityType?.name ?? undefined;
    if (scheduled !== undefined) names.set(String(event.eventId), scheduled);
    return {
      atMs: timeOf(event),
      text: `${String(event.eventId)} ${wordsOf(event, names)}`,
      ...(scheduled !== undefined && { scheduled }),
      ...taskOf(event),
    };
  });
}

/** A task is known by the event that asked for it. */
function taskOf(event: Event): Pick<HistoryStep, 'asks' | 'begins' | 'ends'> {
  const { activityTaskScheduledEventAttributes: activity, workflowTaskScheduledEventAttributes: workflow } =
    event;
  if (activity ?? workflow) return { asks: String(event.eventId) };
  const begun = event.activityTaskStartedEventAttributes ?? event.workflowTaskStartedEventAttributes;
  if (begun) return { begins: String(begun.scheduledEventId) };
  const ended =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes ??
    event.activityTaskCanceledEventAttributes ??
    event.workflowTaskCompletedEventAttributes ??
    event.workflowTaskFailedEventAttributes ??
    event.workflowTaskTimedOutEventAttributes;
  return ended ? { ends: String(ended.scheduledEventId) } : {};
}

const timeOf = ({ eventTime }: Event): number =>
  Number(eventTime?.seconds ?? 0) * 1_000 + Math.floor((eventTime?.nanos ?? 0) / 1_000_000);

function wordsOf(event: Event, names: ReadonlyMap<string, string>): string {
  const scheduled = event.activityTaskScheduledEventAttributes;
  const started = event.activityTaskStartedEventAttributes;
  const failed = event.activityTaskFailedEventAttributes;
  const nameOf = (id: unknown): string => names.get(String(id)) ?? '';
  if (scheduled) return `${scheduled.activityType?.name ?? ''} scheduled`;
  if (started)
    return `${nameOf(started.scheduledEventId)} started, try ${started.attempt ?? 1}${
      started.lastFailure?.message ? `; before: ${started.lastFailure.message}` : ''
    }`;
  if (failed) return `${nameOf(failed.scheduledEventId)} failed: ${failed.failure?.message ?? ''}`;
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) return `${nameOf(completed.scheduledEventId)} completed`;
  const kind = Object.keys(event).find((key) => key.endsWith('EventAttributes')) ?? 'event';
  return kind.replace('EventAttributes', '');
}
