/** What can be configured of a connection. */
import { z } from 'zod';
import { httpUrl } from './http-url.js';
import { SecretSource } from './secret-source.js';
import { milliseconds } from './whole-numbers.js';

const proxyError =
  'must be an http(s) URL without a password; `{env: NAME}` or `{file: PATH}`, where one with a password is; or `none`';

/** How a connection reaches its platform, unless the environment’s HTTPS_PROXY, HTTP_PROXY and NO_PROXY say it. */
const Proxy = z.union([z.literal(false), z.literal('none'), httpUrl(proxyError), SecretSource], proxyError);

/** What a connection has that states nothing else. */
const usual = {
  domino: { dialect: 'v6', requestsPerSecond: 20 },
  ubiops: { dialect: 'v2.1', requestsPerSecond: 5 },
} as const;

/** The spellings of each platform. */
const dialects: Readonly<Record<keyof typeof usual, readonly string[]>> = {
  domino: ['v6', 'reference'],
  ubiops: ['v2.1', 'v2'],
};

/** One platform host. */
export const Connection = z
  .strictObject({
    platform: z.enum(['domino', 'ubiops']).describe('The kind of remote API.'),
    url: httpUrl()
      .refine((url) => !/[?#]/.test(url), 'must be an http(s) URL without a query or a fragment')
      .describe('Where the API begins, such as https://domino.example.com; a path is kept.'),
    proxy: Proxy.optional().describe(
      'The HTTP proxy on the way: a URL, or where one with a password is, `{env: NAME}` or `{file: PATH}`; `none`: straight. Left out, HTTPS_PROXY, HTTP_PROXY and NO_PROXY count.',
    ),
    ca: z
      .strictObject({ file: z.string().min(1) })
      .optional()
      .describe('Certificates in PEM that are trusted for this connection, instead of the public ones.'),
    dialect: z
      .enum(['v6', 'reference', 'v2.1', 'v2'])
      .optional()
      .describe(
        'How it is spelled. Domino: `v6`, or `reference`, the older spelling of about twenty operations. UbiOps: `v2.1`, or `v2`, whose environments have tags instead of revisions. Left out, the first.',
      ),
    apiKey: SecretSource.optional().describe(
      'Where the API key is: `{env: NAME}` or `{file: PATH}`. Never the key itself.',
    ),
    token: SecretSource.optional().describe('Where a bearer token is; read anew for each request.'),
    requestsPerSecond: z
      .number()
      .min(0.01)
      .max(1_000)
      .optional()
      .describe(
        'Requests per second, over all workers together; left out, 20 for Domino, and 5 for UbiOps, which takes 300 a minute of one address.',
      ),
    requestTimeoutMs: milliseconds.default(30_000).describe('Total time of one HTTP request.'),
  })
  .refine(({ apiKey, token }) => (apiKey === undefined) !== (token === undefined), {
    error: 'needs exactly one of `apiKey` and `token`',
  })
  .refine(({ ca, url }) => ca === undefined || /^https:/i.test(url), {
    path: ['ca'],
    error: 'is of use with an https URL only',
  })
  .refine(({ platform, dialect }) => dialect === undefined || dialects[platform].includes(dialect), {
    path: ['dialect'],
    error: 'domino has `v6` and `reference`, ubiops `v2.1` and `v2`',
  })
  .transform(({ dialect, requestsPerSecond, ...connection }) => ({
    ...connection,
    dialect: dialect ?? usual[connection.platform].dialect,
    requestsPerSecond: requestsPerSecond ?? usual[connection.platform].requestsPerSecond,
  }));
