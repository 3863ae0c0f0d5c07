/** What a document writes under `with` for the kinds of UbiOps. Workflows take types from here and nothing else. */
import { z } from 'zod';
import { parseDuration } from '../../run/schedules/durations.js';
import { fileNotAddress, filesNotAddress, pathNotImage } from '../../run/inputs/build-environment-input.js';
import { Duration, outputOf } from '../spec.js';
import type { VersionOutput } from './deployments.js';
import type { EnvironmentOutput, RevisionOutput } from './environments.js';

/** A project, a deployment or an environment of UbiOps by its name. */
const Named = z
  .string()
  .max(200)
  .regex(/^(?!\.{1,2}$)[^/\\\s\p{Cc}\p{Cs}]+$/u, 'must be a name without spaces, "/" and "\\"');

const Path = z
  .string()
  .max(500)
  .regex(
    /^(?!\.{1,2}(\/|$))[^/\\\p{Cc}]+(\/(?!\.{1,2}(\/|$))[^/\\\p{Cc}]+)*$/u,
    'must be a path within the package, such as requirements.txt',
  );

/** The dialects that have tags. */
const ofTags = { dialects: ['v2'] };

const source = {
  files: z
    .record(Path.and(pathNotImage), fileNotAddress.max(150_000), filesNotAddress)
    .optional()
    .describe(
      'The files of its package by their path: requirements.txt, ubiops.yaml. No secrets: runs show them.',
    ),
  sourceEnvironment: Named.optional()
    .meta({ needs: { v2: 'sourceTag' } })
    .describe('In their place: the environment whose package is copied.'),
  sourceTag: Named.optional().meta(ofTags).describe('In /v2: the tag of it.'),
};

const hasOneSource = ({
  files,
  sourceEnvironment,
}: {
  files?: unknown;
  sourceEnvironment?: unknown;
}): boolean => (files === undefined) !== (sourceEnvironment === undefined);
/** Also where another argument is an expression, which is not known yet. */
const oneSource = {
  error: 'needs exactly one of `files` and `sourceEnvironment`',
  when: ({ value }: { readonly value: unknown }) => typeof value === 'object' && value !== null,
};

const Environment = z.strictObject({
  project: Named.describe('The project, by its name.'),
  name: Named.describe('Found by this name, or created.'),
  base: Named.optional().describe(
    'The environment of the platform that it builds on; left out, its package is a Docker image.',
  ),
  contents: z
    .strictObject(source)
    .refine(hasOneSource, oneSource)
    .optional()
    .describe(
      'Makes the content a part of the name, `<name>-<12 digits>`: each content has an environment of its own.',
    ),
  description: z.string().max(300).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  supportsRequestFormat: z.boolean().optional(),
});

const Revision = z
  .strictObject({
    environment: outputOf<EnvironmentOutput>(['environment'], ['project', 'environment', 'base']).describe(
      'The output of a step of kind environment.',
    ),
    ...source,
    tag: Named.max(128)
      .optional()
      .meta(ofTags)
      .describe('In /v2: the name of the tag; left out, its content makes one.'),
  })
  .refine(hasOneSource, oneSource);

const Build = z.strictObject({
  revision: outputOf<RevisionOutput>(['revision'], ['revisionId', 'buildId', 'created']).describe(
    'The output of a step of kind revision.',
  ),
});

const environment = z
  .union(
    [
      outputOf<{ readonly environment: string; readonly tag?: string | null; readonly revisionId?: string }>(
        ['environment', 'revision', 'build'],
        ['environment'],
      ),
      Named,
    ],
    { error: 'must be the output of a step of kind environment, revision or build, or a name' },
  )
  .describe('The environment that it runs in: the output of a step, or the name of one that exists.');

const seconds = (text: string) => Duration.describe(text);
const instances = z.number().int().min(0).max(1_000).optional();

/** What a version runs on, beside its environment. */
const runsOn = {
  environment,
  tag: Named.optional()
    .meta(ofTags)
    .describe('The tag of the environment, which is a pin; /v2 alone has tags.'),
  instanceType: z.string().min(1).max(100).optional().describe('The group of types of instances.'),
  minimumInstances: instances,
  maximumInstances: instances,
};

