/** The world that a simulated UbiOps starts with, read from YAML. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readWorld } from '../../world-file.js';
import { Behaviour, usualBehaviour } from './behaviour.js';

/** The world of a simulator that is given none; a sample to copy from. */
const defaultWorld = fileURLToPath(new URL('../../../../examples/worlds/ubiops.yaml', import.meta.url));

const seconds = z
  .tuple([z.number().positive(), z.number().positive()])
  .refine(([least, most]) => least <= most, 'the first number must not be greater than the second');
const name = z.string().regex(/^\S+$/, 'must not be empty or hold white space');
const pattern = z.string().transform((source, context) => {
  try {
    return new RegExp(source, 'm');
  } catch {
    context.addIssue({ code: 'custom', message: 'is not a regular expression' });
    return z.NEVER;
  }
});
const times = z.number().int().positive().optional();

/** Which packages do not build. */
const BuildRule = z.strictObject({
  /** Is searched in the name of the package and in its dependency files. */
  package: pattern,
  error: z.string().min(1).max(1_024),
  /** Only of so many builds that it matches: the next one is left to the rules below. */
  times,
  log: z.array(z.string()).optional(),
});

/** How requests go that are not really run. */
const RequestRule = z.strictObject({
  deployment: pattern,
  /** Is searched in the input, as JSON. */
  input: pattern.optional(),
  status: z.enum(['completed', 'failed']).default('completed'),
  minutes: z.number().positive().optional(),
  times,
  result: z.unknown().optional(),
  error: z.string().default('The request failed'),
  log: z.array(z.string()).optional(),
});

const WorldFile = z.strictObject({
  /** The e-mail address of whoever has the token. */
  user: z.email(),
  organization: name.default('longhaul'),
  projects: z.array(z.strictObject({ name })).min(1),
  baseEnvironments: z
    .array(
      z.strictObject({
        name,
        displayName: z.string().min(1),
        gpu: z.boolean().default(false),
        /** In `/v2`. */
        tags: z.array(name).min(1).default(['latest']),
      }),
    )
    .min(1),
  instanceTypes: z
    .array(
      z.strictObject({
        name,
        cpu: z.number().positive().default(1),
        memoryGiB: z.number().positive().default(4),
        gpus: z.number().int().nonnegative().default(0),
        creditRate: z.number().nonnegative().default(1),
      }),
    )
    .min(1),
  durations: z
    .strictObject({
      queue: seconds.default([3, 10]),
      build: seconds.default([40, 80]),
      package: seconds.default([20, 40]),
      pending: seconds.default([0.05, 0.2]),
      request: seconds.default([0.1, 0.5]),
      training: seconds.default([60, 120]),
    })
    .prefault({}),
  builds: z.array(BuildRule).default([]),
  requests: z.array(RequestRule).default([]),
  behaviour: Behaviour.partial().default({}),
});

/** A validated world. */
export type World = Omit<z.output<typeof WorldFile>, 'behaviour'> & { readonly behaviour: Behaviour };

/**
 * Reads a world. Without a path it is the one of `examples/worlds/ubiops.yaml`.
 *
 * @throws Error that names the file and the path of the key that is wrong
 */
export async function loadWorld(stated: string | object = defaultWorld): Promise<World> {
  const { world } = await readWorld(WorldFile, stated);
  const behaviour = Object.entries(world.behaviour).filter(([, value]) => value !== undefined);
  return { ...world, behaviour: { ...usualBehaviour, ...Object.fromEntries(behaviour) } };
}
