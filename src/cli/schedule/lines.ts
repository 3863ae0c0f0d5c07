/** Schedules as people read them. */
import { stringify } from 'yaml';
import type { FieldChange, ScheduleDescription, ScheduleSummary, ScheduleTime } from '../../client.js';
import { writeDuration } from '../../run/schedules/durations.js';
import { type Paint, cut, harmless } from '../terminal/paint.js';
import { tableLines } from '../terminal/table.js';
import { showStatus } from '../run/view/tree.js';

/** A table with a heading; nothing for no schedules. */
export const scheduleLines = (schedules: readonly ScheduleSummary[]): string[] =>
  tableLines(
    ['NAME', 'PIPELINE', 'CONNECTION', 'WHEN', 'ZONE', 'NEXT', 'LAST RUN', 'NOTE'],
    schedules.map(({ name, pipeline, connection, when, timeZone, next, last, paused, note = '' }) =>
      [
        name,
        pipeline,
        connection,
        cut(when, 40),
        timeZone,
        paused ? 'paused' : next === undefined ? 'never' : `${next.slice(0, 19)}Z`,
        last === undefined ? '' : `${last.startedAt.slice(0, 19)}Z`,
        note,
      ].map(harmless),
    ),
  );

/** One line each, in the zone; says before which the clocks are moved. */
export const timeLines = (times: readonly ScheduleTime[], paint: Paint): string[] =>
  times.map((time) => {
    const { local, weekday, clocksMovedMinutes = 0 } = time;
    const line = `${local.slice(0, 10)} ${local.slice(11, 19)} ${local.slice(19)} ${weekday}`;
    if (clocksMovedMinutes === 0) return line;
    const by = writeDuration(Math.abs(clocksMovedMinutes) * 60_000);
    const how = clocksMovedMinutes > 0 ? 'forward' : 'back';
    return `${line}  ${paint('yellow', `clocks have gone ${by} ${how} since the time before`)}`;
  });

/** One schedule: its state, last runs, failed starts, next times, and its definition as YAML that a file could hold. */
export function descriptionLines(schedule: ScheduleDescription, paint: Paint): string[] {
  const { name, pipeline, connection, state, counts, runs, failed, next, madeBy } = schedule;
  const { paused, note } = state;
  return [
    `${paint('bold', name)}  ${paused ? paint('yellow', 'paused') : 'ticks'}  ${pipeline} on ${connection}${madeBy === undefined ? '' : '  by schedule apply'}`,
    ...(note === undefined ? [] : [`  note      ${harmless(note)}`]),
    `  runs      ${counts.started} started, ${counts.skippedByOverlap} skipped by overlap, ${counts.missedCatchUpWindow} missed the catch-up window`,
    ...runs.map(
      ({ runId, status, startedAt }) =>
        `    ${harmless(runId)}  ${status === undefined ? 'no longer kept' : showStatus(paint, status)}  ${startedAt.slice(0, 19)}Z`,
    ),
    ...failed.map(
      ({ runId, reason, scheduledAt }) =>
        `    ${harmless(runId)}  ${paint('red', 'could not start')}  ${scheduledAt.slice(0, 19)}Z  ${harmless(reason)}`,
    ),
    '  next',
    ...(next.length === 0 ? [paused ? '    none while it is paused' : '    never'] : []),
    ...timeLines(next, paint).map((line) => `    ${line}`),
    '  definition',
    ...yamlLines(schedule.definition).map((line) => `    ${line}`),
  ];
}

const yamlLines = (value: unknown): string[] => stringify(value).trimEnd().split('\n').map(harmless);

/** What an update changes, a line for each field. */
export const fieldChangeLines = (changes: readonly FieldChange[]): string[] =>
  changes.map(({ field, from, to }) => `${harmless(field)}: ${shown(from)} → ${shown(to)}`);

const shown = (value: unknown): string =>
  value === undefined ? '(not there)' : harmless(cut(JSON.stringify(value), 120));
