/** What the routes of connections take and answer, as schemas. */
import { z } from 'zod';
import { type FailureCode, failureKinds } from '../../run/failures/errors.js';
import { text, time } from '../schemas.js';

const failureCodes = Object.keys(failureKinds) as [FailureCode, ...FailureCode[]]; // the table is not empty

export const connectionParams = z.strictObject({ name: z.string().max(64) });

/** A connection as this server and as the workers see it. */
export const Connection = z
  .object({
    name: z.string(),
    platform: z.string(),
    url: z.string(),
    health: z
      .object({
        ok: z.boolean(),
        detail: z.string(),
        code: z.enum(failureCodes).optional(),
        checkedAt: time,
      })
      .describe('Whether it answers this server.'),
    standing: z
      .object({
        status: z.enum(['open', 'throttled', 'refused']),
        since: time.optional(),
        until: time.optional().describe('Until when the platform has asked to be sent nothing.'),
        code: z.enum(failureCodes).optional().describe('Why the credential is refused.'),
        message: z.string().optional(),
        outage: z
          .object({ since: time, message: z.string() })
          .optional()
          .describe(
            'Since when the platform of an open connection gives no usable answer to those who wait there, and what comes in its place.',
          ),
      })
      .describe('Whether workers send requests to it.'),
  })
  .meta({ id: 'Connection' });

/** Why a connection is opened. */
export const ResumeConnection = z.strictObject({ reason: text }).meta({ id: 'ResumeConnection' });
