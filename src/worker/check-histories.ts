/** Replays recorded histories against workflow code, and says where it would do another thing than was recorded. */
import { setTimeout as delay } from 'node:timers/promises';
import { defaultPayloadConverter } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { Runtime, Worker } from '@temporalio/worker';
import { eventIdOf, recordedRunOf } from '../client/histories/history.js';
import { createLogger } from '../observability/logger.js';
import { temporalLogger } from '../observability/temporal-logger.js';
import { placedActivities } from '../pipelines/recorded.js';

/** A history and where it comes from. */
export interface NamedHistory {
  /** A file, or a run and its attempt. */
  readonly name: string;
  readonly workflowId: string;
  readonly history: History;
}

/** Where the code leaves what was recorded. Parts that nothing tells are left out. */
export interface Divergence {
  readonly eventId?: number;
  readonly activity?: string;
  readonly step?: string;
  readonly reason: string;
}

export interface CheckedHistory {
  readonly name: string;
  readonly events: number;
  readonly divergence: Divergence | null;
}

/** Longer than any history takes. Code that throws is tried again for ever, and would never be heard of. */
const withinMs = 30_000;

/** Keeps Temporal from logging each divergence, which is told by the results. Once per process, and first. */
export const silenceRuntime = (): void =>
  void Runtime.install({
    logger: temporalLogger(createLogger('silent')),
    telemetryOptions: { logging: { forward: {}, filter: 'OFF' } },
  });

/** Checks one history after the other; holds one at a time. Ends with the first that does not come to an end. */
export async function* checkHistories(
  histories: AsyncIterable<NamedHistory> | Iterable<NamedHistory>,
  { bundle }: { readonly bundle: string },
): AsyncGenerator<CheckedHistory> {
  const fed: NamedHistory[] = [];
  const results = Worker.runReplayHistories({ workflowBundle: { codePath: bundle } }, feed(histories, fed));
  for (;;) {
    const stuck = new AbortController();
    const late = delay(withinMs, 'late' as const, { signal: stuck.signal, ref: false });
    late.catch(() => undefined); // aborted: the history was replayed in time
    const next = await Promise.race([results.next(), late]);
    stuck.abort();
    const current = fed.shift();
    if (next === 'late') {
      if (current !== undefined) yield checked(current, stuckReason);
      return;
    }
    if (next.done === true || current === undefined) return;
    yield checked(current, next.value.error?.message ?? null);
  }
}

const stuckReason = `it was not replayed within ${withinMs / 1_000} s: the code fails or waits where it did not`;

async function* feed(histories: AsyncIterable<NamedHistory> | Iterable<NamedHistory>, fed: NamedHistory[]) {
  for await (const named of histories) {
    fed.push(named);
    yield { workflowId: named.workflowId, history: named.history };
  }
}

function checked({ name, history }: NamedHistory, message: string | null): CheckedHistory {
  const events = history.events?.length ?? 0;
  return { name, events, divergence: message === null ? null : divergenceOf(history, message) };
}

/** Temporal says it in a sentence: the event, or only the activity that was recorded there, by its id or its type. */
function divergenceOf(history: History, message: string): Divergence {
  const reason = (
    /message: "(?:\[\w+\] )?(?:Nondeterminism error: )?(.*?)", source:/.exec(message)?.[1] ?? message
  )
    .replaceAll(String.raw`\"`, '"')
    .slice(0, 500);
  const run = recordedRunOf(history);
  const placed = run === null ? [] : placedActivities(run);
  const said = /HistoryEvent\(id: (\d+)/.exec(reason)?.[1];
  const scheduled = /of scheduled event '([^']*)'/.exec(reason)?.[1];
  const eventId =
    said === undefined
      ? (scheduledAs(history, scheduled) ?? placed.find((one) => one.name === scheduled)?.eventId)
      : Number(said);
  if (eventId === undefined) return { reason };
  const event = history.events?.find((one) => eventIdOf(one) === eventId);
  const at = placed.find((one) => one.eventId === scheduledOf(event, eventId));
  // Between two activities it is of the step that the run announced there, or else that had begun.
  const step =
    at?.step ??
    announcedStepOf(event) ??
    placed.findLast((one) => one.eventId <= eventId && !one.isUndo)?.step;
  return { eventId, ...(at && { activity: at.name }), ...(step !== undefined && { step }), reason };
}

type HistoryEvent = NonNullable<History['events']>[number];

/** The event that scheduled the activity of an id. */
function scheduledAs({ events }: History, activityId: string | undefined): number | undefined {
  const event = events?.find(
    ({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled != null && scheduled.activityId === activityId,
  );
  return event && eventIdOf(event);
}

/** The event that scheduled the activity which an event is of. */
function scheduledOf(event: HistoryEvent | undefined, eventId: number): number {
  const end =
    event?.activityTaskStartedEventAttributes ??
    event?.activityTaskCompletedEventAttributes ??
    event?.activityTaskFailedEventAttributes;
  return end ? Number(end.scheduledEventId) : eventId;
}

/** The step at which the run parked or ended, where an event says it. */
function announcedStepOf(event: HistoryEvent | undefined): string | undefined {
  const attributes = event?.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
  const step = attributes?.['LonghaulStep'];
  return step ? (defaultPayloadConverter.fromPayload<string | null>(step) ?? undefined) : undefined;
}
