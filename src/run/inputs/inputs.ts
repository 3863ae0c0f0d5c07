/**
 * The pipelines' inputs: one zod schema each, from which come the types, the check at the door and the
 * published JSON Schema.
 *
 * Workflows take types from here and nothing else: zod must not enter the workflow bundle.
 */
import { z } from 'zod';
import { longestMetricName } from '../retraining/condition.js';
import { parseDuration } from '../schedules/durations.js';
import { withUnixLineEnds } from '../documents/line-ends.js';
import { parseCondition } from '../retraining/gate.js';
import { ConditionText, Duration, isProjectPath, name, projectName, segmentName } from './input-fields.js';
import { BuildEnvironmentInput, unspokenOf } from './build-environment-input.js';
import { Approval, Compare, Watch, When } from './retrain-input.js';

const objectId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be an id of the platform: letters, digits, "-" and "_"');

const Environment = z
  .union([
    z.strictObject({ id: objectId.describe('An environment that exists.') }),
    z.strictObject({
      name: name.describe('Found by this name, or created.'),
      base: z
        .union([
          z.strictObject({ image: name }),
          z.strictObject({ environmentId: objectId }),
          z.strictObject({ duplicateOf: objectId }),
        ])
        .describe('A Docker image, the image of another environment, or a copy of another environment.'),
      adopt: z.boolean().optional().describe('Use an environment of this name that Longhaul did not make.'),
    }),
  ])
  .describe('The environment that the job runs in; the project’s default when left out.');

/** 30 days: a job that takes longer is not waited for. */
const longestTrainingMs = 30 * 86_400_000;

const Train = z.strictObject({
  command: z.string().trim().min(1).max(4_000).describe('What the job runs, such as "python train.py".'),
  title: name.optional(),
  hardwareTier: z.string().min(1).max(100).optional().describe('The id of a hardware tier.'),
  commitId: z
    .string()
    .regex(/^[0-9a-f]{7,40}$/)
    .optional()
    .describe('For projects whose files Domino keeps.'),
  gitRef: z
    .strictObject({
      type: z.enum(['head', 'commitId', 'tags', 'branches']),
      value: z.string().min(1).max(250).optional(),
    })
    .optional()
    .describe('For projects in Git.'),
  logLines: z.number().int().min(0).max(200).default(20).describe('How many last lines of the log to keep.'),
  within: Duration.refine((text) => (parseDuration(text) ?? 0) <= longestTrainingMs, {
    error: 'must be 30d or less',
  })
    .optional()
    .describe('How long the job may take, queue included, before the step parks: up to 30d; left out, 2d.'),
});

const Gate = z.strictObject({
  conditions: z
    .array(ConditionText)
    .min(1)
    .max(20)
    .describe(
      'Such as `accuracy >= 0.9` or `accuracy >= baseline * 0.99`. A metric with spaces or signs in its name stands in quotes: `"val accuracy" >= 0.9`.',
    ),
  baseline: z
    .union([z.literal('live'), z.record(z.string().max(longestMetricName), z.number())])
    .optional()
    .describe('Metrics to compare with: those of what was last deployed to the model API, or numbers.'),
});

const Register = z.strictObject({
  model: segmentName.describe('The registered model; a version is added when it exists.'),
  description: z.string().max(1_000).optional(),
  experimentRunId: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional()
    .describe('The MLflow run; left out, the training writes `mlflow_run_id` to dominostats.json.'),
  artifactPath: z.string().min(1).max(500).optional(),
});

const Deploy = z.strictObject({
  modelApi: name.describe('The model API; a version is added when it exists.'),
  source: z
    .strictObject({ file: z.string().min(1).max(500), function: z.string().min(1).max(200) })
    .optional()
    .describe('A file and function of the project; left out, the registered version is deployed.'),
  environmentId: objectId.optional().describe('Left out, the environment of this run.'),
  hardwareTier: z.string().min(1).max(100).optional(),
  replicas: z.number().int().min(1).max(100).optional(),
  description: z.string().max(500).optional(),
});

/** What both pipelines take. */
const parts = {
  connection: z.string().min(1).max(64).describe('A connection of longhaul.yaml.'),
  project: projectName.describe('The project, as "owner/name".'),
  environment: Environment.optional(),
  revision: z
    .strictObject({
      dockerfile: z
        .string()
        .overwrite(withUnixLineEnds)
        .trim()
        .min(1)
        .max(100_000)
        .describe('Dockerfile instructions.'),
    })
    .optional()
    .describe('A revision to add to the environment; one with the same content is reused.'),
  train: Train,
  gate: Gate.optional(),
  whenBusy: z
    .enum(['wait', 'skip', 'replace'])
    .default('wait')
    .describe(
      'While another run trains or deploys the same model: wait for its end, give up, or cancel it, if whoever starts this run may.',
    ),
  cleanup: z.boolean().default(false).describe('When the run fails, undo what it made.'),
};

