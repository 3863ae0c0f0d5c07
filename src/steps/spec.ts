/**
 * What a document writes under `with`, for the kinds that every platform has. The schemas say it all by themselves, without
 * functions: a value that an expression comes to is checked by the JSON Schema that they become.
 *
 * Workflows take types from here and nothing else: zod must not enter the workflow bundle.
 */
import { z } from 'zod';
import { readCondition, readMetricName } from '../run/retraining/condition.js';
import { longestDurationMs, parseDuration } from '../run/schedules/durations.js';
import { parseInstant } from '../run/schedules/instants.js';
import type { JobOutput, RegistrationOutput } from '../run/undoing/effects.js';
import { httpMethods } from '../run/documents/requests.js';
import type { Measured } from '../run/retraining/metrics.js';
import { Approval, Compare } from '../run/inputs/retrain-input.js';
import type { Json } from '../run/steps.js';

/** A text of one line that somebody calls something. */
export const Name = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+$/u, 'must be a text of one line');

/** A name that becomes a part of an address. */
export const Segment = z
  .string()
  .max(200)
  .regex(/^(?!\.{1,2}$)[^/\\\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+$/u, 'must be a name without "/" and "\\"');

/** A project as `owner/name`. */
export const Project = z
  .string()
  .max(400)
  .regex(/^(?!\.{1,2}\/)[^/\\\s\p{Cc}\p{Cs}]+\/(?!\.{1,2}$)[^/\\\s\p{Cc}\p{Cs}]+$/u, 'must be "owner/name"')
  .describe('The project, as "owner/name".');

/** An id of a platform. */
export const Id = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be an id of the platform: letters, digits, "-" and "_"');

/** A duration such as `6h`. */
export const Duration = z
  .string({
    error: ({ input }) =>
      typeof input === 'number'
        ? `must be a duration with its unit, such as ${input}s or ${input}m`
        : undefined,
  })
  .regex(/^(\d+(\.\d+)?[smhd])+$/, 'must be a duration such as 30s, 5m, 6h or 3d')
  .refine((text) => parseDuration(text) !== null, 'must be a duration such as 30s, 5m, 6h or 3d')
  .refine((text) => (parseDuration(text) ?? 0) <= longestDurationMs, 'must be at most a year');

/** The output of a step of one of these kinds, which has at least these keys. */
export const outputOf = <Output extends Json>(
  kinds: readonly string[],
  keys: readonly (keyof Output & string)[],
): z.ZodType<Output, Output> =>
  z
    .looseObject(Object.fromEntries(keys.map((key) => [key, z.unknown()])))
    .meta({ outputOf: kinds }) as unknown as z.ZodType<Output, Output>; // the step of that kind has made it

/** The output of a training, or of the best of several. */
export const job = outputOf<JobOutput>(['job', 'choose'], ['jobId', 'metrics']);

/** What has measured: a job or, on UbiOps, a training or any other request. */
const measuring = outputOf<Measured>(['job', 'training-run', 'request', 'choose'], ['metrics']);

/** The output of a registration. */
export const registered = outputOf<RegistrationOutput>(['register'], ['model', 'version']);

const metrics = z.record(z.string(), z.number()).describe('Numbers by the name of a metric.');

const Condition = z
  .string()
  .max(500)
  .refine(
    (text) => readCondition(text).ok,
    'must read like "accuracy >= 0.9" or "accuracy >= baseline - 0.01"',
  );

const Gate = z
  .strictObject({
    job: measuring.optional().describe('What has measured: the output of a job, or of a training.'),
    metrics: metrics.optional().describe('In its place, numbers: such as those of the best of several.'),
    conditions: z.array(Condition).min(1).max(20).describe('All of them must hold: `auc >= 0.9`.'),
    baseline: z
      .union([z.strictObject({ project: Project, modelApi: Segment }), z.record(z.string(), z.number())], {
        error: 'must be numbers by metric, or `project` and `modelApi` of the model that is live',
      })
      .optional()
      .describe('What conditions call `baseline`: numbers, or the model that a model API has live.'),
  })
  .refine(({ job: of, metrics: numbers }) => (of === undefined) !== (numbers === undefined), {
    error: 'needs exactly one of `job` and `metrics`',
  });

const CompareWith = z
  .strictObject({
    job: job.describe('What has measured: the output of a job.'),
    project: Project,
    modelApi: Segment.describe('The model API whose model is to be beaten.'),
    ...Compare.shape,
  })
  .refine(({ margin, tolerance }) => margin === undefined || tolerance === undefined, {
    error: 'excludes `margin`',
    path: ['tolerance'],
  });

const Approve = z
  .strictObject({
    ...Approval.shape,
    within: Duration.default('3d').describe('Then it expires, and nothing is deployed.'),
    remindAfter: Duration.optional().describe('When to remind, once.'),
  })
  .refine(
    ({ within, remindAfter }) =>
      remindAfter === undefined || (parseDuration(remindAfter) ?? 0) < (parseDuration(within) ?? 0),
    { error: 'must be shorter than `within`', path: ['remindAfter'] },
  );

const MetricName = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => readMetricName(text).ok, 'must be the name of a metric, as it is or in quotes');

