/**
 * Definitions of schedules: one document, in YAML or JSON, checked whole before anything is created.
 *
 * Workflows know nothing of schedules: zod and the cron library must not enter the workflow bundle.
 */
import { z } from 'zod';
import { type CalendarFieldName, calendarFields, everComes, fieldRule, rangesOf } from './calendars.js';
import { cronFault } from './cron.js';
import { longestDurationMs, parseDuration } from './durations.js';
import { overlaps } from './overlaps.js';
import { zoneFault } from './time-zones.js';

/** What the name of a schedule looks like: it becomes part of run ids, of URLs and of the Temporal schedule id. */
export const ScheduleName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,62}$/,
    'must be up to 63 lower-case letters, digits and "-", beginning with a letter',
  )
  .describe('Names the schedule, and its runs `<pipeline>._<name>-<time>`.');

/** A text that a check of ours judges; the check says what is wrong. */
const judged = (faultOf: (text: string) => string | null) =>
  z
    .string()
    .max(200)
    .superRefine((text, context) => {
      const message = faultOf(text);
      if (message !== null) context.addIssue({ code: 'custom', message });
    });

const duration = (leastMs: number, least: string) =>
  judged((text) => {
    const ms = parseDuration(text);
    if (ms === null) return 'must be a duration such as 90s, 5m, 6h or 3d';
    if (ms % 1_000 !== 0) return 'must be whole seconds';
    return ms < leastMs || ms > longestDurationMs ? `must be from ${least} to 366d` : null;
  });

const time = (what: string) =>
  z
    .string()
    .max(40)
    .refine((text) => z.iso.datetime({ offset: true }).safeParse(text).success, {
      error: 'must be a time that there is, with its zone, such as "2027-01-31T06:00:00Z"',
    })
    .describe(what);

const calendarValue = (field: CalendarFieldName) =>
  z
    .union([
      z.number(),
      z.string().max(200),
      z
        .array(z.union([z.number(), z.string().max(200)]))
        .min(1)
        .max(60),
    ])
    .refine((value) => rangesOf(field, value) !== null, { error: `must be ${fieldRule(field)}` })
    .optional();

const Calendar = z
  .strictObject({
    second: calendarValue('second').describe('0 when left out.'),
    minute: calendarValue('minute').describe('0 when left out.'),
    hour: calendarValue('hour').describe('0 when left out.'),
    dayOfMonth: calendarValue('dayOfMonth').describe('Any when left out.'),
    month: calendarValue('month').describe('Any when left out.'),
    dayOfWeek: calendarValue('dayOfWeek').describe(
      'Any when left out; a day must fit this and `dayOfMonth`.',
    ),
    year: calendarValue('year').describe('Any when left out.'),
    comment: z.string().trim().min(1).max(200).optional(),
  })
  .superRefine((calendar, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if (calendarFields.every((field) => calendar[field] === undefined)) refuse('states no field');
    else if (!everComes(calendar)) refuse('never comes: there is no such day');
  });

/** The definition of a schedule, as files and the API have it. */
export const ScheduleDefinition = z
  .strictObject({
    name: ScheduleName,
    pipeline: z.string().max(64).describe('The pipeline that it starts.'),
    input: z.record(z.string(), z.unknown()).describe('The input of each run; see the pipeline’s schema.'),
    cron: z
      .array(judged(cronFault))
      .min(1)
      .max(20)
      .optional()
      .describe('Lines of cron: five fields, or @hourly, @daily, @weekly, @monthly, @yearly.'),
    every: duration(1_000, '1s').optional().describe('An interval such as 6h, counted from 1970 in UTC.'),
    offset: duration(1_000, '1s').optional().describe('How far each tick of `every` is moved; less than it.'),
    calendar: z.array(Calendar).min(1).max(20).optional().describe('Calendars; one that fits is enough.'),
    timeZone: judged(zoneFault)
      .default('UTC')
      .describe('An IANA name. It is the zone of `cron` and `calendar`; `every` knows none.'),
    startAt: time('No tick before it.').optional(),
    endAt: time('No tick after it.').optional(),
    jitter: duration(1_000, '1s').optional().describe('Each tick comes up to so much later.'),
    overlap: z
      .enum(overlaps)
      .optional()
      .describe('What a tick does while the last run goes on. Left out, what suits the pipeline.'),
    catchUpWindow: duration(10_000, '10s')
      .default('1h')
      .describe('Ticks that an outage of Temporal held up come afterwards if they are no older.'),
    pauseOnFailure: z.boolean().default(false).describe('Pause when a run has failed.'),
    paused: z
      .boolean()
      .optional()
      .describe('Left out, a new schedule runs and an update leaves it as it is. `true` needs a `note`.'),
    note: z.string().trim().min(1).max(500).optional().describe('For people; why, when it is paused.'),
  })
  .superRefine((definition, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    const { every, offset, startAt, endAt } = definition;
    if (definition.cron === undefined && every === undefined && definition.calendar === undefined)
      refuse(['cron'], 'is missing: state `cron`, `every` or `calendar`, or several of them');
    if (offset !== undefined && every === undefined) refuse(['offset'], 'needs `every`');
    if (
      offset !== undefined &&
      every !== undefined &&
      (parseDuration(offset) ?? 0) >= (parseDuration(every) ?? 0)
    )
      refuse(['offset'], 'must be less than `every`');
    if (startAt !== undefined && endAt !== undefined && Date.parse(endAt) <= Date.parse(startAt))
      refuse(['endAt'], 'must be later than `startAt`');
    if (definition.paused === true && definition.note === undefined)
      refuse(['note'], 'is missing: say why the schedule is paused');
  });

export type ScheduleDefinition = z.output<typeof ScheduleDefinition>;

/** The schema of a definition as JSON Schema; what it cannot say is told when a schedule is created. */
export const scheduleSchema = (): Record<string, unknown> => ({
  title: 'schedule',
  ...z.toJSONSchema(ScheduleDefinition, { io: 'input' }),
});