interface Parts {
  readonly environment?: unknown;
  readonly revision?: unknown;
  readonly train: z.output<typeof Train>;
  readonly gate?: z.output<typeof Gate> | undefined;
  readonly register?: unknown;
  readonly deploy?: z.output<typeof Deploy> | undefined;
}

/** What the parts of an input ask of each other. */
function checkParts(input: Parts, context: z.RefinementCtx): void {
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  if (input.revision && !input.environment)
    refuse(['revision'], 'needs `environment`: a revision belongs to one');
  if (input.train.commitId && input.train.gitRef) refuse(['train', 'commitId'], 'excludes `train.gitRef`');
  if (input.gate?.baseline === 'live' && !input.deploy)
    refuse(['gate', 'baseline'], '"live" needs `deploy`, which names the model API that is live');
  for (const metric of comparedMetrics(input.gate?.conditions ?? [])) {
    const baseline = input.gate?.baseline;
    if (baseline === undefined) refuse(['gate', 'baseline'], 'is missing: a condition compares with it');
    else if (baseline !== 'live' && !Object.hasOwn(baseline, metric))
      refuse(['gate', 'baseline'], `lacks ${metric}, which a condition compares with it`);
  }
  if (input.deploy && !input.deploy.source && !input.register)
    refuse(['deploy', 'source'], 'is missing: without `register` there is no registered version to deploy');
  if (input.deploy && !input.deploy.environmentId && !input.environment)
    refuse(['deploy', 'environmentId'], 'is missing: without `environment` the model API has none to run in');
}

/** The input of `train-and-deploy`. Each part but `train` may be left out. */
export const TrainAndDeployInput = z
  .strictObject({ ...parts, register: Register.optional(), deploy: Deploy.optional() })
  .superRefine(checkParts);

/** The metrics that conditions compare with the baseline. */
const comparedMetrics = (conditions: readonly string[]): string[] =>
  conditions.flatMap((text) => {
    const condition = parseCondition(text);
    return condition && 'baselineOffset' in condition.bound ? [condition.metric] : [];
  });

export type TrainAndDeployInput = z.output<typeof TrainAndDeployInput>;

/** No path of `newData.files` may lead out of the project. */
function checkPaths(value: unknown, context: z.RefinementCtx, path: readonly string[]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const at = [...path, key];
    if (key === 'files' && typeof inner === 'string' && !isProjectPath(inner)) {
      const message = 'must be a path within the project, without "." and ".." in it';
      context.addIssue({ code: 'custom', path: at, message });
    }
    checkPaths(inner, context, at);
  }
}

/** The input of `retrain`. */
export const RetrainInput = z
  .strictObject({
    ...parts,
    when: When,
    compare: Compare.optional(),
    register: Register,
    approval: Approval.optional(),
    deploy: Deploy,
    watch: Watch.prefault({}),
  })
  .superRefine((input, context) => {
    checkParts(input, context);
    checkPaths(input.when, context, ['when']);
    const { within, remindAfter } = input.approval ?? {};
    if (within && remindAfter && (parseDuration(remindAfter) ?? 0) >= (parseDuration(within) ?? 0))
      context.addIssue({
        code: 'custom',
        path: ['approval', 'remindAfter'],
        message: `must be shorter than \`within\` (${within})`,
      });
  });

export type RetrainInput = z.output<typeof RetrainInput>;
/** Input schemas by pipeline. */
export const pipelineInputs = {
  'train-and-deploy': TrainAndDeployInput,
  retrain: RetrainInput,
  'build-environment': BuildEnvironmentInput,
} as const;

export type PipelineName = keyof typeof pipelineInputs;
/** Whether a pipeline is there on several platforms: its input says which one it is for. */
export const takesPlatform = (pipeline: PipelineName): boolean =>
  'platform' in pipelineInputs[pipeline].shape;

/** What of an input its connection has no words for, where its dialect is known. */
export const unspokenIn = (
  pipeline: PipelineName,
  input: unknown,
  dialect: string | null,
): readonly { readonly path: readonly string[]; readonly detail: string }[] => {
  const isOfEnvironment = pipeline === 'build-environment' && dialect !== null;
  const faults = isOfEnvironment ? unspokenOf(input as BuildEnvironmentInput, dialect) : []; // its schema has let it through
  return faults.map(({ path, message }) => ({ path, detail: message }));
};

/** What a caller passes: fields with defaults may be left out. */
export type PipelineInput<P extends PipelineName> = z.input<(typeof pipelineInputs)[P]>;

/** The schema of an input as JSON Schema, for callers; what a superRefine refuses beyond them is told when a run is started. */
export const inputSchemaOf = (pipeline: PipelineName): Record<string, unknown> => ({
  title: pipeline,
  ...z.toJSONSchema(pipelineInputs[pipeline], { io: 'input' }),
});
