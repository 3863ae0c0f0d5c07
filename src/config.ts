/** The configuration: the only file that reads the environment and `longhaul.yaml`. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readAuthorities } from './config/authorities.js';
import { type SecretUse, cleanSecret, maxSecretBytes } from './config/secrets.js';
import type { SecretSource } from './config/secret-source.js';
import { Settings } from './config/settings.js';
import { type TemporalSettings, readTemporalSettings } from './config/temporal-settings.js';
import { readBytesSync, whyUnreadable } from './documents/bytes.js';
import { DocumentFault, maxDocumentBytes, parseYaml } from './documents/yaml.js';
import { environmentProxy, grpcWithoutProxy } from './egress/proxies.js';
import { visible } from './foreign-text/visible.js';
import { LonghaulError } from './run/failures/errors.js';
import { expectedWhereMissing } from './run/inputs/missing-fields.js';

export type Config = z.output<typeof Settings> & {
  /** The file that was read, or where it would have been. */
  readonly file: string;
  readonly temporal: TemporalSettings;
};
export type ConnectionConfig = Config['connections'][string];
export type ProbeConfig = Config['probes'][string];
export type ServiceConfig = Config['services'][string];

type Environment = Readonly<Record<string, string | undefined>>;

/** The platform of a connection; `null` where there is none of this name. */
export const platformIn =
  ({ connections }: Pick<Config, 'connections'>) =>
  (name: string): string | null =>
    Object.hasOwn(connections, name) ? (connections[name]?.platform ?? null) : null;

/** The dialect that a connection speaks; `null` where there is none of this name. */
export const dialectIn =
  ({ connections }: Pick<Config, 'connections'>) =>
  (name: string): string | null =>
    Object.hasOwn(connections, name) ? (connections[name]?.dialect ?? null) : null;

/** The names that an input may use. */
export const knownIn = (config: Config) => ({
  connections: Object.keys(config.connections),
  probes: Object.keys(config.probes),
  platformOf: platformIn(config),
  dialectOf: dialectIn(config),
});

/** Where documents of pipelines are, and what of the configuration they may name. */
export const documentsIn = ({ file, pipelines, connections, services }: Config) => ({
  paths: pipelines.map((path) => resolve(dirname(file), path)),
  connections: Object.keys(connections),
  platformOf: platformIn({ connections }),
  dialectOf: dialectIn({ connections }),
  services: Object.keys(services),
  methodsOf: (name: string): readonly string[] | null =>
    Object.hasOwn(services, name) ? (services[name]?.methods ?? null) : null,
});

/** The process’s environment, for those who start processes. */
export const environment = (): Environment => process.env;

/** Before anything connects to Temporal: gRPC has a list of its own of what it reaches without a proxy. */
export function spareFromProxies(): void {
  process.env['no_grpc_proxy'] = grpcWithoutProxy(process.env);
}

/**
 * Reads `longhaul.yaml` (or `file`, or LONGHAUL_CONFIG) and the environment, which wins.
 *
 * @throws LonghaulError `CONFIG_INVALID`, naming file, line, key, value and what is allowed.
 */
export function loadConfig(options: { file?: string | undefined; env?: Environment } = {}): Config {
  const env = options.env ?? process.env;
  const named = options.file ?? env['LONGHAUL_CONFIG'];
  const file = resolve(named ?? 'longhaul.yaml');
  const { value, where } = readYaml(file, named !== undefined);
  const merged = overrideByEnvironment(Settings, value, env);
  const parsed = Settings.safeParse(merged.value);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => {
      const key = issue.path.join('.');
      const source = merged.sources.get(key) ?? where(issue.path);
      return visible(
        `${source}: ${key === '' ? 'the file' : key} ${describeIssue(issue, at(merged.value, issue.path))}`,
      );
    });
    throw new LonghaulError('CONFIG_INVALID', faults.join('\n'));
  }
  return { ...parsed.data, file, temporal: temporalSettings(env) };
}

