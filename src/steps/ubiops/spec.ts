/** What a document writes under `with` for the kinds of UbiOps. Workflows take types from here and nothing else. */
import { z } from 'zod';

/** A project, a deployment or an environment of UbiOps by its name. */
const Named = z
  .string()
  .max(200)
  .regex(/^(?!\.{1,2}$)[^/\\\s\p{Cc}\p{Cs}]+$/u, 'must be a name without spaces, "/" and "\\"');

const Environment = z.strictObject({
  project: Named.describe('The project, by its name.'),
  name: Named.describe('Found by this name, or created.'),
  base: Named.optional().describe(
    'The environment that it builds on; left out, its package is a Docker image.',
  ),
  description: z.string().max(300).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  supportsRequestFormat: z.boolean().optional(),
});

/** By kind. */
export const ubiopsSpecs = {
  'ubiops.environment': Environment,
} as const;

/** What each kind takes. */
export type UbiOpsWith = {
  readonly [K in keyof typeof ubiopsSpecs]: z.input<(typeof ubiopsSpecs)[K]>;
};
