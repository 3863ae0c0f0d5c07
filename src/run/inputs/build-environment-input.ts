/** The input of `build-environment`: one shape for every platform, and what each of them takes of it. */
import { z } from 'zod';
import { withUnixLineEnds } from '../documents/line-ends.js';
import { isProjectPath, name, segmentName } from './input-fields.js';

/** Files are a part of the run’s start, and of what its steps are told: a history holds them several times. */
const most = { files: 200, characters: 150_000 } as const;

const objectId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be an id of the platform: letters, digits, "-" and "_"');

const isFilePath = (path: string): boolean =>
  !path.split('/').some((segment) => segment === '' || segment === '.') && isProjectPath(path);

/** UbiOps builds environments from what is uploaded, or from the package of another one: from nothing in a bucket. */
export const fileNotAddress = z.string().regex(/^(?!\s*ubiops-file:\/\/\S+\s*$)/, {
  error:
    'must be the text of the file: UbiOps builds no environment from a file of a bucket, such as ubiops-file://bucket/path',
});

/** A file of a package is a text, and an image is none. */
export const pathNotImage = z.string().regex(/^(?!.*\.(tar|tar\.\w+|tgz)$)/, {
  error:
    'cannot be a Docker image: Longhaul uploads texts alone; make an environment of the image on UbiOps, and name it as sourceEnvironment',
});

/** The same of an address in place of all of them. */
export const filesNotAddress: { readonly error: z.core.$ZodErrorMap } = {
  error: ({ input }) =>
    typeof input === 'string'
      ? 'must be the texts of the files by their path: UbiOps builds no environment from an address'
      : undefined,
};

/** Texts by their path in a package. */
export const PackageFiles = z
  .record(z.string().min(1).max(500), fileNotAddress, filesNotAddress)
  .superRefine((files, context) => {
    for (const path of Object.keys(files)) {
      const [issue] = pathNotImage.safeParse(path).error?.issues ?? [];
      if (issue !== undefined) context.addIssue({ code: 'custom', path: [path], message: issue.message });
    }
  })
  .refine((files) => Object.keys(files).every(isFilePath), {
    error:
      'must have paths within the package, such as requirements.txt: not ./requirements.txt, and no ".", ".." or "//" in them',
  })
  .refine((files) => Object.keys(files).length > 0 && Object.keys(files).length <= most.files, {
    error: `must be 1 to ${most.files} files`,
  })
  .refine((files) => Object.values(files).reduce((sum, text) => sum + text.length, 0) <= most.characters, {
    error: `must be ${most.characters} characters or less in all: what is larger belongs in an environment of the platform, which sourceEnvironment names`,
  })
  .describe(
    'The files of its package by their path: requirements.txt, ubiops.yaml. No secrets: runs show them.',
  );

const Base = z
  .union([
    z.strictObject({ image: name }),
    z.strictObject({ environmentId: objectId }),
    z.strictObject({ duplicateOf: objectId }),
    z.strictObject({ environment: segmentName }),
  ])
  .describe(
    'On Domino a Docker image, the image of another environment, or a copy of one; on UbiOps the name of an environment of the platform.',
  );

const Environment = z
  .strictObject({
    id: objectId.optional().describe('On Domino: an environment that exists.'),
    name: segmentName.optional().describe('In its place: found by this name, or created.'),
    base: Base.optional(),
    adopt: z
      .boolean()
      .optional()
      .describe('On Domino: use an environment of this name that Longhaul did not make.'),
    byContent: z
      .boolean()
      .optional()
      .describe('On UbiOps: each content has an environment of its own, `<name>-<12 digits>`.'),
    description: z.string().max(300).optional().describe('On UbiOps.'),
    labels: z.record(z.string(), z.string()).optional().describe('On UbiOps.'),
    supportsRequestFormat: z.boolean().optional().describe('On UbiOps.'),
  })
  .describe('The environment that is built.');

const Revision = z
  .strictObject({
    dockerfile: z
      .string()
      .overwrite(withUnixLineEnds)
      .trim()
      .min(1)
      .max(100_000)
      .optional()
      .describe('On Domino: Dockerfile instructions.'),
    files: PackageFiles.optional().describe('On UbiOps: the files of its package by their path.'),
    sourceEnvironment: segmentName.optional().describe('On UbiOps: the environment whose package is copied.'),
    sourceTag: segmentName.optional().describe('On UbiOps, in /v2: the tag of it.'),
    tag: segmentName
      .max(128)
      .optional()
      .describe('On UbiOps, in /v2: the name of the tag; left out, its content makes one.'),
  })
  .describe('What is added to the environment; what has the same content is reused.');

/** Those that there are. */
const Platform = z.enum(['domino', 'ubiops']);

