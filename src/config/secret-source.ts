/** Where secrets are, as the configuration says it. */
import { z } from 'zod';

/** Where a secret is; never the secret itself. */
export const SecretSource = z.union(
  [
    z.strictObject({
      env: z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'must be the name of an environment variable'),
    }),
    z.strictObject({ file: z.string().min(1) }),
  ],
  'must say where the secret is, never the secret itself: `{env: NAME}` or `{file: PATH}`',
);
