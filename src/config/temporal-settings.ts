/** How to reach Temporal, by its own variables and its own file, `temporal.toml`. */
import { platform } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { loadClientConfigProfile, loadClientConnectConfig } from '@temporalio/envconfig';
import { TomlError, parse } from 'smol-toml';
import { z } from 'zod';
import { readBytesSync, whyUnreadable } from '../documents/bytes.js';
import { visible } from '../foreign-text/visible.js';
import { LonghaulError } from '../run/failures/errors.js';

export type TemporalSettings = ReturnType<typeof loadClientConnectConfig>;

type Environment = Readonly<Record<string, string>>;

const maxBytes = 1024 * 1024;

const table = { error: 'must be a table' };
const text = z.string({ error: 'must be a text in quotes' }).optional();
const flag = z.boolean({ error: 'must be true or false, without quotes' }).optional();

/** What Temporal's SDK reads of a profile, and does not check. */
const Profile = z.looseObject(
  {
    ...{ address: text, namespace: text, api_key: text },
    tls: z
      .looseObject(
        {
          ...{ disabled: flag, disable_host_verification: flag, server_name: text },
          ...{ client_cert_path: text, client_cert_data: text, client_key_path: text, client_key_data: text },
          ...{ server_ca_cert_path: text, server_ca_cert_data: text },
        },
        table,
      )
      .optional(),
    codec: z.looseObject({ endpoint: text, auth: text }, table).optional(),
    grpc_meta: z.record(z.string(), z.string({ error: 'must be a text in quotes' }), table).optional(),
  },
  table,
);

/**
 * Reads them; variables win.
 *
 * @throws LonghaulError `CONFIG_INVALID`, naming what is wrong and never showing a value
 */
export function readTemporalSettings(env: Environment): TemporalSettings {
  const file = fileIn(env);
  const found = file === undefined ? null : readFile(file);
  if (found !== null) checkProfile(found, env);
  try {
    // Without a file, a profile that is asked for is missing.
    const data = found?.text ?? '[profile]';
    const sources = { overrideEnvVars: { ...env }, configSource: { data } };
    checkRead(loadClientConfigProfile(sources), env);
    return loadClientConnectConfig(sources);
  } catch (cause) {
    if (cause instanceof LonghaulError) throw cause;
    const [said = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n', 1);
    throw fault(said, cause);
  }
}

const fault = (reason: string, cause?: unknown): LonghaulError =>
  new LonghaulError('CONFIG_INVALID', visible(`Temporal’s settings (TEMPORAL_…, temporal.toml): ${reason}`), {
    cause,
  });

/** What the SDK takes for something else, without a word: Temporal would only not answer. */
function checkRead({ address, tls }: ReturnType<typeof loadClientConfigProfile>, env: Environment): void {
  for (const name of ['TEMPORAL_TLS', 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'])
    if (!['true', 'false', '1', '0', undefined].includes(env[name]))
      throw fault(`${name} must be true or false`);
  if (/[/@\s]/.test(address ?? ''))
    throw fault('the address must be host:port, such as temporal.example:7233, without https://');
  if ((tls?.clientCert === undefined) !== (tls?.clientKey === undefined))
    throw fault(
      'a client certificate and its key must both be there (TEMPORAL_TLS_CLIENT_CERT_…, TEMPORAL_TLS_CLIENT_KEY_…)',
    );
}

/** Where all of Temporal's tools look for it. */
function fileIn(env: Environment): string | undefined {
  if (env['TEMPORAL_CONFIG_FILE'] !== undefined) return env['TEMPORAL_CONFIG_FILE'];
  const home = env['HOME'];
  const folders: Readonly<Partial<Record<NodeJS.Platform, string | undefined>>> = {
    win32: env['APPDATA'],
    darwin: home && join(home, 'Library', 'Application Support'),
    linux: env['XDG_CONFIG_HOME'] || (home && join(home, '.config')),
  };
  const folder = folders[platform()];
  return folder && isAbsolute(folder) ? join(folder, 'temporalio', 'temporal.toml') : undefined;
}

interface Found {
  readonly file: string;
  readonly text: string;
}

/** One that is not there is none, as for all of Temporal's tools. */
function readFile(file: string): Found | null {
  try {
    return { file, text: new TextDecoder().decode(readBytesSync(file, maxBytes)) };
  } catch (cause) {
    if ({ ...(cause as { code?: unknown }) }.code === 'ENOENT') return null; // of whatever was thrown
    throw fault(`${file} cannot be read: ${whyUnreadable(cause)}`, cause);
  }
}

/** Of the profile that is used: others may be there for other tools. */
function checkProfile({ file, text: toml }: Found, env: Environment): void {
  const name = env['TEMPORAL_PROFILE'] ?? 'default';
  const { profile: profiles } = parsed(file, toml);
  if (profiles === undefined) throw fault(`${file}: the file has no [profile.<name>] section`);
  const all = z.record(z.string(), z.unknown(), table).safeParse(profiles);
  const checked = all.success ? Profile.optional().safeParse(all.data[name]) : all;
  if (checked.success) return;
  const faults = checked.error.issues.map(({ path, message }) => {
    const key = ['profile', ...(all.success ? [name] : []), ...path].join('.');
    return `${file}: ${key} ${message}`;
  });
  throw fault(faults.join('; '));
}

/** Behind its words the parser quotes the file, keys and all. */
function parsed(file: string, toml: string): Readonly<Record<string, unknown>> {
  try {
    return parse(toml);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const [said = ''] = cause.message.split('\n', 1);
    throw fault(`${file}: ${said} at line ${cause.line}, column ${cause.column}`, cause);
  }
}
