/** What a document writes under `with` for the kinds of UbiOps. Workflows take types from here and nothing else. */
import { z } from 'zod';
import { outputOf } from '../spec.js';
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

const source = {
  files: z
    .record(Path, z.string().max(150_000))
    .optional()
    .describe(
      'The files of its package by their path: requirements.txt, ubiops.yaml. No secrets: runs show them.',
    ),
  sourceEnvironment: Named.optional().describe('In their place: the environment whose package is copied.'),
  sourceTag: Named.optional().describe('In /v2: the tag of it.'),
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
    tag: Named.max(128).optional().describe('In /v2: the name of the tag; left out, its content makes one.'),
  })
  .refine(hasOneSource, oneSource);

const Build = z.strictObject({
  revision: outputOf<RevisionOutput>(['revision'], ['revisionId', 'buildId', 'created']).describe(
    'The output of a step of kind revision.',
  ),
});

/** By kind. */
export const ubiopsSpecs = {
  'ubiops.environment': Environment,
  'ubiops.revision': Revision,
  'ubiops.build': Build,
} as const;

/** What each kind takes. */
export type UbiOpsWith = {
  readonly [K in keyof typeof ubiopsSpecs]: z.input<(typeof ubiopsSpecs)[K]>;
};