const Choose = z.strictObject({
  from: z
    .union(
      [
        outputOf<{ readonly items: Json }>(['each'], ['items']),
        z.array(outputOf<{ readonly [field: string]: Json }>([], [])).min(1).max(500),
      ],
      {
        error: 'must be a step with `each`, such as ${{ steps.train }}, or a list of steps',
      },
    )
    .describe('A step with `each`, or a list of steps: those that did not succeed are left out.'),
  by: MetricName.describe('The metric that decides.'),
  highest: z.boolean().default(true).describe('Whether more is better.'),
});

const End = z.strictObject({
  outcome: z
    .string()
    .max(63)
    .regex(/^[a-z][a-z-]*$/, 'must be lower-case letters and "-"')
    .refine((text) => !kernelOutcomes.includes(text), 'is an outcome that Longhaul itself gives')
    .describe('What the run has come to, in a word: `not-better`.'),
  conclusion: z.string().min(1).max(500).describe('The same in a sentence.'),
});

const Pause = z
  .strictObject({
    for: Duration.optional().describe('How long, from the moment at which the step begins: 2h.'),
    until: z
      .string()
      .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/, {
        error: 'must be a time such as 2026-12-01T06:00:00Z, or with an offset: 2026-12-01T06:00:00+01:00',
        abort: true,
      })
      .refine((text) => parseInstant(text) !== null, 'must be a day and an hour that there are')
      .optional()
      .describe('In its place, until when, at most a year ahead; a time that is past ends it at once.'),
  })
  .refine((given) => (given.for === undefined) !== (given.until === undefined), {
    error: 'needs exactly one of `for` and `until`',
  });

/** Parts of a path: none of them leads out of it, also where somebody has encoded its dots. */
const path = /^(?:\/(?!(?:\.|%2[eE]){1,2}(?:\/|$))[^/?#\\\s\p{Cc}]*)+$/u;

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** What of an answer is kept. */
const select = z
  .record(
    z.string().regex(/^[A-Za-z_]\w*$/, 'must be letters, digits and "_"'),
    z
      .string()
      .max(500)
      .regex(/^(\/.*)?$/, 'must be a JSON Pointer, such as /data/id'),
  )
  .optional()
  .describe(
    'What of the answer is kept, by the name that it is given: JSON Pointers into it. All of it, where it is small.',
  );

const Http = z
  .strictObject({
    service: z.string().min(1).max(63).meta({ isLiteral: true }).describe('A service of longhaul.yaml.'),
    method: z.enum(httpMethods).default('GET').meta({ isLiteral: true }).describe('GET, when left out.'),
    path: z
      .union(
        [
          z.string().max(2_000).regex(path, 'must begin with "/", and have neither "?" nor ".."'),
          z.array(scalar).min(1).max(50),
        ],
        {
          error: 'must be a path that begins with "/" and has neither "?" nor "..", or a list of its parts',
        },
      )
      .meta({ isPath: true })
      .describe('From where the service begins: a text, or a list of its parts, each of which is encoded.'),
    query: z
      .record(z.string().min(1).max(200), z.union([scalar, z.array(scalar).max(100)]))
      .optional()
      .describe('By name: a value, or a list of them.'),
    body: z.unknown().optional().describe('A text is sent as it is, anything else as JSON.'),
    expect: z
      .union([z.int().min(200).max(599), z.array(z.int().min(200).max(599)).min(1).max(20)], {
        error: 'must be a status from 200 to 599, or a list of them',
      })
      .optional()
      .describe('The statuses that are an answer; any 2xx, when left out.'),
    replay: z
      .enum(['safe', 'idempotent'])
      .optional()
      .meta({ isLiteral: true })
      .describe(
        'What a second delivery does: nothing (safe), or nothing because the service knows the header Idempotency-Key (idempotent). Left out, a GET is safe, and anything else is sent once.',
      ),
    select,
  })
  .refine(({ method, body }) => method !== 'GET' || body === undefined, {
    error: 'cannot be sent with GET',
    path: ['body'],
  });

/** What any endpoint takes; what a certain one takes, its contract says. */
const Call = z.strictObject({
  endpoint: z
    .string()
    .min(1)
    .max(200)
    .meta({ isLiteral: true })
    .describe('An endpoint of the contract, such as domino.datasets.list.'),
  params: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .optional()
    .describe('By name of a placeholder of its path.'),
  query: z.record(z.string(), z.unknown()).optional().describe('As the endpoint takes it.'),
  body: z.unknown().optional().describe('As the endpoint takes it.'),
  select,
});

/** What any pipeline takes; what a certain one takes, it says itself. */
const Child = z.strictObject({
  pipeline: z
    .string()
    .min(1)
    .max(63)
    .meta({ isLiteral: true })
    .describe('The pipeline that is run, as a run of its own.'),
  input: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Its input; its connection is that of the step, where it says no other.'),
});

/** No step of a document says that a run has failed, was cancelled, or was decided on. */
/** Those that a run may have that no step of kind `end` gives. */
export const kernelOutcomes: readonly string[] = ['failed', 'cancelled', 'rejected', 'approval-expired'];

/** By kind. */
export const neutralSpecs = {
  gate: Gate,
  compare: CompareWith,
  approve: Approve,
  choose: Choose,
  end: End,
  pause: Pause,
  http: Http,
  call: Call,
  pipeline: Child,
} as const;

/** What each kind takes, before its defaults are filled in. */
export type NeutralWith = { readonly [K in keyof typeof neutralSpecs]: z.input<(typeof neutralSpecs)[K]> };
