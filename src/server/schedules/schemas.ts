/** What the routes of schedules take and answer, as schemas. */
import { z } from 'zod';
import { pipelineNamePattern } from '../../run/ids.js';
import { overlaps, usualBackfillMax } from '../../run/schedules/overlaps.js';
import { ScheduleName, scheduleSchema } from '../../run/schedules/schedules.js';
import { RunStatus, connections } from '../schemas.js';

const time = z.iso.datetime().describe('ISO 8601, UTC.');
const anyTime = z.iso.datetime({ offset: true }).describe('ISO 8601.');
const text = z.string().trim().min(1).max(500);
const Overlap = z.enum(overlaps);

export const scheduleParams = z.strictObject({ name: ScheduleName });

/** Documented here and checked by the client's door, which the CLI uses too: the same faults in the same words. */
export const ScheduleDocument = z
  .record(z.string(), z.unknown())
  .meta({ ...scheduleSchema(), id: 'ScheduleDefinition', $schema: undefined, title: undefined });

export const ScheduleQuery = z.strictObject({
  pipeline: z.string().regex(pipelineNamePattern).optional(),
  connection: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
    .optional(),
  paused: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2_000).optional().describe('`next` of the page before.'),
});

const ScheduleSummary = z
  .object({
    name: z.string(),
    pipeline: z.string(),
    connection: z.string(),
    when: z.string().describe('In words, such as `0 2 * * *`.'),
    timeZone: z.string(),
    paused: z.boolean(),
    note: z.string().optional(),
    next: time.optional(),
    last: z.object({ runId: z.string(), startedAt: time }).optional(),
  })
  .meta({ id: 'ScheduleSummary' });

export const SchedulePage = z
  .object({
    schedules: z.array(ScheduleSummary),
    next: z.string().optional().describe('Left out on the last page.'),
  })
  .meta({ id: 'SchedulePage' });

const ScheduleTime = z
  .object({
    at: time,
    local: z.string().describe('In the zone of the schedule, with its offset.'),
    weekday: z.string(),
    offsetMinutes: z.int(),
    clocksMovedMinutes: z.int().optional().describe('How far clocks were moved since the time before.'),
  })
  .meta({ id: 'ScheduleTime' });

export const ScheduleTimes = z.object({ times: z.array(ScheduleTime) });

/** A schedule, at any moment. */
export const Schedule = z
  .object({
    name: z.string(),
    pipeline: z.string(),
    connection: z.string(),
    connections: connections.optional(),
    definition: z.record(z.string(), z.unknown()).describe('As it was checked: with its defaults.'),
    document: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Of a schedule of a document: the document as it was when the definition was written.'),
    madeBy: z.enum(['apply']).optional(),
    state: z.object({ paused: z.boolean(), note: z.string().optional() }),
    createdAt: time,
    updatedAt: time.optional(),
    counts: z.object({
      started: z.int(),
      skippedByOverlap: z.int(),
      missedCatchUpWindow: z.int(),
    }),
    failed: z
      .array(z.object({ runId: z.string(), scheduledAt: time, reason: z.string() }))
      .describe('Ticks that could not start their run, newest first.'),
    runs: z
      .array(
        z.object({
          runId: z.string(),
          attemptId: z.string(),
          scheduledAt: time,
          startedAt: time,
          status: RunStatus.optional(),
        }),
      )
      .describe('The last ones, newest first.'),
    next: z.array(ScheduleTime),
  })
  .meta({ id: 'Schedule' });

export const PauseSchedule = z.strictObject({ reason: text }).meta({ id: 'PauseSchedule' });
export const UnpauseSchedule = z.strictObject({ reason: text.optional() }).meta({ id: 'UnpauseSchedule' });
export const TriggerSchedule = z
  .strictObject({ overlap: Overlap.optional().describe('Left out, that of the schedule.') })
  .meta({ id: 'TriggerSchedule' });

export const TriggeredSchedule = z
  .object({
    outcome: z
      .enum(['started', 'skipped', 'waiting', 'unknown'])
      .describe('`skipped`, `waiting`: by the overlap policy; `unknown`: Temporal did not say in time.'),
    runId: z.string().optional(),
  })
  .meta({ id: 'TriggeredSchedule' });

export const BackfillSchedule = z
  .strictObject({
    start: anyTime,
    end: anyTime.describe('Both are within; `end` is not in the future.'),
    overlap: Overlap.optional().describe(
      'Left out, `allow-all` where the schedule says so, else `buffer-all`: one after another.',
    ),
    max: z.int().min(1).max(1_000).default(usualBackfillMax).describe('More runs than this are refused.'),
    dryRun: z.boolean().default(false).describe('Say what would be started, and start nothing.'),
  })
  .meta({ id: 'BackfillSchedule' });

export const ScheduleBackfill = z
  .object({
    name: z.string(),
    start: time,
    end: time,
    times: z.array(ScheduleTime).describe('Each starts a run.'),
    existing: z.array(ScheduleTime).describe('Of these there is a run already: they start nothing.'),
    dryRun: z.boolean(),
  })
  .meta({ id: 'ScheduleBackfill' });

export const NextQuery = z.strictObject({
  count: z.coerce.number().int().min(1).max(1_000).default(10),
  after: anyTime.optional().describe('Left out, now.'),
});