/**
 * The current value of a secret, read anew at each call, so that a renewed one is seen. White space, line ends and one
 * pair of quotes around it are left out, whether it is in a variable or in a file.
 *
 * @throws LonghaulError `CREDENTIALS_MISSING`, also for a value that cannot be one; it names the variable or the file
 */
export function readSecret(
  source: z.output<typeof SecretSource>,
  { use = 'text', env = process.env }: { readonly use?: SecretUse; readonly env?: Environment } = {},
): string {
  if ('env' in source) {
    const where = `the environment variable ${source.env}`;
    const value = env[source.env];
    if (value) return cleanSecret(value, where, use);
    throw new LonghaulError('CREDENTIALS_MISSING', `${where} is not set`);
  }
  let bytes: Uint8Array;
  try {
    bytes = readBytesSync(source.file, maxSecretBytes);
  } catch (cause) {
    const reason = whyUnreadable(cause);
    throw new LonghaulError('CREDENTIALS_MISSING', `${source.file} cannot be read: ${reason}`, { cause });
  }
  if (bytes.length > maxSecretBytes)
    throw new LonghaulError('CREDENTIALS_MISSING', `${source.file} is larger than any secret`);
  return cleanSecret(new TextDecoder().decode(bytes), source.file, use);
}

/** The shared secrets of a sender of events, by their places in the configuration; each is read anew. */
export const incomingSecrets = (name: string, { secrets }: Config['webhooks']['incoming'][string]) =>
  secrets.map((source, index) => ({
    name: `webhooks.incoming.${name}.secrets[${index}]`,
    read: () => readSecret(source),
  }));

/** Whoever guesses it decides on every approval: as long as the code that it makes. */
const approvalSecretBytes = 32;

/**
 * The secret that signs links by which approvals are decided, as it is now; `undefined` when none is configured.
 *
 * @throws LonghaulError `CREDENTIALS_MISSING`, or `CONFIG_INVALID` when it is too short
 */
export function readApprovalSecret({ approvals: { secret } }: Pick<Config, 'approvals'>): string | undefined {
  if (secret === undefined) return undefined;
  const value = readSecret(secret);
  if (Buffer.byteLength(value) >= approvalSecretBytes) return value;
  throw new LonghaulError('CONFIG_INVALID', `approvals.secret has less than ${approvalSecretBytes} bytes`);
}

/** A connection as the platform layer needs it; its credential is read at each request. */
export const connectionOf = (name: string, settings: ConnectionConfig) => ({
  name,
  url: settings.url.replace(/\/+$/, ''),
  dialect: settings.dialect,
  requestTimeoutMs: settings.requestTimeoutMs,
  credential: (): { kind: 'apiKey' | 'bearer'; value: string } => {
    const { apiKey, token } = settings;
    if (apiKey) return { kind: 'apiKey', value: readSecret(apiKey, { use: 'header' }) };
    if (token) return { kind: 'bearer', value: readSecret(token, { use: 'header' }) };
    throw new LonghaulError('CREDENTIALS_MISSING', `connection ${name} has no credential`);
  },
  egress: () => ({ proxy: proxyOf(name, settings), ca: settings.ca && readAuthorities(settings.ca.file) }),
});

function proxyOf(name: string, { proxy, url }: ConnectionConfig): string | undefined {
  if (proxy === undefined) return proxyFor(url);
  if (proxy === false || proxy === 'none') return undefined;
  return usableProxy(
    typeof proxy === 'string' ? proxy : readSecret(proxy),
    `the proxy of connection ${name}`,
  );
}

/**
 * The proxy that the environment names for requests to a URL; `undefined`: straight.
 *
 * @throws LonghaulError `CONFIG_INVALID`
 */
export function proxyFor(url: string): string | undefined {
  const proxy = environmentProxy(url, process.env);
  return proxy && usableProxy(proxy, 'the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names');
}

