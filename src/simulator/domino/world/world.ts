/** The world that a simulator starts with, read from YAML. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { GitServiceProvider } from '../../../contract/domino/projects.js';
import { notAWorld, readWorld } from '../../world-file.js';

/** The worlds of a simulator that is given none; samples to copy from. */
const sample = (name: string): string =>
  fileURLToPath(new URL(`../../../../examples/worlds/${name}.yaml`, import.meta.url));
const defaultWorlds = { v6: sample('default'), reference: sample('reference') };

const seconds = z
  .tuple([z.number().positive(), z.number().positive()])
  .refine(([least, most]) => least <= most, 'the first number must not be greater than the second');
const name = z.string().regex(/^\S+$/, 'must not be empty or hold white space');
const pattern = z.string().transform((source, context) => {
  try {
    return new RegExp(source);
  } catch {
    context.addIssue({ code: 'custom', message: 'is not a regular expression' });
    return z.NEVER;
  }
});

const JobRule = z.strictObject({
  command: pattern,
  status: z.enum(['Succeeded', 'Failed', 'Error', 'Stopped']),
  minutes: z.number().positive().optional(),
  /** Only of so many jobs that it matches: the next one is left to the rules below. */
  times: z.number().int().positive().optional(),
  stats: z.record(z.string(), z.coerce.string()).optional(),
  log: z.array(z.string()).optional(),
});

const ModelApiRule = z.strictObject({
  name: pattern,
  version: z.number().int().positive().optional(),
  status: z.enum(['Failed', 'Stalled', 'Unreachable']),
  /** Of serving, in simulated time. */
  afterMinutes: z.number().nonnegative(),
});

const User = z.strictObject({
  name,
  roles: z.array(z.string()).default([]),
  /** What the user may ask with, beside the key of the simulator. After these simulated minutes it is refused. */
  tokens: z
    .array(z.strictObject({ token: z.string().min(8), minutes: z.number().positive().optional() }))
    .default([]),
  gitCredentials: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        domain: z.string().min(1),
        gitServiceProvider: GitServiceProvider.default('Github'),
        protocol: z.enum(['https', 'ssh']).default('https'),
      }),
    )
    .default([]),
});

const Workspace = z.strictObject({
  /** What requests name; no list of the public API tells it. */
  id: z.string().regex(/^[0-9a-f]{24}$/, 'must be 24 hexadecimal digits'),
  name: z.string().min(1),
});

const WorldFile = z.strictObject({
  /** Whose the API key is. */
  user: name,
  /** Others, and more of this one. Owners of projects are users anyway. */
  users: z.array(User).default([]),
  projects: z
    .array(
      z.strictObject({
        owner: name,
        name,
        description: z.string().default(''),
        /** Relative to the YAML file. */
        files: z.string().optional(),
        datasets: z
          .array(z.strictObject({ name: z.string().min(1), description: z.string().default('') }))
          .default([]),
        workspaces: z.array(Workspace).default([]),
      }),
    )
    .min(1),
  environments: z
    .array(
      z.strictObject({
        /** One of the platform's own kind unless stated. */
        id: name.optional(),
        name: z.string().min(1),
        image: z.string().min(1),
        description: z.string().default(''),
        default: z.boolean().default(false),
      }),
    )
    .refine((all) => all.filter((one) => one.default).length === 1, 'exactly one needs `default: true`'),
  hardwareTiers: z
    .array(
      z.strictObject({
        id: name,
        name: z.string().optional(),
        cores: z.number().positive().default(1),
        memoryGiB: z.number().positive().default(4),
        gpus: z.number().int().nonnegative().default(0),
        default: z.boolean().default(false),
      }),
    )
    .refine((all) => all.filter((one) => one.default).length === 1, 'exactly one needs `default: true`'),
  /** Whether a revision becomes the active one when its build succeeds. */
  activation: z.enum(['on-success', 'manual']).default('on-success'),
  durations: z
    .strictObject({
      build: seconds.default([40, 80]),
      queue: seconds.default([10, 30]),
      job: seconds.default([90, 150]),
      deploy: seconds.default([30, 60]),
      snapshot: seconds.default([10, 20]),
    })
    .prefault({}),
  jobs: z.array(JobRule).default([]),
  /** What becomes of versions of model APIs that serve. */
  modelApis: z.array(ModelApiRule).default([]),
  /** Model deployments that fail instead of coming into service, and what they say. */
  modelDeployments: z
    .array(z.strictObject({ name: pattern, message: z.string().default('The endpoint failed') }))
    .default([]),
  /** `forbidden`: for a credential that is no administrator’s. `absent`: on a deployment that tracks no costs. */
  costApi: z.enum(['on', 'forbidden', 'absent']).default('on'),
});

/** A validated world. Folders of files are absolute, and `null` where there are none. */
export type World = z.output<typeof WorldFile> & { readonly files: ReadonlyMap<string, string | null> };

/**
 * Reads a world. Without a path it is the one of `examples/worlds/default.yaml`, or of `reference.yaml` beside it, which
 * has the ids and names that the reference's own examples use.
 *
 * @throws Error that names the file and the path of the key that is wrong
 */
export async function loadWorld(
  stated?: string | object,
  dialect: 'v6' | 'reference' = 'v6',
): Promise<World> {
  const { source, isFile, world } = await readWorld(WorldFile, stated ?? defaultWorlds[dialect]);
  const files = new Map<string, string | null>();
  for (const [index, project] of world.projects.entries()) {
    const refused = (why: string): Error => notAWorld(source, [`projects[${index}].files: ${why}`]);
    // Whoever can ask for a world must not thereby read the folders of this machine.
    if (!isFile && project.files !== undefined) throw refused('only the world of a file has files');
    const folder = project.files === undefined ? null : resolve(dirname(source), project.files);
    const found = folder !== null && existsSync(folder);
    if (folder !== null && !found && stated !== undefined) throw refused(`there is no folder ${folder}`);
    files.set(`${project.owner}/${project.name}`, found ? folder : null);
  }
  return { ...world, files };
}
