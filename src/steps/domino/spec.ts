/** What a document writes under `with` for the kinds of Domino. Workflows take types from here and nothing else. */
import { z } from 'zod';
import type { BuildOutput, EnvironmentOutput, RevisionOutput } from '../../run/undoing/effects.js';
import { When } from '../../run/inputs/retrain-input.js';
import type { Deployed } from './deploy.js';
import { Duration, Id, Name, Project, Segment, job, outputOf, registered } from '../spec.js';

const environment = outputOf<EnvironmentOutput>(['environment'], ['environmentId', 'revisionId', 'created']);
const environmentOrId = z
  .union([environment, Id], { error: 'must be the output of a step of kind environment, or an id' })
  .describe('The output of a step of kind environment, or the id of one that exists.');

const dockerfile = z
  .string()
  .min(1)
  .max(100_000)
  .meta({ isShell: true })
  .describe('Dockerfile instructions.');
const hardwareTier = z.string().min(1).max(100).describe('The id of a hardware tier.');
const whenBusy = z
  .enum(['wait', 'skip', 'replace'])
  .describe('While another run has the same model: wait for its end, give up, or cancel it.');

const Environment = z
  .strictObject({
    id: Id.optional().describe('An environment that exists.'),
    name: Name.optional().describe('In its place: found by this name, or created.'),
    base: z
      .union(
        [
          z.strictObject({ image: Name }),
          z.strictObject({ environmentId: Id }),
          z.strictObject({ duplicateOf: Id }),
        ],
        { error: 'must be one of {image: …}, {environmentId: …} and {duplicateOf: …}' },
      )
      .optional()
      .describe('A Docker image, the image of another environment, or a copy of another environment.'),
    dockerfile: dockerfile.optional().describe('Instructions of its first revision.'),
    adopt: z.boolean().optional().describe('Use an environment of this name that Longhaul did not make.'),
  })
  .refine(({ id, name }) => (id === undefined) !== (name === undefined), {
    error: 'needs exactly one of `id` and `name`',
  })
  .refine(({ id, base }) => (id === undefined) === (base !== undefined), {
    error: 'needs `base` with `name`, and without it none',
  });

const Revision = z.strictObject({
  environment: environment.describe('The output of a step of kind environment.'),
  dockerfile,
});

const Build = z
  .strictObject({
    revision: outputOf<RevisionOutput>(['revision'], ['environmentId', 'revisionId', 'created'])
      .optional()
      .describe('The output of a step of kind revision.'),
    environment: environment
      .optional()
      .describe('In its place: an environment, whose active revision it is.'),
  })
  .refine(({ revision, environment: made }) => (revision === undefined) !== (made === undefined), {
    error: 'needs exactly one of `revision` and `environment`',
  });

const Job = z
  .strictObject({
    project: Project,
    command: z
      .union(
        [
          z.string().min(1).max(4_000),
          z
            .array(z.union([z.string(), z.number(), z.boolean()]))
            .min(1)
            .max(200),
        ],
        { error: 'must be a text, or a list of words' },
      )
      .meta({ isShell: true })
      .describe('What it runs: a text for the shell, or a list of words, each of which is quoted.'),
    title: Name.optional().describe('Left out, the id of the run.'),
    hardwareTier: hardwareTier.optional(),
    commitId: z
      .string()
      .regex(/^[0-9a-f]{7,40}$/, 'must be 7 to 40 hexadecimal digits')
      .optional()
      .describe('For projects whose files Domino keeps.'),
    gitRef: z
      .strictObject({
        type: z.enum(['head', 'commitId', 'tags', 'branches']),
        value: z.string().min(1).max(250).optional(),
      })
      .optional()
      .describe('For projects in Git.'),
    environment: environmentOrId.optional(),
    build: outputOf<BuildOutput>(['build'], ['revisionId'])
      .optional()
      .describe('The output of a step of kind build: it runs on that very revision.'),
    logLines: z
      .number()
      .int()
      .min(0)
      .max(200)
      .optional()
      .describe('How many last lines of the log to keep: 20, of an item of a step with `each` 3.'),
    metrics: z
      .array(z.string().min(1).max(200))
      .max(100)
      .optional()
      .describe('Metrics that are kept before all others, beside those that the document names.'),
    trains: Segment.optional().describe('The registered model that it trains: one run at a time does.'),
    whenBusy: whenBusy.optional(),
  })
  .refine(({ commitId, gitRef }) => commitId === undefined || gitRef === undefined, {
    error: 'excludes `gitRef`',
    path: ['commitId'],
  });

