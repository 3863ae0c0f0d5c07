/** The settings of encrypted payloads. */
import { z } from 'zod';
import { SecretSource } from './secret-source.js';

export const Encryption = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[\w.-]{1,64}$/, 'must be letters, digits, "_", "." and "-"'),
        secret: SecretSource,
      }),
    )
    .max(20)
    .refine(
      (keys) => new Set(keys.map(({ id }) => id)).size === keys.length,
      'must each have an id of its own',
    )
    .default([])
    .describe(
      'Keys by which payloads are encrypted before Temporal stores them, each 32 bytes in Base64. The first encrypts, all decrypt. Every worker, server and CLI needs the same; left out, nothing is encrypted.',
    ),
  uiOrigins: z
    .array(
      z
        .url({ protocol: /^https?$/ })
        .refine(
          (url) => url === new URL(url).origin,
          'must be an origin, such as https://temporal.example.com',
        ),
    )
    .default([])
    .describe(
      'Origins of Temporal’s Web UI, whose pages may have payloads decrypted by this server (`POST /codec/decode`) for admins.',
    ),
});
