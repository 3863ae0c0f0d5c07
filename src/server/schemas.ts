/** What the API takes and answers, as schemas: they validate, and the OpenAPI document is generated from them. */
import { z } from 'zod';
import { runIdPattern } from '../run/ids.js';
import { type FailureCode, failureKinds } from '../run/failures/errors.js';
import { runStatuses } from '../run/steps.js';

/** A time, as the API writes one. */
export const time = z.iso.datetime().describe('ISO 8601, UTC.');
/** Every code of the table of failures. */
export const failureCodes = Object.keys(failureKinds) as [FailureCode, ...FailureCode[]]; // the table is not empty
/** What people write, such as a reason. */
export const text = z.string().trim().min(1).max(1_000);

/** What a run id looks like; anything else names nothing. */
export const RunId = z
  .string()
  .max(200)
  .regex(runIdPattern, 'is no run id: <pipeline>.<key>')
  .describe('`<pipeline>.<key>`.');

/** Of what acts on more than one. */
export const connections = z
  .array(z.string())
  .describe('Where it acts on more than one: every one of them. A caller needs its role on each.');

const Failure = z.object({ code: z.enum(failureCodes), message: z.string() });
const Reference = z.object({ kind: z.string(), id: z.string(), link: z.string().optional() });
const Trigger = z.object({
  kind: z.enum(['cli', 'client', 'http', 'schedule', 'webhook', 'replay', 'run']),
  by: z.string().optional().describe('The person or service.'),
  reason: z.string().optional(),
  requestId: z.string().optional(),
});
export const RunStatus = z.enum(runStatuses);

const metrics = z.record(z.string(), z.number());

/** What an approval is for. */
const DeploymentSubject = z
  .object({
    connection: z.string(),
    project: z.string(),
    deploys: z
      .record(z.string(), z.unknown())
      .describe('As it is sent to its platform: where to, what, its environment, and what it runs on.'),
    trained: z.record(z.string(), z.unknown()).describe('The training that it comes from.'),
  })
  .describe('What would be deployed, where and how.')
  .meta({ id: 'DeploymentSubject' });

const version = z.union([z.number(), z.string()]).describe('A number or a name, as its platform counts.');

/** What an approver is shown. */
const ApprovalRequest = z
  .object({
    model: z.string().describe('The model or the deployment, by its name.'),
    version,
    metrics,
    live: z.object({ version, metrics }).nullable().describe('`null` when nothing is live.'),
    changed: z.array(z.string()).describe('In words, one line each.'),
    subject: DeploymentSubject.optional(),
    lines: z
      .array(z.object({ name: z.string(), value: z.string() }))
      .optional()
      .describe('The subject as people read it.'),
    digest: z.string().optional().describe('Of the subject: an approval holds for it and for nothing else.'),
    by: z.array(z.string()).optional().describe('Who may decide; left out, every operator.'),
    byStarter: z.literal(false).optional().describe('Whoever started the run may not decide.'),
    until: time.describe('When it expires.'),
  })
  .meta({ id: 'ApprovalRequest' });

/** Where an attempt comes from; the first one of a run has none. */
export const Lineage = z
  .object({
    number: z.int().describe('Of this attempt.'),
    of: z.object({ runId: z.string(), attemptId: z.string() }).describe('The attempt that it continues.'),
    by: z.string(),
    reason: z.string(),
    plan: z.string().describe('The hash of the plan.'),
    campaign: z.string().optional(),
  })
  .meta({ id: 'Lineage' });

const StepState = z.looseObject({
  status: z.enum([
    'pending',
    'running',
    'waiting',
    'reused',
    'succeeded',
    'skipped',
    'parked',
    'failed',
    'cancelled',
  ]),
  startedAt: time.optional(),
  endedAt: time.optional(),
  parkedAt: time.optional(),
  waitingFor: z.string().optional(),
  approval: ApprovalRequest.optional().describe('What it waits for somebody to decide.'),
  reason: z.string().optional(),
  unreached: z
    .literal(true)
    .optional()
    .describe('Of a skipped one: the run failed or was stopped before it; a replay does it.'),
  failure: Failure.optional(),
  output: z.unknown().optional(),
});

