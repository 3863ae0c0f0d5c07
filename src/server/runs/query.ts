/** What a list of runs is asked by. */
import { z } from 'zod';
import { pipelineNamePattern } from '../../run/ids.js';
import { RunStatus, failureCodes, time } from '../schemas.js';

/** Query values arrive as text; one given twice arrives as a list and is refused. */
export const RunQuery = z.strictObject({
  status: RunStatus.optional(),
  pipeline: z.string().regex(pipelineNamePattern).optional().describe('Built-in, or a document.'),
  connection: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
    .optional(),
  step: z
    .string()
    .regex(/^[a-zA-Z][\w-]{0,62}(\.\d{1,3})?$/)
    .optional()
    .describe('The step it is parked at or ended in, or the item of one: `train.1`.'),
  failure: z.enum(failureCodes).optional(),
  startedAfter: time.optional(),
  startedBefore: time.optional(),
  attempts: z
    .enum(['true', 'false'])
    .default('false')
    .describe('`true`: every attempt, also those that were replayed or reset.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2_000).optional().describe('`next` of the page before.'),
});
