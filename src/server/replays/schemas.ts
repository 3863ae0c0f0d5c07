/** What the routes of replays take and answer, as schemas. */
import { z } from 'zod';
import { Lineage, RunStatus, RunSummary, text } from '../schemas.js';

const StepName = z
  .string()
  .regex(/^[a-zA-Z][\w-]{0,62}(\.\d{1,3})?$/)
  .describe('A step of the pipeline.');
const PlanHash = z.string().regex(/^[0-9a-f]{16}$/, 'is no hash of a plan: 16 hexadecimal digits');

/** With none of these, the run is continued from the step that failed. */
const asked = {
  from: StepName.optional().describe('Every step from this one on runs again, also one that has finished.'),
  set: z
    .record(z.string().min(1).max(200), z.unknown())
    .optional()
    .describe('New values of the input by path, `train.command`; `null` takes a part out.'),
  skip: z
    .record(z.string().max(64), z.unknown())
    .optional()
    .describe('Outputs of steps that run nothing; `null` for a step whose output no later step reads.'),
  fresh: z
    .array(StepName)
    .max(30)
    .optional()
    .describe('Steps that make a new effect instead of adopting or reusing one.'),
  stopFirst: z
    .boolean()
    .optional()
    .describe('First end an attempt that is still running; what it has on the platform stays.'),
  definition: z
    .literal('latest')
    .optional()
    .describe('Of a run of a document: goes on by the document as it is configured now.'),
  forkTo: z
    .string()
    .max(150)
    .optional()
    .describe('The key of a new run that goes on instead; this one stays as it is.'),
};
const applied = {
  ...asked,
  plan: PlanHash.describe('Of the plan that is applied: nothing else is done.'),
  reason: text.describe('Why; part of the new attempt, and of the audit log.'),
};
const exported = {
  exported: z
    .record(z.string(), z.unknown())
    .describe('An attempt, as `GET /v1/runs/{runId}/export` answered it.'),
};

export const PlanReplay = z.strictObject(asked).meta({ id: 'PlanReplay' });
export const ApplyReplay = z.strictObject(applied).meta({ id: 'ApplyReplay' });
export const PlanExported = z.strictObject({ ...asked, ...exported }).meta({ id: 'PlanExportedReplay' });
export const ApplyExported = z.strictObject({ ...applied, ...exported }).meta({ id: 'ApplyExportedReplay' });

const Call = z.object({
  endpoint: z.string().describe('`<group>.<endpoint>` of the platform: `jobs.start`.'),
  on: z.string(),
});

const PlannedStep = z
  .object({
    name: z.string(),
    action: z.enum(['reused', 'supplied', 'skipped', 'adopted', 'run', 'clean', 'dropped']),
    why: z.string().describe('In one line.'),
    output: z.unknown().optional().describe('Of reused and supplied steps.'),
    adopts: z.object({ kind: z.string(), id: z.string(), link: z.string().optional() }).optional(),
    cleans: z.array(Call).describe('What is stopped first.'),
    calls: z.array(Call).describe('What running it creates or changes.'),
    generation: z.int().describe('Of its effect; above 1 an earlier one is left behind.'),
    minutes: z
      .object({ p50: z.number(), p90: z.number(), runs: z.int() })
      .optional()
      .describe('How long it took in past runs that succeeded.'),
  })
  .meta({ id: 'PlannedStep' });

/** What a replay would do. */
export const ReplayPlan = z
  .object({
    hash: z.string().describe('Stands for all that will be done; `replay` takes it.'),
    runId: z.string().describe('The run that goes on: of a fork, the new one.'),
    of: z
      .object({ runId: z.string(), attemptId: z.string(), status: RunStatus })
      .describe('The attempt that it goes on from.'),
    pipeline: z.string(),
    connection: z.string(),
    input: z.unknown().describe('Edited, and checked.'),
    steps: z.array(PlannedStep),
    finally: z
      .array(z.string())
      .optional()
      .describe(
        'The steps under `finally`: every attempt does them anew at its end, whatever becomes of it.',
      ),
    differences: z
      .array(z.object({ what: z.string(), detail: z.string() }))
      .describe('What is not as it was at the first attempt.'),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'ReplayPlan' });

/** What came of applying a plan. */
export const AppliedReplay = z
  .object({
    runId: z.string(),
    attemptId: z.string().optional().describe('The new attempt; left out while it is not started yet.'),
    plan: z.string(),
  })
  .meta({ id: 'AppliedReplay' });

const Attempt = RunSummary.extend({
  number: z.int().describe('From 1, in the order in which they were started.'),
  reset: z.literal(true).optional().describe('Made by Temporal’s reset of the attempt before it.'),
  lineage: Lineage.optional(),
  schedule: z.string().optional().describe('The schedule that started it.'),
}).meta({ id: 'Attempt' });

export const Attempts = z.object({ attempts: z.array(Attempt).describe('Newest first.') });

/** All that a replay needs, for a time when Temporal knows the run no more. */
export const ExportedAttempt = z
  .looseObject({ format: z.literal('longhaul.attempt/1'), runId: z.string(), attemptId: z.string() })
  .meta({ id: 'ExportedAttempt' });