/** One step of a run. */
export const Step = z
  .object({
    name: z.string(),
    tries: z.int().describe('How often it was begun in this attempt; 0 while pending.'),
    references: z.array(Reference),
    state: StepState,
    generation: z.int().optional().describe('Of its effect; above 1 an earlier one was left behind.'),
    reuses: z
      .string()
      .optional()
      .describe('Of one that has made nothing: what the platform had already, such as `revision 3 of iris`.'),
    items: z
      .int()
      .optional()
      .describe('Of a step that is done for each item: how many; each is a step too, `train.0`, `train.1` …'),
    item: z.unknown().optional().describe('Of such an item: what the step is done for.'),
    progress: z
      .object({
        effect: z.string(),
        attempt: z.int(),
        message: z.string().optional(),
        nextAttemptAt: time.optional(),
        failingSince: time.optional().describe('Since when every try has failed.'),
        heldUntil: time.optional().describe('Until when the platform has asked to be sent nothing.'),
        untakenSince: time
          .optional()
          .describe('Since when no worker of the connection has taken it; left out for ten seconds.'),
        lastAttemptAt: time.optional().describe('Then: when the last look or try ended.'),
      })
      .optional(),
  })
  .meta({ id: 'Step' });

const RunFailure = Failure.extend({ step: z.string().optional() });
const Cleanup = z.object({
  undone: z.array(Reference),
  leftBehind: z.array(
    z.object({
      kind: z.string(),
      id: z.string().optional(),
      reason: z.string(),
      lasting: z.literal(true).optional().describe('Nothing undoes it: it is not tried again.'),
      ending: z.literal(true).optional().describe('The platform is at it.'),
      nextTryAt: time.optional(),
    }),
  ),
  afterwards: z
    .enum(['going-on', 'done', 'cut-off'])
    .optional()
    .describe(
      'Whether undoing goes on after the run’s end, or has gone on and is done, or was ended before that: then a cleanup has to be asked for.',
    ),
});

/** What of a run no worker takes. */
const Unserved = z
  .object({
    pipelines: z.literal(true).optional().describe('No worker takes its workflow tasks.'),
    connections: z.array(z.string()).describe('Connections whose steps no worker takes.'),
  })
  .describe('What of it no worker takes; it goes on as soon as one does.')
  .meta({ id: 'Unserved' });

/** A run, at any moment. */
export const Run = z
  .object({
    runId: z.string(),
    attemptId: z.string(),
    pipeline: z.string(),
    connection: z.string(),
    connections: connections.optional(),
    trigger: Trigger,
    lineage: Lineage.optional(),
    codeVersion: z
      .string()
      .optional()
      .describe(
        'The version of the workflow code that the attempt is pinned to, where workers are versioned.',
      ),
    status: RunStatus,
    stopping: z
      .literal(true)
      .optional()
      .describe('It was asked to stop, and is stopping what it has running.'),
    startedAt: time,
    endedAt: time.optional(),
    steps: z.array(Step),
    failure: RunFailure.optional(),
    cleanup: Cleanup.optional(),
    result: z.unknown().optional(),
    notice: z.string().optional().describe('Why this view is less than whole.'),
    unserved: Unserved.optional(),
  })
  .meta({ id: 'Run' });

/** A run as lists show it. */
export const RunSummary = z
  .object({
    runId: z.string(),
    attemptId: z.string(),
    pipeline: z.string(),
    connection: z.string(),
    connections: connections.optional(),
    trigger: z.string(),
    status: RunStatus,
    step: z.string().optional().describe('The step it is parked at or ended in.'),
    failure: z.string().optional(),
    fingerprint: z.string().optional().describe('The same for runs of the same cause.'),
    startedAt: time,
    endedAt: time.optional(),
  })
  .meta({ id: 'RunSummary' });

/** One page of a list. */
export const RunPage = z
  .object({ runs: z.array(RunSummary), next: z.string().optional().describe('Left out on the last page.') })
  .meta({ id: 'RunPage' });

/** What starts a run. */
export const StartRun = z
  .strictObject({
    input: z.record(z.string(), z.unknown()).describe('The input; see the pipeline’s schema.'),
    reason: text.optional().describe('Why, for the record of the run.'),
  })
  .meta({ id: 'StartRun' });