function usableProxy(proxy: string, what: string): string {
  if (!URL.canParse(proxy) || !/^https?:\/\/[^/]/i.test(proxy))
    throw new LonghaulError('CONFIG_INVALID', `${what} is not an http(s) URL`);
  const { username, password } = new URL(proxy);
  try {
    decodeURIComponent(`${username}:${password}`);
  } catch (cause) {
    const where = 'in its user or its password that must be written `%25`';
    throw new LonghaulError('CONFIG_INVALID', `${what} has a \`%\` ${where}`, { cause });
  }
  return proxy;
}

/** A probe as those who ask it need it; its secrets are read at each request. */
export const probeOf = ({ token, headers, ...probe }: ProbeConfig) => ({
  ...probe,
  headers: () => secretHeaders({ token, headers }),
  proxy: () => proxyFor(probe.url),
});

/** The same of a service. */
export const serviceOf = ({ token, headers, ca, ...service }: ServiceConfig) => ({
  ...service,
  headers: () => secretHeaders({ token, headers }),
  proxy: () => proxyFor(service.url),
  ca: () => ca && readAuthorities(ca.file),
});

const secretHeaders = ({
  token,
  headers,
}: Pick<ProbeConfig, 'token' | 'headers'>): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(headers).map(([name, source]) => [name, readSecret(source, { use: 'header' })]),
  ),
  ...(token && { authorization: `Bearer ${readSecret(token, { use: 'header' })}` }),
});

/** One row of the generated table of settings. */
export interface SettingRow {
  readonly key: string;
  readonly env: string;
  readonly standard: string;
  readonly description: string;
}

/** Every setting, in the order of the schema; `<name>` and `[]` stand for what there may be several of. */
export const settingRows = (): SettingRow[] => rowsOf(Settings, '');

/** What has a variable or a description is a row; objects, also in lists and records, lead deeper. */
function rowsOf(schema: z.ZodType, key: string): SettingRow[] {
  const { env, description } = schema.meta() ?? {};
  const own = env === undefined && description === undefined ? [] : [row(key, schema)];
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodObject)
    return [
      ...own,
      ...Object.entries(inner.shape).flatMap(
        ([name, child]) => rowsOf(child as z.ZodType, key === '' ? name : `${key}.${name}`), // shapes hold schemas
      ),
    ];
  if (inner instanceof z.ZodArray && inner.element instanceof z.ZodObject)
    return [...own, ...rowsOf(inner.element, `${key}[]`)];
  if (inner instanceof z.ZodRecord && inner.valueType instanceof z.ZodType) {
    const placeholder = inner.keyType instanceof z.ZodType ? inner.keyType.description : undefined;
    return [...own, ...rowsOf(inner.valueType, `${key}.<${placeholder ?? 'name'}>`)];
  }
  return own;
}

/** Without its default, its being optional, and what becomes of it. */
function unwrapped(schema: z.ZodType): unknown {
  let inner: unknown = schema;
  for (;;)
    if (inner instanceof z.ZodPrefault || inner instanceof z.ZodDefault || inner instanceof z.ZodOptional)
      inner = inner.unwrap();
    else if (inner instanceof z.ZodPipe) inner = inner.in;
    else return inner;
}

function row(key: string, schema: z.ZodType): SettingRow {
  const { env, description } = schema.meta() ?? {};
  const standard = schema.safeParse(undefined);
  return {
    key,
    env: typeof env === 'string' ? env : '',
    standard: standard.success ? showStandard(standard.data) : '',
    description: description ?? '',
  };
}

function showStandard(value: unknown): string {
  if (Array.isArray(value)) return value.filter(isPlain).join(', ');
  return isPlain(value) ? String(value) : '';
}

function readYaml(
  file: string,
  required: boolean,
): { value: unknown; where: (path: readonly PropertyKey[]) => string } {
  try {
    const { value, lineOf } = parseYaml(readFile(file, required), { name: file });
    const where = (path: readonly PropertyKey[]): string => {
      const line = lineOf(path);
      return line === undefined ? file : `${file}:${line}`;
    };
    return { value: value ?? {}, where };
  } catch (cause) {
    if (cause instanceof DocumentFault) throw new LonghaulError('CONFIG_INVALID', cause.message, { cause });
    throw cause;
  }
}

