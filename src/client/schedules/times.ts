/** When a schedule comes: its next times, and the times that a backfill would make up for. */
import type { Client } from '@temporalio/client';
import { optionalDateToTs, requiredTsToDate } from '@temporalio/common/lib/time.js';
import { parseDuration } from '../../run/schedules/durations.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { type LocalTime, localTimeOf } from '../../run/schedules/time-zones.js';
import { scheduledIdOf } from './spec.js';
import { type OwnSchedule, heldBackOf } from './view.js';

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
 * @throws LonghaulError `SCHEDULE_INVALID` for more than Temporal tells
 */
export async function nextTimesOf(
  client: Client,
  { description, definition }: OwnSchedule,
  { count, after }: { readonly count: number; readonly after: Date },
): Promise<readonly ScheduleTime[]> {
  if (count > temporalMax)
    throw new LonghaulError('SCHEDULE_INVALID', `Temporal tells ${temporalMax} next times at most`);
  let times: Date[] = [];
  // A range that is soon over first: Temporal works out every time of it. Always from the beginning: with jitter, a tick
  // before the end of a range may come after it, and would be in neither of two.
  for (let spanMs = dayMs; times.length < count && spanMs < 8 * farMs; spanMs *= 8) {
    const to = new Date(after.getTime() + Math.min(spanMs, farMs));
    times = await timesWithin(client, description.scheduleId, after, to);
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
  const { wanted, existing } = await timesToMakeUp(client, own, { start, end });
  const times = withClocks(wanted, own.definition.timeZone, start);
  const isThere = ({ at }: ScheduleTime) => existing.has(Date.parse(at));
  return {
    name: scheduleId,
    start: start.toISOString(),
    end: end.toISOString(),
    times: times.filter((time) => !isThere(time)),
    existing: times.filter(isThere),
  };
}

/** The times of a range, and those of them, in milliseconds, that have a run. */
async function timesToMakeUp(
  client: Client,
  own: OwnSchedule,
  { start, end }: { readonly start: Date; readonly end: Date },
): Promise<{ wanted: Date[]; existing: ReadonlySet<number> }> {
  const { scheduleId } = own.description;
  const jitterMs = parseDuration(own.definition.jitter ?? '') ?? 0;
  // Here Temporal takes the beginning as outside of the range.
  const since = (from: Date) => timesWithin(client, scheduleId, new Date(from.getTime() - 1), end);
  const wanted = await since(start);
  // With jitter a time is later than its tick, but before the next one: which tick it is of, the time before it tells.
  const earlier = new Date(start.getTime() - jitterMs);
  const all = jitterMs === 0 ? wanted : await since(earlier);
  if (all.length >= temporalMax)
    throw new LonghaulError(
      'BACKFILL_TOO_LARGE',
      `the backfill would start about ${temporalMax} runs or more, and Temporal holds back so many at most; take it in parts`,
    );
  const ticks = await ticksOf(client, own, { start: earlier, end });
  const existing = all.filter((at, index) => {
    const before = all[index - 1]?.getTime() ?? 0;
    return ticks.some((tick) => tick.getTime() > before && tick <= at);
  });
  return { wanted, existing: new Set(existing.map((at) => at.getTime())) };
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
  const prefix = `${scheduledIdOf(definition)}-`;
  const query = `TemporalScheduledById = '${scheduleId}' AND TemporalScheduledStartTime BETWEEN '${start.toISOString()}' AND '${end.toISOString()}'`;
  const ticks: Date[] = [];
  for await (const { workflowId } of client.workflow.list({ query }))
    if (workflowId.startsWith(prefix)) ticks.push(new Date(workflowId.slice(prefix.length)));
  return ticks;
}

/**
 * The ranges that make Temporal start these times and no others. A time that has a run already must not be in them:
 * once that run has ended, Temporal would start it again under the same id.
 */
export function backfillRangesOf({ start, times, existing }: BackfillPlan): { start: Date; end: Date }[] {
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
