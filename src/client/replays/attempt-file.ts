/** Exported attempts come back from files: what they hold is checked before anything is made of it. */
import { z } from 'zod';
import { LonghaulError } from '../../run/failures/errors.js';
import { pipelineOf, runIdPattern } from '../../run/ids.js';
import type { Pipeline } from '../../steps/define.js';
import { allSteps, connectionsOf, withChildren } from '../../run/documents/documents.js';
import { isPipeline } from '../../pipelines/built-in.js';
import { pipelineOfRun } from '../../pipelines/definition.js';
import { mostSteps } from '../../pipelines/document/document.js';
import { passedOverFault } from '../../pipelines/outputs.js';
import type { AttemptRecord } from '../../run/replays/replays.js';
import { type Json, runStatuses } from '../../run/steps.js';

const json = z.json();
/** A run has far fewer: each costs time. */
const most = { steps: 2_000, references: 1_000, generation: 100, askers: 100 };
const names = z.array(z.string().max(500)).max(500);
const states = [
  'pending',
  'running',
  'waiting',
  'reused',
  'succeeded',
  'skipped',
  'parked',
  'failed',
  'cancelled',
] as const;

/** As Temporal gives them: what a file says may be shown. */
const attemptId = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'is no id of an attempt');

/** Its checked form, as far as others rely on it before its steps are asked. */
const DocumentStep = z.looseObject({
  kind: z.string(),
  connection: z.string().nullable(),
  needs: z.array(z.string()),
  awaits: z.array(z.string()),
  onFailure: z.enum(['stop', 'continue']),
  with: z.record(z.string(), json),
  takes: z.record(z.string(), z.string()),
});
const Document = z.looseObject({
  longhaul: z.literal('pipeline/v1'),
  pipeline: z.string(),
  input: z.record(z.string(), json),
  steps: z.record(z.string(), DocumentStep),
  outputs: z.record(z.string(), json),
  metrics: z.array(z.string()),
  get children() {
    return z.record(z.string(), Document).optional();
  },
  fits: z.record(z.string(), z.record(z.string(), z.record(z.string(), json))),
});

const Attempt = z.object({
  format: z.literal('longhaul.attempt/1'),
  runId: z.string().regex(runIdPattern, 'is no id of a run'),
  attemptId,
  firstAttemptId: attemptId,
  pipeline: z.string(),
  connection: z.string().min(1),
  input: z.looseObject({}),
  document: Document.optional(),
  inputDigest: z.string(),
  trigger: z.object({
    kind: z.string(),
    by: z.string().optional(),
    ids: names.optional(),
    askers: z
      .array(z.object({ ids: names, from: z.string(), to: z.string(), at: z.string().optional() }))
      .max(most.askers)
      .optional(),
  }),
  status: z.enum(runStatuses),
  steps: z
    .array(
      z.looseObject({
        name: z.string(),
        tries: z.number(),
        references: z.array(z.looseObject({ kind: z.string(), id: z.string() })).max(most.references),
        state: z.looseObject({ status: z.enum(states), output: json.optional() }),
        generation: z.number().int().positive().max(most.generation).optional(),
      }),
    )
    .max(most.steps),
  begun: names.optional(),
  startedAt: z.string(),
  lineage: z
    .looseObject({
      number: z.number().int().positive(),
      by: z.string().optional(),
      ids: names.optional(),
      before: names.optional(),
    })
    .optional(),
  origins: z
    .array(z.object({ runId: z.string(), firstAttemptId: z.string() }))
    .max(100)
    .optional(),
  notify: z.record(z.string(), z.array(z.string())).optional(),
});

/**
 * An attempt as `run export` writes it.
 * @throws LonghaulError `REPLAY_INVALID`, naming what does not fit
 */
export function parseAttempt(value: unknown): AttemptRecord {
  const parsed = Attempt.loose().safeParse(value);
  const refuse = (what: string): LonghaulError =>
    new LonghaulError(
      'REPLAY_INVALID',
      `the file is no exported attempt: ${what}. \`longhaul run export\` writes one`,
    );
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'does not fit'}`);
  }
  const { runId, pipeline, connection, input, steps, origins = [] } = parsed.data;
  const record = parsed.data as unknown as AttemptRecord; // the fields that are used are checked above, and below
  if (pipelineOf(runId) !== pipeline || (record.document === undefined && !isPipeline(pipeline)))
    throw refuse(`${runId} is no run of ${pipeline}`);
  const definition = definitionIn(record, refuse);
  const foreign = origins.find((origin) => pipelineOf(origin.runId) !== pipeline);
  if (foreign !== undefined) throw refuse(`${foreign.runId} is no run of ${pipeline}`);
  const own = record.document === undefined ? input['connection'] : connectionsOf(record.document)[0];
  if (record.document === undefined && typeof input['project'] !== 'string')
    throw refuse('input.project: it must be a text');
  if (own !== connection) throw refuse('its connection is not that of its input');
  for (const { name, state } of steps) {
    const fault = faultOf(definition, name, state.output);
    if (fault !== null) throw refuse(fault);
  }
  return record;
}

/** A document in a file may be of another version, or edited: what cannot be read as one is refused. */
function definitionIn(record: AttemptRecord, refuse: (what: string) => LonghaulError): Pipeline {
  const { document } = record;
  const children = document === undefined ? [] : Object.values(document.children ?? {}).flatMap(withChildren);
  if ([...(document ? [document] : []), ...children].some((one) => allSteps(one).length > mostSteps))
    throw refuse(`document: it has more than ${mostSteps} steps`);
  try {
    for (const child of children) pipelineOfRun({ ...record, document: child });
    return pipelineOfRun(record);
  } catch (error) {
    throw refuse(`document: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Later steps read outputs, so one that lacks what they read would stop the new attempt half-way. */
const faultOf = (definition: Pipeline, name: string, output: Json | undefined): string | null =>
  output === undefined ? null : passedOverFault(definition, name, output);
