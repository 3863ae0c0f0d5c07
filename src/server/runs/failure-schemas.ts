/** What the API answers of causes of failures. */
import { z } from 'zod';
import { RunStatus } from '../schemas.js';

const time = z.iso.datetime().describe('ISO 8601, UTC.');

export const FailureQuery = z.strictObject({
  query: z
    .string()
    .max(1_000)
    .optional()
    .describe(
      'Which runs, such as `failure=JOB_FAILED since=2h connection=domino-prod`; left out, every run that failed, timed out, was terminated or is parked.',
    ),
});

const FailureGroup = z
  .object({
    fingerprint: z
      .string()
      .nullable()
      .describe(
        '`null` where the workflow never saw the end: those are grouped by status, pipeline and step.',
      ),
    failure: z.string().nullable(),
    pipeline: z.string(),
    step: z.string().nullable(),
    connections: z.array(z.string()),
    count: z.int(),
    statuses: z.partialRecord(RunStatus, z.int()).describe('How many of them stand how.'),
    firstSeenAt: time,
    lastSeenAt: time,
    example: z.string().describe('The newest run that says why.'),
    message: z.string().nullable().describe('What that run says.'),
    query: z.string().describe('Chooses these runs, and those of the cause that come to be later.'),
    campaign: z.string().describe('Replays them, as a command of a shell.'),
  })
  .meta({ id: 'FailureGroup' });

export const FailureReport = z
  .object({
    query: z.string().describe('What was asked for, with times as instants.'),
    groups: z.array(FailureGroup).describe('Those with most runs first.'),
    runs: z.int().describe('How many runs were looked at.'),
    more: z.boolean().describe('Whether there are more, older ones, which are not counted.'),
  })
  .meta({ id: 'FailureReport' });
