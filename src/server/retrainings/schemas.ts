/** What the API answers of retrainings, and by what it finds them. */
import { z } from 'zod';
import { outcomes } from '../../run/retraining/retraining.js';
import { RunStatus, time } from '../schemas.js';

const Evidence = z.object({
  condition: z.string(),
  verdict: z.enum(['holds', 'fails', 'unknown', 'not-read']),
  value: z.union([z.string(), z.number()]).optional(),
  bound: z.union([z.string(), z.number()]).optional(),
  source: z.string().optional().describe('Where the value was read.'),
  reason: z.string().optional(),
});

const Decision = z.object({
  verdict: z.enum(['retrain', 'skip', 'undecided', 'busy']),
  reason: z.string().describe('In one line.'),
  evidence: z.array(Evidence),
  decidedAt: z.string(),
});

/** A retraining as the ledger lists it. */
const Retraining = z
  .object({
    runId: z.string(),
    model: z.string().describe('`<connection>/<owner>/<project>/<model API>`.'),
    tick: z
      .object({ schedule: z.string(), at: time })
      .optional()
      .describe('Left out for runs that somebody started.'),
    startedAt: time,
    endedAt: time.optional(),
    status: RunStatus,
    decision: Decision.nullable().describe('`null` while it has not decided.'),
    outcome: z.enum(outcomes).optional(),
    conclusion: z.string().optional().describe('What it came to, in one line.'),
    failure: z.string().optional(),
  })
  .meta({ id: 'Retraining' });

export const RetrainingQuery = z.strictObject({
  model: z
    .string()
    .max(500)
    .regex(/^[^/\s]+(\/[^/]+){3}$/, 'must be connection/owner/project/model API')
    .optional(),
  schedule: z
    .string()
    .regex(/^[\w][\w.:-]{0,127}$/)
    .optional()
    .describe('The schedule that ticked.'),
  outcome: z.enum(outcomes).optional(),
  since: time.optional(),
  until: time.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2_000).optional().describe('`next` of the page before.'),
});

export const RetrainingPage = z
  .object({
    retrainings: z.array(Retraining),
    next: z.string().optional().describe('Left out on the last page.'),
  })
  .meta({ id: 'RetrainingPage' });