const Register = z.strictObject({
  model: Segment.describe('The registered model; a version is added when it exists.'),
  job: job.describe('What has trained it: the output of a job, or of the best of several.'),
  description: z.string().max(1_000).optional(),
  experimentRunId: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits')
    .optional()
    .describe('The MLflow run; left out, the training writes `mlflow_run_id` to dominostats.json.'),
  artifactPath: z.string().min(1).max(500).optional(),
});

const Deploy = z
  .strictObject({
    modelApi: Segment.describe('The model API; a version is added when it exists.'),
    project: Project,
    job: job.describe('What has trained it: the output of a job, or of the best of several.'),
    environment: environmentOrId,
    from: registered.optional().describe('The registered version that is deployed.'),
    source: z
      .strictObject({ file: z.string().min(1).max(500), function: z.string().min(1).max(200) })
      .optional()
      .describe('In its place: a file and function of the project.'),
    hardwareTier: hardwareTier.optional(),
    replicas: z.number().int().min(1).max(100).optional(),
    description: z.string().max(500).optional(),
    serveWithin: Duration.optional().describe('How long the new version may take until it serves.'),
    restores: z
      .boolean()
      .optional()
      .describe('Whether what served before serves again where the new version does not come to serve.'),
    whenBusy: whenBusy.optional(),
  })
  .refine(({ from, source }) => (from === undefined) !== (source === undefined), {
    error: 'needs exactly one of `from` and `source`',
  });

const Watch = z.strictObject({
  modelApi: Segment,
  project: Project,
  deployment: outputOf<Deployed>(['deploy'], ['modelApiId', 'versionId']).describe(
    'The output of a step of kind deploy.',
  ),
  for: Duration.optional().describe('How long the new version must stay well: 10m.'),
  probe: z.string().min(1).max(63).optional().describe('A probe of longhaul.yaml, asked on each look.'),
  sample: z.unknown().optional().describe('The body of the probe’s request, as JSON.'),
  failures: z
    .number()
    .int()
    .min(1)
    .max(20)
    .optional()
    .describe('Failed looks in a row that are too many: 3.'),
});

const Decide = z.strictObject({
  project: Project,
  modelApi: Segment.describe('The model API whose model is judged.'),
  when: When.unwrap().meta({ isLiteral: true }),
  trains: Segment.optional().describe('The registered model that the run trains: one run at a time does.'),
  whenBusy: whenBusy.optional(),
});

const Snapshot = z.strictObject({
  project: Project,
  dataset: Name.describe('The name of a dataset of the project.'),
  paths: z
    .array(z.string().min(1).max(1_000))
    .min(1)
    .max(100)
    .optional()
    .describe('What of it is copied, relative to its root: all of it.'),
  within: Duration.optional().describe('How long copying may take: 6h.'),
});

/** By kind. */
export const dominoSpecs = {
  'domino.environment': Environment,
  'domino.revision': Revision,
  'domino.build': Build,
  'domino.job': Job,
  'domino.register': Register,
  'domino.deploy': Deploy,
  'domino.watch': Watch,
  'domino.decide': Decide,
  'domino.snapshot': Snapshot,
} as const;

/** What each kind takes; `Decide` with its defaults, for it is written out. */
export type DominoWith = {
  readonly [K in keyof typeof dominoSpecs]: K extends 'domino.decide'
    ? z.output<(typeof dominoSpecs)[K]>
    : z.input<(typeof dominoSpecs)[K]>;
};
