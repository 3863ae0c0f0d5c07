/** The file of API keys: its format, and changing it so that nothing is lost. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { LonghaulError } from '../run/failures/errors.js';
import { type FileLock, systemCodeOf, withFileLock } from './file-lock.js';
import { isMountPoint } from './mount-point.js';
import { roles } from './principal.js';

const names = z.array(z.string().min(1)).min(1);

const KeyEntry = z.strictObject({
  id: z.string().regex(/^[a-z0-9]{8,10}$/, 'must be 8 to 10 lower-case letters and digits'),
  name: z.string().min(1),
  /** Whose it is; left out, the name says so. */
  owner: z.string().min(1).optional(),
  role: z.enum(roles),
  pipelines: names,
  connections: names,
  /** SHA-256 of the key's secret part. The secret has 256 random bits, so a slow hash would add nothing. */
  hash: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex'),
  createdAt: z.iso.datetime(),
  createdBy: z.string().min(1),
  expiresAt: z.iso.datetime().optional(),
  revokedAt: z.iso.datetime().optional(),
});

const KeysFile = z.strictObject({ keys: z.array(KeyEntry) });

/** One key as the file holds it. */
export type KeyEntry = Readonly<z.output<typeof KeyEntry>>;

/**
 * The keys in the text of a file.
 *
 * @throws LonghaulError `CONFIG_INVALID`, naming file and entry, and never a hash
 */
export function parseKeys(text: string, file: string): readonly KeyEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, '')); // which some editors put before it
  } catch {
    throw new LonghaulError('CONFIG_INVALID', `${file} is not JSON`); // the parser's message quotes the text
  }
  const parsed = KeysFile.safeParse(value);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${file}: ${placeOf(path)}${message}`);
    throw new LonghaulError('CONFIG_INVALID', faults.join('\n'));
  }
  const { keys } = parsed.data;
  const twice = keys.findIndex(({ id }, index) => keys.findIndex((other) => other.id === id) !== index);
  if (twice >= 0) throw new LonghaulError('CONFIG_INVALID', `${file}: keys[${twice}].id is there twice`);
  return keys;
}

const placeOf = (path: readonly PropertyKey[]): string =>
  path.length === 0
    ? ''
    : `${path.map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at === 0 ? '' : '.'}${String(key)}`)).join('')}: `;

/**
 * Refuses a place of keys, ours or an issuer’s, where a change would not reach those who read it. A file that is replaced
 * while it is mounted alone stays for them what it was, so a key that is revoked would work for ever.
 *
 * @throws LonghaulError `CONFIG_INVALID`
 */
export async function checkKeysPlace(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (found?.isDirectory())
    throw new LonghaulError(
      'CONFIG_INVALID',
      `${file} is a folder: Docker makes one where a single file is mounted that is not there; mount the folder of the keys file`,
    );
  if (await isMountPoint(file))
    throw new LonghaulError(
      'CONFIG_INVALID',
      `${file} is mounted as a single file: whoever has it mounted would never see a change of it, such as a revoked key; mount the folder that holds it`,
    );
}

/**
 * The keys of a file; none when there is no file yet.
 *
 * @throws LonghaulError `CONFIG_INVALID`
 */
export async function readKeys(file: string): Promise<readonly KeyEntry[]> {
  await checkKeysPlace(file);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return [];
    const user = process.getuid?.() ?? 'this one'; // in a container another than outside
    const reason = `user ${user} cannot read it (${String(systemCodeOf(cause))})`;
    throw new LonghaulError('CONFIG_INVALID', `${file} cannot be read: ${reason}`, { cause });
  }
  return parseKeys(text, file);
}

/**
 * Replaces the keys by what `change` makes of them; `null` leaves the file as it is. Two commands at once lose
 * nothing, and a reader sees the old file or the new one.
 *
 * @throws LonghaulError `CONFIG_INVALID`, and what `change` throws
 */
export async function changeKeys(
  file: string,
  change: (keys: readonly KeyEntry[]) => readonly KeyEntry[] | null,
): Promise<void> {
  const target = await realpath(file).catch(() => file); // a link stays one
  try {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new LonghaulError(
      'CONFIG_INVALID',
      `${dirname(target)} cannot be made: ${String(systemCodeOf(cause))}`,
      {
        cause,
      },
    );
  }
  await withFileLock(target, async (lock) => {
    const keys = change(await readKeys(target));
    if (keys !== null) await replace(target, `${JSON.stringify({ keys }, null, 2)}\n`, lock);
  });
}

async function replace(file: string, text: string, lock: FileLock): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await lock.assertHeld();
    await rename(temporary, file);
    await syncFolder(dirname(file));
  } catch (cause) {
    await rm(temporary, { force: true });
    if (cause instanceof LonghaulError) throw cause;
    throw new LonghaulError('CONFIG_INVALID', `${file} cannot be written: ${String(systemCodeOf(cause))}`, {
      cause,
    });
  }
}

/** Without it, a power cut may undo the rename. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
