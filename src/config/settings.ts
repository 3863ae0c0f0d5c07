/** What can be configured: every key of `longhaul.yaml`, with its environment variable, standard value and meaning. */
import { z } from 'zod';
import { httpMethods } from '../run/documents/requests.js';
import { runEventTypes } from '../run/steps.js';
import { Connection } from './connection-settings.js';
import { Encryption } from './encryption-settings.js';
import { httpUrl, namesNobody } from './http-url.js';
import { SecretSource } from './secret-source.js';
import { milliseconds, whole } from './whole-numbers.js';

/** A setting that an environment variable overrides. */
const setting = <S extends z.ZodType>(schema: S, env: string, description: string): S =>
  schema.meta({ env, description });

const address = z
  .string()
  .regex(/^[\w.[\]:-]+:\d{1,5}$/, { error: 'must be host:port', abort: true })
  .refine((given) => Number(given.split(':').at(-1)) < 65_536, 'must have a port below 65536');

/** What a request says of its own bytes and of its connection: set by hand, the platform waits for what never comes. */
const framing = ['content-length', 'transfer-encoding', 'connection', 'upgrade', 'expect', 'te', 'trailer'];

const headers = z
  .record(z.string().regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header'), SecretSource)
  .refine(
    (given) => new Set(Object.keys(given).map((one) => one.toLowerCase())).size === Object.keys(given).length,
    'has a header twice',
  )
  .refine(
    (given) => !Object.keys(given).some((one) => framing.includes(one.toLowerCase())),
    `must have none of ${framing.join(', ')}`,
  )
  .default({})
  .describe('By name of a header: where its value is, as for a secret.');

/** Whichever of the two were sent, the other would not be. */
const authorizedOnce = ({
  token,
  headers: given,
}: {
  readonly token?: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}): boolean =>
  token === undefined || !Object.keys(given).some((one) => one.toLowerCase() === 'authorization');
const twiceAuthorized = {
  path: ['headers'],
  error: 'has `Authorization` beside `token`: leave one of them out',
};

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and "-"');
const names = z.array(z.union([z.literal('*'), name])).min(1);

const Server = z.strictObject({
  address: setting(
    address.default('127.0.0.1:8080'),
    'LONGHAUL_SERVER_ADDRESS',
    'Where the HTTP API listens. Beyond loopback it needs `access`.',
  ),
  publicUrl: setting(
    httpUrl()
      .refine((url) => !/[?#]/.test(url), 'must be an http(s) URL without a query or a fragment')
      .optional(),
    'LONGHAUL_PUBLIC_URL',
    'How callers reach the HTTP API, for links.',
  ),
  followers: setting(
    whole(1, 100_000).default(5_000),
    'LONGHAUL_FOLLOWERS',
    'Streams and waiting callers at once; more are answered 503.',
  ),
  followersPerCaller: setting(
    whole(1, 100_000).optional(),
    'LONGHAUL_FOLLOWERS_PER_CALLER',
    'How many of them one caller (a key, the subject of a token) may have; left out, a quarter of `followers`.',
  ),
});

/** What somebody may do and see. */
const grant = {
  role: z.enum(['viewer', 'operator', 'admin']).describe('What they may do.'),
  pipelines: names.default(['*']).describe('Pipelines whose runs they see; `*` is all.'),
  connections: names.default(['*']).describe('Connections whose runs they see; `*` is all.'),
};
export const Grant = z.strictObject(grant);

/** An issuer of JSON Web Tokens. */
export const TokenIssuer = z.strictObject({
  issuer: z.string().min(1).describe('The exact `iss` of its tokens.'),
  audience: z.string().min(1).describe('The exact `aud` that its tokens must have.'),
  jwks: z
    .string()
    .min(1)
    .refine(namesNobody, 'must be an https URL without a password, or a file')
    .describe('Its keys: an https URL, or a file.'),
  algorithms: z
    .array(z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']))
    .min(1)
    .default(['RS256', 'ES256'])
    .describe('Signatures that are accepted.'),
  maxAgeMs: milliseconds.default(3_600_000).describe('Tokens issued longer ago are refused.'),
  claim: z.string().min(1).default('groups').describe('The claim that `grants` are for.'),
  grants: z
    .record(z.string().min(1).describe('value'), Grant)
    .describe('By value of the claim: what its holder may do.'),
});

const Access = z.strictObject({
  keysFile: setting(
    z.string().min(1).optional(),
    'LONGHAUL_KEYS_FILE',
    'The hashed API keys that `longhaul key` keeps. Servers behind one address share it.',
  ),
  tokens: z.array(TokenIssuer).default([]).describe('Issuers of JSON Web Tokens.'),
});

/** A sender of events that start runs. */
export const IncomingWebhook = z.strictObject({
  scheme: z
    .enum(['standard', 'github'])
    .default('standard')
    .describe('Standard Webhooks, or GitHub’s `X-Hub-Signature-256`.'),
  secrets: z.array(SecretSource).min(1).max(2).describe('The shared secret; two while it is changed.'),
  time: z
    .string()
    .startsWith('/', 'must be a JSON Pointer, such as /data/at')
    .optional()
    .describe('JSON Pointer to the time of an event; left out, where GitHub’s events have theirs.'),
  maxAgeMs: whole(1_000, 90 * 86_400_000)
    .default(86_400_000)
    .describe('Events that happened longer ago are refused: at most the retention of Temporal’s namespace.'),
  pipeline: z.string().min(1).describe('The pipeline that an event starts.'),
  when: z
    .record(
      z.string().startsWith('/', 'must be a JSON Pointer, such as /action'),
      z.union([z.string(), z.number(), z.boolean()], 'must be a text, a number, true or false'),
    )
    .default({})
    .describe('By JSON Pointer into the event: what must stand there, else the event starts nothing.'),
  input: z
    .record(z.string(), z.unknown())
    .describe('The input; `{from: /json/pointer}` in it is replaced by what stands there in the event.'),
});

/** A receiver of events of runs. */
export const OutgoingWebhook = z.strictObject({
  url: httpUrl().describe('Where events are sent.'),
  secret: SecretSource.describe('Signs what is sent (Standard Webhooks, `whsec_…`).'),
  events: z
    .array(z.enum(runEventTypes))
    .min(1)
    .default([
      'run.parked',
      'run.approval-requested',
      'run.approval-reminded',
      'run.succeeded',
      'run.failed',
      'run.cancelled',
    ])
    .describe('Which events are sent.'),
  pipelines: names.default(['*']).describe('Of which pipelines; `*` is all.'),
  format: z.enum(['longhaul', 'cloudevents']).default('longhaul').describe('The form of the payload.'),
  internal: z
    .boolean()
    .default(false)
    .describe('Allows http and addresses of private networks and of this machine.'),
});

const Webhooks = z.strictObject({
  firstRetryMs: setting(
    milliseconds.default(5_000),
    'LONGHAUL_FIRST_RETRY_MS',
    'The time before an event that was not taken is sent again; later times grow with it, over three days by default.',
  ),
  incoming: z.record(name, IncomingWebhook).default({}),
  outgoing: z.record(name, OutgoingWebhook).default({}),
});

/** A request whose answer tells a metric, or whether a model is well. */
export const ProbeSettings = z
  .strictObject({
    url: httpUrl()
      .refine((url) => !/^\w+:\/\/[^/?#]*\{/.test(url), 'must not have `{modelApiId}` in its host')
      .describe('What is asked; `{modelApiId}` in it becomes the id of the model API.'),
    method: z.enum(['GET', 'POST']).default('GET').describe('How; with a `sample` it is `POST`.'),
    token: SecretSource.optional().describe('Where a bearer token is; read anew for each request.'),
    headers,
    timeoutMs: whole(10, 10_000).default(5_000).describe('Total time of one request.'),
    metrics: z
      .record(z.string(), z.string().startsWith('/', 'must be a JSON Pointer, such as /drift/score'))
      .default({})
      .describe('By metric: the JSON Pointer to it in the answer. Others stand at the top, by their names.'),
    internal: z
      .boolean()
      .default(false)
      .describe('Allows http and addresses of private networks and of this machine.'),
  })
  .refine(authorizedOnce, twiceAuthorized);

/** A service that steps of pipelines may ask. */
export const ServiceSettings = z
  .strictObject({
    url: httpUrl()
      .refine((url) => !/[?#]/.test(url), 'must be an http(s) URL without a query or a fragment')
      .describe('Where its paths begin; a path in it is kept.'),
    methods: z
      .array(z.enum(httpMethods))
      .min(1)
      .default([...httpMethods])
      .describe('The methods that steps may use.'),
    token: SecretSource.optional().describe('Where a bearer token is; read anew for each request.'),
    headers,
    timeoutMs: whole(10, 120_000).default(30_000).describe('Total time of one request.'),
    ca: z
      .strictObject({ file: z.string().min(1) })
      .optional()
      .describe('Certificates in PEM that are trusted for this service, instead of the public ones.'),
    internal: z
      .boolean()
      .default(false)
      .describe('Allows http and addresses of private networks and of this machine.'),
  })
  .refine(({ ca, url }) => ca === undefined || /^https:/i.test(url), {
    path: ['ca'],
    error: 'is of use with an https URL only',
  })
  .refine(authorizedOnce, twiceAuthorized);

const Approvals = z.strictObject({
  secret: SecretSource.optional().describe(
    'Signs the links by which receivers of events decide on approvals; at least 32 bytes. Left out, or without `server.publicUrl`, no link is sent.',
  ),
});

/** The schema of longhaul.yaml, with the environment variable of each key that has one. */
export const Settings = z.strictObject({
  log: z
    .strictObject({
      level: setting(
        z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
        'LONGHAUL_LOG_LEVEL',
        'What is logged, to standard error as JSON lines.',
      ),
    })
    .prefault({}),
  tracing: z
    .strictObject({
      endpoint: setting(
        httpUrl()
          .refine((url) => !/[?#]/.test(url), 'must be an http(s) URL without a query or a fragment')
          .optional(),
        'OTEL_EXPORTER_OTLP_ENDPOINT',
        'Where traces are sent: OTLP over HTTP, without `/v1/traces`. Left out, there are none.',
      ),
    })
    .prefault({}),
  worker: z
    .strictObject({
      healthAddress: setting(
        address.default('127.0.0.1:9091'),
        'LONGHAUL_HEALTH_ADDRESS',
        'Where `/livez` and `/readyz` are served.',
      ),
      metricsAddress: setting(
        address.default('127.0.0.1:9464'),
        'LONGHAUL_METRICS_ADDRESS',
        'Where Prometheus reads `/metrics`.',
      ),
      cachedRuns: setting(
        whole(0, 100_000).default(500),
        'LONGHAUL_CACHED_RUNS',
        'Runs kept in memory; others are replayed when they move.',
      ),
      versioning: setting(
        z.enum(['none', 'pinned']).default('none'),
        'LONGHAUL_VERSIONING',
        '`pinned`: runs stay with the version of the workflow code that began them; see docs/deploying.md.',
      ),
      buildId: setting(
        z
          .string()
          .regex(/^[\w.-]{1,100}$/, 'must be letters, digits, "_", "." and "-"')
          .optional(),
        'LONGHAUL_BUILD_ID',
        'The name of that version; left out, the hash of the workflow bundle.',
      ),
      activitySlots: setting(
        whole(1, 10_000).default(100),
        'LONGHAUL_ACTIVITY_SLOTS',
        'Activities at once, per connection. Waits hold none.',
      ),
      shutdownGraceMs: setting(
        milliseconds.default(45_000),
        'LONGHAUL_SHUTDOWN_GRACE_MS',
        'How long a stopping worker lets requests finish: longer than any `requestTimeoutMs`.',
      ),
      restoredAt: setting(
        z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-30T04:00:00Z' }).optional(),
        'LONGHAUL_RESTORED_AT',
        'When Temporal was last started from a backup. Runs that started before look for whatever they create before they create it: a backup does not know what was made after it.',
      ),
    })
    .prefault({}),
  waits: z
    .strictObject({
      firstLookMs: setting(
        milliseconds.default(2_000),
        'LONGHAUL_FIRST_LOOK_MS',
        'The shortest time between two looks of a wait.',
      ),
      lastLookMs: setting(
        milliseconds.default(60_000),
        'LONGHAUL_LAST_LOOK_MS',
        'The longest time between two looks of a wait. What is awaited on a platform is looked at every 15 s at least.',
      ),
      settleMs: setting(
        milliseconds.default(5_000),
        'LONGHAUL_SETTLE_MS',
        'After a lost answer: the time before each of three looks for the effect.',
      ),
      undoMs: setting(
        milliseconds.default(60_000),
        'LONGHAUL_UNDO_MS',
        'How long the end of a run waits until the platform has confirmed each thing that it undoes; what is left then is tried again afterwards.',
      ),
      sweepMs: setting(
        milliseconds.default(600_000),
        'LONGHAUL_SWEEP_MS',
        'How long what a request in doubt may still make is looked for.',
      ),
      patienceMs: setting(
        milliseconds.default(180_000),
        'LONGHAUL_PATIENCE_MS',
        'How long answers that may pass, such as a refused credential or a proxy’s page, must come in a row before a person is asked.',
      ),
    })
    .prefault({}),
  server: Server.prefault({}),
  access: Access.prefault({}),
  audit: z
    .strictObject({
      directory: setting(
        z.string().min(1).default('.longhaul/audit'),
        'LONGHAUL_AUDIT_DIRECTORY',
        'Where each process appends its audit log; servers behind one address share it.',
      ),
      key: SecretSource.optional().describe(
        'Where the key is that seals the audit log, of at least 32 bytes. Without it, whoever can write to the directory can rewrite the log unseen.',
      ),
      stdout: setting(
        z.union([z.boolean(), z.stringbool()], 'must be true or false').default(false),
        'LONGHAUL_AUDIT_STDOUT',
        'Whether a server also writes each line to its standard output, for a collector that keeps it elsewhere.',
      ),
    })
    .prefault({}),
  encryption: Encryption.prefault({}),
  pipelines: z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(z.string().min(1)).max(100))
    .default([])
    .describe(
      'Documents of pipelines that may be started by their name: files or folders of them, as seen from this file.',
    ),
  webhooks: Webhooks.prefault({}),
  probes: z.record(name, ProbeSettings).default({}),
  services: z.record(name, ServiceSettings).default({}),
  approvals: Approvals.prefault({}),
  connections: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and "-"'),
      Connection,
    )
    .default({}),
});