function readFile(file: string, required: boolean): Uint8Array {
  try {
    return readBytesSync(file, maxDocumentBytes);
  } catch (cause) {
    // The usual file may be missing; one that is there and cannot be read must not count as that.
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (isMissing && !required) return new Uint8Array();
    const help = required ? '; correct --config or LONGHAUL_CONFIG' : '';
    const why = whyUnreadable(cause);
    throw new LonghaulError('CONFIG_INVALID', `${file} cannot be read: ${why}${help}`, { cause });
  }
}

function leaves(
  schema: z.ZodType,
  path: readonly string[] = [],
): { path: readonly string[]; schema: z.ZodType }[] {
  const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
  if (inner instanceof z.ZodObject)
    return Object.entries(inner.shape).flatMap(([key, child]) => leaves(child as z.ZodType, [...path, key])); // shapes hold schemas
  return schema.meta()?.['env'] === undefined ? [] : [{ path, schema }];
}

function overrideByEnvironment(schema: z.ZodType, value: unknown, env: Environment) {
  const sources = new Map<string, string>();
  let merged = value;
  for (const leaf of leaves(schema)) {
    const name = String(leaf.schema.meta()?.['env']);
    const override = env[name];
    if (override === undefined || override === '') continue;
    merged = put(merged, leaf.path, override);
    sources.set(leaf.path.join('.'), name);
  }
  return { value: merged, sources };
}

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function put(target: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const record = isRecord(target) ? target : {};
  return { ...record, [key]: put(record[key], rest, value) };
}

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return inner[Number(key)];
    return isRecord(inner) ? inner[String(key)] : undefined;
  }, value);

const secretKeys: ReadonlySet<PropertyKey> = new Set([
  'apiKey',
  'token',
  'secret',
  'secrets',
  'headers',
  'proxy',
  'key',
]);
/** Where keys and values were expected, what is there may be anything. */
const partsExpected: ReadonlySet<string> = new Set(['object', 'record', 'array']);
/** More of a value says nothing of what is wrong with it. */
const maxShown = 100;

function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'unrecognized_keys') return `has an unknown key: ${issue.keys.join(', ')}`;
  if (issue.code === 'invalid_key')
    return `has a name that is not allowed: ${issue.issues[0]?.message ?? issue.message}`;
  if (value === undefined) return `is missing: ${expectedWhereMissing(issue.message) ?? issue.message}`;
  // Somebody may have put the secret itself where its source belongs, or a password into the URL.
  // A file of keys instead of this one is a text, too.
  const isInsteadOfParts = issue.code === 'invalid_type' && partsExpected.has(issue.expected);
  const secret =
    isInsteadOfParts ||
    !isPlain(value) ||
    issue.path.some((key) => secretKeys.has(key)) ||
    String(value).includes('@');
  const text = JSON.stringify(value);
  const excerpt = text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
  return `${secret ? '' : `is ${excerpt}: `}${issue.message}`;
}

/** As for our own variables: an empty one says nothing. Of a header, it says that there is none. */
const isUnset = (key: string, value: string): boolean =>
  value === '' && key.startsWith('TEMPORAL_') && !key.startsWith('TEMPORAL_GRPC_META_');

/** Temporal’s own name for the key of its API. */
const temporalKey = 'TEMPORAL_API_KEY';

function temporalSettings(env: Environment): Config['temporal'] {
  const given = Object.fromEntries(
    Object.entries(env).flatMap(([key, value]) =>
      value === undefined || isUnset(key, value) ? [] : [[key, value]],
    ),
  );
  if (given[temporalKey]) given[temporalKey] = readSecret({ env: temporalKey }, { use: 'header', env });
  return readTemporalSettings(given);
}