/** As UbiOps’ documentation of data types and the examples of its client name them; of each there may be an array. */
const types = ['int', 'double', 'string', 'bool', 'dict', 'file', 'blob', 'timestamp'];
const FieldType = z
  .string()
  .regex(
    new RegExp(`^(array_)?(${types.join('|')})$`),
    `must be one of ${types.join(', ')}, or an array of one, such as array_double`,
  );

const Shape = z.union([z.literal('plain'), z.record(z.string().min(1).max(64), FieldType)], {
  error: 'must be plain, or the type of each field by its name: { age: int }',
});

const File = z
  .string()
  .max(1_000)
  .regex(/^ubiops-file:\/\/[^/\s]+\/[^\s]+$/, 'must be ubiops-file://<bucket>/<path>');

const Deployment = z.strictObject({
  project: Named.describe('The project, by its name.'),
  deployment: Named.max(64).describe('Found by this name, or created.'),
  input: Shape.describe('What it takes: plain, or the type of each field by its name, as UbiOps calls it.'),
  output: Shape.describe('What it answers, likewise.'),
  supportsRequestFormat: z.boolean().optional(),
  description: z.string().max(300).optional(),
  version: z
    .string()
    .max(64)
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/, 'must be letters, digits, ".", "_" and "-"')
    .optional()
    .describe('Its name. Left out, it is named after what it is made of: the same is made once.'),
  ...runsOn,
  idleTime: seconds('How long an instance without requests stays.').optional(),
  retention: seconds('How long requests and their results are kept: a week.').optional(),
  files: z
    .record(Path, z.string().max(100_000))
    .meta({ isLiteral: true }) // a value that becomes a part of a program would be run
    .describe('The package, by path: deployment.py and what it needs. Values reach it as variables.'),
  variables: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe('Environment variables, such as the model and its version. They are no place for secrets.'),
  promote: z
    .boolean()
    .optional()
    .describe('Whether it serves at the end. Without, it is built, and requests that name it reach it.'),
  serveWithin: Duration.optional().describe(
    'How long building it may take, and how long until the platform lets it serve: two days, and 30m.',
  ),
  whenBusy: z
    .enum(['wait', 'skip', 'replace'])
    .optional()
    .describe('While another run deploys to it: wait for its end, give up, or cancel it.'),
});

/** No request runs longer on UbiOps. */
const longestRequestMs = 172_800_000;

const awaited = {
  timeout: Duration.refine((text) => (parseDuration(text) ?? 0) <= longestRequestMs, 'must be at most 2d')
    .optional()
    .describe('How long the platform lets it run, at most 2d: 4h.'),
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
};

const Request = z.strictObject({
  project: Named.describe('The project, by its name.'),
  deployment: z
    .union([outputOf<VersionOutput>(['deployment'], ['deployment', 'version']), Named], {
      error: 'must be the output of a step of kind deployment, or a name',
    })
    .describe('The output of a step of kind deployment, whose version it is then; or a name.'),
  version: Named.optional().describe('Left out, the one that requests to the deployment go to.'),
  data: z.record(z.string(), z.unknown()).describe('What it is given, by field.'),
  marker: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('The field that carries the marker, by which the request is found again: _longhaul.'),
  ...awaited,
});

const TrainingRun = z.strictObject({
  project: Named.describe('The project, by its name.'),
  experiment: Named.max(64).describe('Found by this name, or created.'),
  ...runsOn,
  bucket: Named.optional().describe('Where the training keeps what it makes: default.'),
  name: z.string().min(1).max(100).optional().describe('Left out, the id of the run.'),
  description: z.string().max(300).optional(),
  code: File.describe('The program, in a bucket: ubiops-file://<bucket>/<path>.'),
  data: File.optional().describe('What it is trained on, in a bucket.'),
  parameters: z.record(z.string(), z.unknown()).optional(),
  ...awaited,
});

/** By kind. */
export const ubiopsSpecs = {
  'ubiops.environment': Environment,
  'ubiops.revision': Revision,
  'ubiops.build': Build,
  'ubiops.deployment': Deployment,
  'ubiops.request': Request,
  'ubiops.training-run': TrainingRun,
} as const;

/** What each kind takes. */
export type UbiOpsWith = {
  readonly [K in keyof typeof ubiopsSpecs]: z.input<(typeof ubiopsSpecs)[K]>;
};
