/** When a schedule comes: its next times, and the times that a backfill would make up for. */
import type { Client } from '@temporalio/client';
import { optionalDateToTs, requiredTsToDate } from '@temporalio/common/lib/time.js';
import { parseDuration } from '../pipeline/durations.js';
import { LonghaulError } from '../pipeline/errors.js';
import { runIdOf } from '../pipeline/ids.js';
import { type LocalTime, localTimeOf } from '../pipeline/time-zones.js';
import { type OwnSchedule, heldBackOf } from './schedule-view.js';

/** A time of a schedule. */
export interface ScheduleTime extends LocalTime {
  /** How far the clocks of the zone were moved since the time before: `60` when daylight saving time began. */
  readonly clocksMovedMinutes?: number;
}

/** What a backfill would start. */
export interface BackfillPlan {
  readonly name: string;
  readonly start: string;
  readonly end: string;
  readonly times: readonly ScheduleTime[];
  /** Of these times there is a run already: they start nothing. */
  readonly existing: readonly ScheduleTime[];
}

/** Temporal answers with so many times at most, the first ones. */
const temporalMax = 1_000;
const dayMs = 86_400_000;
/** 29 February of a given day of the week comes every 28 years, and after 40 where a century has no leap day. */
const farMs = 41 * 366 * dayMs;

/**
 * The next `count` times after `after`, also of a schedule that is paused. Jitter is in them; a time may fall away
 * by the overlap policy.
 */
export async function nextTimesOf(
  client: Client,
  { description, definition }: OwnSchedule,
  { count, after }: { readonly count: number; readonly after: Date },
): Promise<readonly ScheduleTime[]> {
  const times: Date[] = [];
  const farthest = after.getTime() + farMs;
  // A range that is soon over first: Temporal works out every time of it.
  for (let spanMs = dayMs, from = after; times.length < count && from.getTime() < farthest; spanMs *= 8) {
    const to = new Date(Math.min(from.getTime() + spanMs, farthest));
    times.push(...(await timesWithin(client, description.scheduleId, from, to)));
    from = to;
  }
  return withClocks(times.slice(0, count), definition.timeZone, after);
}

/**
 * What a backfill of a past time would start, both ends within it.
 * @throws LonghaulError `SCHEDULE_INVALID` for a time that is none or not past, `SCHEDULE_BUSY`, `BACKFILL_TOO_LARGE`
 */
export async function planBackfillOf(
  client: Client,
  own: OwnSchedule,
  { start, end }: { readonly start: Date; readonly end: Date },
): Promise<BackfillPlan> {
  checkPast(start, end);
  const { scheduleId } = own.description;
  const heldBack = heldBackOf(own.description);
  // Temporal does not tell which: one of them asked for again would be started twice.
  if (heldBack > 0)
    throw new LonghaulError(
      'SCHEDULE_BUSY',
      `${heldBack} ticks of ${scheduleId} still wait for the run that goes on; nothing was started`,
    );
  const { timeZone } = own.definition;
  // Here Temporal takes the beginning as outside of the range.
  const all = await timesWithin(client, scheduleId, new Date(start.getTime() - 1), end);
  if (all.length >= temporalMax)
    throw new LonghaulError(
      'BACKFILL_TOO_LARGE',
      `the backfill would start ${temporalMax} runs or more, and Temporal holds back so many at most; take it in parts`,
    );
  const ticked = await ticksOf(client, own, { start, end });
  const isThere = new Set(
    // With jitter a time is up to so much later than its tick, but always before the next tick.
    all.filter((at, index) => ticked.some((tick) => tick <= at && tick > (all[index - 1] ?? new Date(0)))),
  );
  const times = withClocks(all, timeZone, start);
  const has = ({ at }: ScheduleTime) => [...isThere].some((there) => there.toISOString() === at);
  return {
    name: scheduleId,
    start: start.toISOString(),
    end: end.toISOString(),
    times: times.filter((time) => !has(time)),
    existing: times.filter(has),
  };
}

function checkPast(start: Date, end: Date): void {
  const refused = (pointer: string, message: string) =>
    new LonghaulError('SCHEDULE_INVALID', message, { fields: [{ pointer, detail: message }] });
  if (end < start) throw refused('/end', 'the end of a backfill must not be before its start');
  if (end.getTime() > Date.now())
    throw refused('/end', 'the end of a backfill is in the future: those runs will come by themselves');
}

/** The ticks of which Temporal still keeps a run. */
async function ticksOf(
  client: Client,
  { description: { scheduleId }, definition }: OwnSchedule,
  { start, end }: { readonly start: Date; readonly end: Date },
): Promise<Date[]> {
  const prefix = `${runIdOf(definition.pipeline, definition.name)}-`;
  const jitterMs = parseDuration(definition.jitter ?? '') ?? 0;
  const from = new Date(start.getTime() - jitterMs - 1_000);
  const query = `TemporalScheduledById = '${scheduleId}' AND TemporalScheduledStartTime BETWEEN '${from.toISOString()}' AND '${end.toISOString()}'`;
  const ticks: Date[] = [];
  for await (const { workflowId } of client.workflow.list({ query }))
    if (workflowId.startsWith(prefix)) ticks.push(new Date(workflowId.slice(prefix.length)));
  return ticks;
}

/**
 * The ranges that make Temporal start these times and no others. A time that has a run already must not be in them:
 * once that run has ended, Temporal would start it again under the same id.
 */
export function rangesOf({ start, times, existing }: BackfillPlan): { start: Date; end: Date }[] {
  const all = [...times, ...existing].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const missing = new Set(times);
  const ranges: { start: Date; end: Date }[] = [];
  let from = new Date(start);
  let isOpen = false;
  for (const time of all) {
    const at = new Date(time.at);
    const last = ranges.at(-1);
    if (!missing.has(time)) isOpen = false;
    else if (isOpen && last !== undefined) last.end = at;
    else {
      // Right after the time before: with jitter, the tick of a time lies before it.
      ranges.push({ start: from, end: at });
      isOpen = true;
    }
    from = new Date(at.getTime() + 1); // Temporal takes both ends of a backfill as within it
  }
  return ranges;
}

async function timesWithin(client: Client, scheduleId: string, start: Date, end: Date): Promise<Date[]> {
  const { startTime } = await client.workflowService.listScheduleMatchingTimes({
    namespace: client.options.namespace,
    scheduleId,
    startTime: optionalDateToTs(start) ?? null,
    endTime: optionalDateToTs(end) ?? null,
  });
  return startTime.map((time) => requiredTsToDate(time, 'startTime'));
}

/** Marks the times before which clocks were moved. */
function withClocks(times: readonly Date[], timeZone: string, since: Date): ScheduleTime[] {
  let { offsetMinutes: last } = localTimeOf(since, timeZone);
  return times.map((at) => {
    const time = localTimeOf(at, timeZone);
    const moved = time.offsetMinutes - last;
    last = time.offsetMinutes;
    return moved === 0 ? time : { ...time, clocksMovedMinutes: moved };
  });
}
