/** The configuration: the only file that reads the environment and `longhaul.yaml`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { LineCounter, isNode, parseDocument } from 'yaml';
import { z } from 'zod';
import { type SecretSource, Settings } from './config/settings.js';
import { LonghaulError } from './pipeline/errors.js';

export type Config = z.output<typeof Settings> & {
  /** The file that was read, or where it would have been. */
  readonly file: string;
  readonly temporal: ReturnType<typeof loadClientConnectConfig>;
};
export type ConnectionConfig = Config['connections'][string];
export type ProbeConfig = Config['probes'][string];

type Environment = Readonly<Record<string, string | undefined>>;

/** The names that an input may use. */
export const knownIn = ({ connections, probes }: Config) => ({
  connections: Object.keys(connections),
  probes: Object.keys(probes),
});

/** The process’s environment, for those who start processes. */
export const environment = (): Environment => process.env;

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
      return `${source}: ${key === '' ? 'the file' : key} ${describeIssue(issue, at(merged.value, issue.path))}`;
    });
    throw new LonghaulError('CONFIG_INVALID', faults.join('\n'));
  }
  return { ...parsed.data, file, temporal: temporalSettings(env) };
}

/**
 * The current value of a secret, read anew at each call, so that a renewed one is seen.
 *
 * @throws LonghaulError `CREDENTIALS_MISSING`
 */
export function readSecret(source: z.output<typeof SecretSource>, env: Environment = process.env): string {
  if ('env' in source) {
    const value = env[source.env];
    if (value) return value;
    throw new LonghaulError('CREDENTIALS_MISSING', `the environment variable ${source.env} is not set`);
  }
  let value: string;
  try {
    value = readFileSync(source.file, 'utf8').trim();
  } catch (cause) {
    throw new LonghaulError('CREDENTIALS_MISSING', `${source.file} cannot be read`, { cause });
  }
  if (value === '') throw new LonghaulError('CREDENTIALS_MISSING', `${source.file} is empty`);
  return value;
}

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
export const connectionOf = (
  name: string,
  { url, dialect, requestTimeoutMs, apiKey, token }: ConnectionConfig,
) => ({
  name,
  url,
  dialect,
  requestTimeoutMs,
  credential: (): { kind: 'apiKey' | 'bearer'; value: string } => {
    if (apiKey) return { kind: 'apiKey', value: readSecret(apiKey) };
    if (token) return { kind: 'bearer', value: readSecret(token) };
    throw new LonghaulError('CREDENTIALS_MISSING', `connection ${name} has no credential`);
  },
});

/** A probe as those who ask it need it; its secrets are read at each request. */
export const probeOf = ({ token, headers, ...probe }: ProbeConfig) => ({
  ...probe,
  headers: (): Record<string, string> => ({
    ...Object.fromEntries(Object.entries(headers).map(([name, source]) => [name, readSecret(source)])),
    ...(token && { authorization: `Bearer ${readSecret(token)}` }),
  }),
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
  if (inner instanceof z.ZodRecord && inner.valueType instanceof z.ZodObject) {
    const placeholder = inner.keyType instanceof z.ZodType ? inner.keyType.description : undefined;
    return [...own, ...rowsOf(inner.valueType, `${key}.<${placeholder ?? 'name'}>`)];
  }
  return own;
}

/** Without its default and its being optional. */
function unwrapped(schema: z.ZodType): unknown {
  let inner: unknown = schema;
  while (inner instanceof z.ZodPrefault || inner instanceof z.ZodDefault || inner instanceof z.ZodOptional)
    inner = inner.unwrap();
  return inner;
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
  const text = readText(file, required);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true });
  const fault = document.errors[0];
  if (fault !== undefined) throw new LonghaulError('CONFIG_INVALID', `${file}: ${fault.message}`);
  return {
    value: document.toJS({ maxAliasCount: 10 }) ?? {},
    where: (path) => {
      for (let length = path.length; length > 0; length -= 1) {
        const node = document.getIn(path.slice(0, length), true);
        if (isNode(node) && node.range) return `${file}:${lines.linePos(node.range[0]).line}`;
      }
      return file;
    },
  };
}

function readText(file: string, required: boolean): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (!required) return '';
    throw new LonghaulError('CONFIG_INVALID', `${file} cannot be read; correct --config or LONGHAUL_CONFIG`, {
      cause,
    });
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
  'key',
]);

function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'unrecognized_keys') return `has an unknown key: ${issue.keys.join(', ')}`;
  if (value === undefined) return `is missing: ${issue.message}`;
  // Somebody may have put the secret itself where its source belongs, or a password into the URL.
  const secret =
    issue.path.some((key) => secretKeys.has(key)) || (isPlain(value) && String(value).includes('@'));
  const shown = secret || isRecord(value) ? '' : `is ${JSON.stringify(value)}: `;
  return `${shown}${issue.message}`;
}

function temporalSettings(env: Environment): Config['temporal'] {
  try {
    const overrideEnvVars = Object.fromEntries(
      Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    );
    return loadClientConnectConfig({ overrideEnvVars });
  } catch (cause) {
    const reason = describeTemporalFault(cause);
    throw new LonghaulError('CONFIG_INVALID', `Temporal’s settings (TEMPORAL_…, temporal.toml): ${reason}`, {
      cause,
    });
  }
}

/** For a file without profiles the library fails on a property of `undefined`. */
function describeTemporalFault(cause: unknown): string {
  if (cause instanceof TypeError) return 'the file has no [profile.<name>] section';
  return cause instanceof Error ? cause.message : String(cause);
}