const Finding = z
  .object({
    kind: z.string().describe('What it is, such as `hardware tier`.'),
    field: z.string().describe('Where the input names it, such as `train.hardwareTier`.'),
    value: z.string(),
    project: z.string().optional().describe('The project that it is in, where it is another one than usual.'),
    within: z.string().optional().describe('What of the project it is in: the deployment of a version.'),
    verdict: z.enum(['found', 'missing', 'unknown']).describe('`unknown` stops no run.'),
    detail: z.string().optional().describe('Why it is unknown, or what there is instead.'),
    code: z.enum(failureCodes).optional().describe('Of one that is unknown: why it could not be looked up.'),
  })
  .meta({ id: 'Finding' });

/** The answer to a dry run. */
export const DryRun = z
  .object({
    pipeline: z.string(),
    connection: z.string(),
    ok: z.boolean().describe('Whether nothing that was looked up is missing.'),
    findings: z.array(Finding),
  })
  .meta({ id: 'DryRun' });

/** The answer to a start. */
export const StartedRun = z
  .object({
    runId: z.string(),
    attemptId: z.string(),
    created: z.boolean().describe('False when the key had started this run before.'),
    url: z.string().describe('The path of the run.'),
    unserved: Unserved.optional(),
    run: Run.optional().describe(
      'With `Prefer: wait`: the run as it stood when it ended, or the time was over.',
    ),
  })
  .meta({ id: 'StartedRun' });

export const CancelRun = z.strictObject({ reason: text }).meta({ id: 'CancelRun' });
export const CleanUpRun = z.strictObject({ reason: text.exactOptional() }).meta({ id: 'CleanUpRun' });
export const CleanedRun = z.object({ runId: z.string(), cleanup: Cleanup }).meta({ id: 'CleanedRun' });

export const ResetRun = z
  .strictObject({
    step: text.describe('The step to begin again.'),
    reason: text,
    stopFirst: z
      .boolean()
      .default(false)
      .describe('Also for a run that goes on: its present attempt is ended.'),
  })
  .meta({ id: 'ResetRun' });

/** The answer to a reset. */
export const Reset = z
  .object({
    runId: z.string(),
    attemptId: z.string().describe('The new attempt.'),
    resetAttemptId: z.string().describe('The attempt whose history it keeps up to the step.'),
    step: z.string(),
    asksAgain: z.boolean().describe('What was resolved or approved when the step began is asked again.'),
  })
  .meta({ id: 'Reset' });

/** A decision on an approval; the route says which. */
export const DecideApproval = z
  .strictObject({
    reason: text,
    digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be the digest of what is to be decided, as the run shows it')
      .optional()
      .describe('Of what the caller was shown: 409 when something else is to be decided by now.'),
  })
  .meta({ id: 'DecideApproval' });

/** A decision by the page of an approval link, which knows the run from the link’s token. */
export const DecideByLink = z
  .strictObject({ action: z.enum(['approve', 'reject']), reason: text })
  .meta({ id: 'DecideByLink' });

/** How a parked step goes on. */
export const ResolveStep = z
  .discriminatedUnion('action', [
    z.strictObject({
      action: z.literal('retry'),
      step: text,
      reason: text,
      fresh: z.boolean().exactOptional().describe('Make a new effect instead of adopting the one there is.'),
    }),
    z.strictObject({
      action: z.literal('skip'),
      step: text,
      reason: text,
      output: z.record(z.string(), z.unknown()).describe('Stands for the output of the step.'),
    }),
    z.strictObject({ action: z.literal('abort'), step: text, reason: text }),
  ])
  .meta({ id: 'ResolveStep' });

/** An error, as RFC 9457 writes it. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(failureCodes).describe('Stable; see docs/reference/errors.md.'),
    retryable: z.boolean(),
    requestId: z.string(),
    fields: z
      .array(
        z.object({ pointer: z.string().describe('A JSON Pointer into what was sent.'), detail: z.string() }),
      )
      .optional(),
  })
  .meta({ id: 'Problem' });
