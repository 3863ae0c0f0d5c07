/** A lock file beside a file, for commands that change it: one changes it at a time. */
import { randomBytes } from 'node:crypto';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { LonghaulError } from '../run/failures/errors.js';

/** A change takes milliseconds: a lock this old is of a command that died. Its pid may be of another container. */
const staleMs = 10_000;
/** Longer than `staleMs`, so that a dead command stops nobody. */
const patienceMs = 30_000;

/** A lock that is held. */
export interface FileLock {
  /** @throws LonghaulError `CONFIG_INVALID` when it was taken over; to be called right before the change. */
  assertHeld(): Promise<void>;
}

/**
 * Runs `work` while holding `<file>.lock`.
 *
 * @throws LonghaulError `CONFIG_INVALID` when the lock cannot be had
 */
export async function withFileLock<T>(file: string, work: (lock: FileLock) => Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  const mine = await take(lock);
  const held = async (): Promise<boolean> => (await identityOf(lock)) === mine;
  try {
    return await work({
      assertHeld: async () => {
        if (!(await held())) throw new LonghaulError('CONFIG_INVALID', `${lock} was taken over; try again`);
      },
    });
  } finally {
    if (await held()) await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<string> {
  for (const deadline = Date.now() + patienceMs; ;) {
    const identity = await create(lock);
    if (identity !== null) return identity;
    if (Date.now() > deadline)
      throw new LonghaulError(
        'CONFIG_INVALID',
        `${lock} is held by another command; when none runs, remove the file`,
      );
    await removeStale(lock);
    await sleep(5 + Math.random() * 20);
  }
}

/** `null` when somebody else holds it. */
async function create(lock: string): Promise<string | null> {
  try {
    const handle = await open(lock, 'wx', 0o600);
    try {
      await handle.writeFile(`${hostname()} ${process.pid}\n`); // for people who find it
      return identity(await handle.stat({ bigint: true }));
    } catch (error) {
      await rm(lock, { force: true }); // of a full disk: the next command need not wait until it is stale
      throw error;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return null;
    throw new LonghaulError('CONFIG_INVALID', `${lock} cannot be written: ${String(systemCodeOf(error))}`, {
      cause: error,
    });
  }
}

/** Moves it aside first: what was moved can be looked at, and put back if it is the lock of somebody quicker. */
async function removeStale(lock: string): Promise<void> {
  const seen = await stat(lock, { bigint: true }).catch(() => null);
  if (seen === null || Date.now() - Number(seen.mtimeMs) < staleMs) return;
  const aside = `${lock}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(lock, aside);
  } catch {
    return; // somebody else did
  }
  if ((await identityOf(aside)) !== identity(seen)) await link(aside, lock).catch(() => undefined);
  await rm(aside, { force: true });
}

const identity = ({ ino, mtimeNs }: { ino: bigint; mtimeNs: bigint }): string => `${ino}:${mtimeNs}`;

const identityOf = async (path: string): Promise<string | null> =>
  stat(path, { bigint: true }).then(identity, () => null);

/** The code of a failed system call, such as `ENOENT`. */
export const systemCodeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