/** The input of `build-environment`. */
export const BuildEnvironmentInput = z
  .strictObject({
    connection: z.string().min(1).max(64).describe('A connection of longhaul.yaml.'),
    platform: Platform.optional().describe(
      'The platform of the connection. Where the configuration is known, nobody has to say it.',
    ),
    project: segmentName.optional().describe('On UbiOps: the name of the project.'),
    environment: Environment,
    revision: Revision.optional(),
    cleanup: z.boolean().default(false).describe('When the run fails, undo what it made.'),
  })
  .superRefine((input, context) => {
    for (const { path, message } of faultsOf(input)) context.addIssue({ code: 'custom', path, message });
  });

export type BuildEnvironmentInput = z.output<typeof BuildEnvironmentInput>;

type Parts = Omit<BuildEnvironmentInput, 'connection' | 'cleanup'>;

interface Fault {
  readonly path: string[];
  readonly message: string;
}

function faultsOf(input: Parts): Fault[] {
  switch (input.platform) {
    case undefined:
      return [
        {
          path: ['platform'],
          message: 'is missing: whoever starts the run does not have the configuration of its connection',
        },
      ];
    case 'domino':
      return onDomino(input);
    case 'ubiops':
      return onUbiOps(input);
  }
}

/** Of what is given, all that the platform does not take. */
const foreign = (
  parent: string | null,
  given: object | undefined,
  keys: readonly string[],
  message: string,
): Fault[] =>
  Object.entries(given ?? {}).flatMap(([key, value]) =>
    keys.includes(key) && value !== undefined
      ? [{ path: parent === null ? [key] : [parent, key], message }]
      : [],
  );

function onDomino({ environment, revision, ...input }: Parts): Fault[] {
  const { id, name: named, base } = environment;
  const isOther = 'is for UbiOps, and the connection is of Domino';
  const faults = [
    ...foreign(null, input, ['project'], 'is for UbiOps: an environment of Domino is in no project'),
    ...foreign(
      'environment',
      environment,
      ['byContent', 'description', 'labels', 'supportsRequestFormat'],
      isOther,
    ),
    ...foreign(
      'revision',
      revision,
      ['files', 'sourceEnvironment', 'sourceTag', 'tag'],
      `${isOther}: it builds from \`dockerfile\``,
    ),
  ];
  const add = (path: string[], message: string) => faults.push({ path, message });
  if ((id === undefined) === (named === undefined))
    add(['environment'], 'needs exactly one of `id` and `name`');
  if (named !== undefined && base === undefined) add(['environment', 'base'], 'is missing');
  if (id !== undefined && base !== undefined) add(['environment', 'base'], 'is of no use with `id`');
  if (base !== undefined && 'environment' in base)
    add(['environment', 'base'], 'must be one of {image: …}, {environmentId: …} and {duplicateOf: …}');
  if (revision !== undefined && revision.dockerfile === undefined && faults.length === 0)
    add(['revision', 'dockerfile'], 'is missing');
  return faults;
}

function onUbiOps({ project, environment, revision }: Parts): Fault[] {
  const isOther = 'is for Domino, and the connection is of UbiOps';
  const faults = [
    ...foreign('environment', environment, ['id', 'adopt'], isOther),
    ...foreign(
      'revision',
      revision,
      ['dockerfile'],
      `${isOther}: it builds from \`files\` or \`sourceEnvironment\``,
    ),
  ];
  const add = (path: string[], message: string) => faults.push({ path, message });
  const { name: named, base } = environment;
  if (project === undefined) add(['project'], 'is missing: an environment of UbiOps is in a project');
  if (named === undefined) add(['environment', 'name'], 'is missing');
  if (base !== undefined && !('environment' in base))
    add(['environment', 'base'], 'must be {environment: …}: the name of an environment of the platform');
  if (revision === undefined) add(['revision'], 'is missing: an environment of UbiOps has none at first');
  const { dockerfile, files, sourceEnvironment: source, sourceTag } = revision ?? {};
  if (revision !== undefined && dockerfile === undefined && (files === undefined) === (source === undefined))
    add(['revision'], 'needs exactly one of `files` and `sourceEnvironment`');
  if (sourceTag !== undefined && source === undefined)
    add(['revision', 'sourceTag'], 'needs `sourceEnvironment`');
  return faults;
}

/** Of an input for UbiOps, what the dialect of its connection has no words for, and what it needs beside something. */
export function unspokenOf({ platform, revision = {} }: BuildEnvironmentInput, dialect: string): Fault[] {
  if (platform !== 'ubiops') return [];
  const speaks = `the connection speaks ${dialect}`;
  if (dialect === 'v2')
    return revision.sourceEnvironment !== undefined && revision.sourceTag === undefined
      ? [{ path: ['revision', 'sourceTag'], message: `is missing: ${speaks}, which copies from a tag` }]
      : [];
  return foreign('revision', revision, ['tag', 'sourceTag'], `is of the dialect v2 alone, and ${speaks}`);
}
