/** Schedules as seen from outside: what was defined, how it stands, what it has started, when it comes next. */
import type {
  Client,
  ScheduleDescription as TemporalDescription,
  ScheduleSummary as TemporalSummary,
} from '@temporalio/client';
import { writeDuration } from '../../run/schedules/durations.js';
import type { Asker, RunStart, RunStatus } from '../../run/steps.js';
import { type LocalTime, localTimeOf } from '../../run/schedules/time-zones.js';
import { summaryOf } from '../runs/list.js';
import type { PipelineDocument } from '../../run/documents/documents.js';
import type { CheckedSchedule } from './door.js';
import { scheduleUnknown } from './door.js';
import { type TakenTick, takenTicksOf } from './taken.js';
import { type ScheduleState, type StoredSchedule, storedKey } from './spec.js';
import { connectionIn, connectionsMore } from '../starting.js';

/** A run that a schedule has started. */
export interface ScheduledRun {
  readonly runId: string;
  readonly attemptId: string;
  /** The tick; a run may have been started later. */
  readonly scheduledAt: string;
  readonly startedAt: string;
  /** Left out when Temporal no longer keeps the run. */
  readonly status?: RunStatus;
}

/** A schedule, at any moment. */
export interface ScheduleDescription {
  readonly name: string;
  readonly pipeline: string;
  readonly connection: string;
  /** Where its runs act on more than one: every one of them. */
  readonly connections?: readonly string[];
  /** As it was checked: with its defaults. */
  readonly definition: Omit<CheckedSchedule, 'document'>;
  /** The document that its runs are of, as it was when the definition was written. */
  readonly document?: PipelineDocument;
  /** `apply`: made from a file, and deleted by `apply --prune` when the file is gone. */
  readonly madeBy?: 'apply';
  readonly state: ScheduleState;
  readonly createdAt: string;
  readonly updatedAt?: string;
  readonly counts: {
    readonly started: number;
    /** Ticks that started nothing because the last run went on. */
    readonly skippedByOverlap: number;
    /** Ticks that came too late for the catch-up window. */
    readonly missedCatchUpWindow: number;
  };
  /** Newest first. */
  readonly runs: readonly ScheduledRun[];
  /** Ticks that could not start their run, newest first. */
  readonly failed: readonly TakenTick[];
  readonly next: readonly LocalTime[];
}

/** A schedule as lists show it. */
export interface ScheduleSummary {
  readonly name: string;
  readonly pipeline: string;
  readonly connection: string;
  /** In words, such as `0 2 * * *`. */
  readonly when: string;
  readonly timeZone: string;
  readonly paused: boolean;
  readonly note?: string;
  readonly next?: string;
  readonly last?: { readonly runId: string; readonly startedAt: string };
}

/** A schedule of ours, as Temporal describes it. */
export interface OwnSchedule {
  readonly description: TemporalDescription;
  readonly definition: CheckedSchedule;
  readonly stored: StoredSchedule;
  readonly notify: RunStart<unknown>['notify'];
  /** Who let it tick, or had it make up for a past time. */
  readonly askers: readonly Asker[];
}

/** @throws LonghaulError `SCHEDULE_UNKNOWN` for a schedule that somebody else made */
export function ownOf(description: TemporalDescription): OwnSchedule {
  const stored = description.action.memo?.[storedKey] as StoredSchedule | undefined; // who creates one of ours sets it
  const start = description.action.args?.[0] as RunStart<CheckedSchedule['input']> | undefined; // likewise
  if (stored === undefined || start === undefined) throw scheduleUnknown(description.scheduleId);
  return {
    description,
    definition: {
      ...{ ...stored.definition, input: start.input },
      ...(start.document && { document: start.document }),
    },
    stored,
    notify: start.notify,
    askers: start.trigger.askers ?? [],
  };
}

/** How many ticks wait for the run that goes on to end. */
export const heldBackOf = ({ raw }: TemporalDescription): number => Number(raw.info?.bufferSize ?? 0);

/** Describes a schedule with the status of its last runs; costs one call to Temporal for each of them. */
export async function scheduleViewOf(
  client: Client,
  { description, definition, stored }: OwnSchedule,
): Promise<ScheduleDescription> {
  const { document, ...shown } = definition;
  const { info, state } = description;
  const runs = await Promise.all(
    info.recentActions.map(async ({ action: { workflow }, scheduledAt, takenAt }) => ({
      runId: workflow.workflowId,
      attemptId: workflow.firstExecutionRunId,
      scheduledAt: scheduledAt.toISOString(),
      startedAt: takenAt.toISOString(),
      ...(await statusOf(client, workflow.workflowId)),
    })),
  );
  return {
    name: definition.name,
    pipeline: definition.pipeline,
    connection: connectionIn(definition),
    ...connectionsMore(definition),
    definition: shown,
    ...(document && { document }),
    ...(stored.madeBy && { madeBy: stored.madeBy }),
    state: { paused: state.paused, ...(state.note && { note: state.note }) },
    createdAt: info.createdAt.toISOString(),
    ...(info.lastUpdatedAt && { updatedAt: info.lastUpdatedAt.toISOString() }),
    counts: {
      started: info.numActionsTaken,
      skippedByOverlap: info.numActionsSkippedOverlap,
      missedCatchUpWindow: info.numActionsMissedCatchupWindow,
    },
    runs: runs.reverse(),
    failed: await takenTicksOf(client, definition),
    next: state.paused ? [] : info.nextActionTimes.map((at) => localTimeOf(at, definition.timeZone)),
  };
}

async function statusOf(client: Client, runId: string): Promise<{ status?: RunStatus }> {
  try {
    return { status: summaryOf(await client.workflow.getHandle(runId).describe()).status };
  } catch {
    return {}; // its retention is over
  }
}

/** A row of a list. What is not ours is not in it: the query sees to that. */
export function rowOf({
  scheduleId,
  spec,
  state,
  info,
  typedSearchAttributes,
}: TemporalSummary): ScheduleSummary {
  const own = new Map(
    (typedSearchAttributes?.getAll() ?? []).map(({ key, value }) => [key.name, String(value)] as const),
  );
  const [next] = info.nextActionTimes;
  const last = info.recentActions.at(-1);
  return {
    name: scheduleId,
    pipeline: own.get('LonghaulPipeline') ?? '',
    connection: own.get('LonghaulConnection') ?? '',
    when: [
      ...(spec?.calendars ?? []).map(({ comment = '' }) => comment),
      ...(spec?.intervals ?? []).map(({ every }) => `every ${writeDuration(every)}`),
    ].join('; '),
    timeZone: spec?.timezone === undefined || spec.timezone === '' ? 'UTC' : spec.timezone,
    paused: state.paused,
    ...(state.note && { note: state.note }),
    ...(next && !state.paused && { next: next.toISOString() }),
    ...(last && {
      last: { runId: last.action.workflow.workflowId, startedAt: last.takenAt.toISOString() },
    }),
  };
}
