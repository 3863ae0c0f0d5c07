/** An archive in a folder, which several machines may share. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { LonghaulError } from '../run/failures/errors.js';
import type { Store } from './store.js';

/** Only its owner reads an archive: it holds inputs and outputs in plain text. */
const ownFile = 0o600;
const ownFolder = 0o700;

/** A file that is being written begins so; one that is left was cut off, and nobody reads it. */
const unfinished = '.unfinished-';

/** Creates the store. Where nothing but `write` makes the folder, it may be missing; elsewhere a list of it is refused. */
export function createFolderStore(folder: string, { mayBeMissing = false } = {}): Store {
  const refuse = (verb: string, path: string, cause: unknown): LonghaulError => {
    const code = codeOf(cause);
    const isRight = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    return new LonghaulError(
      isRight ? 'ARCHIVE_REFUSED' : 'ARCHIVE_UNAVAILABLE',
      `${path} cannot be ${verb}: ${code}`,
      { cause },
    );
  };
  return {
    where: folder,
    async *list(prefix) {
      const found = await stat(folder).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return null;
        throw refuse('read', folder, error);
      });
      if (found === null && mayBeMissing) return;
      if (!found?.isDirectory())
        throw new LonghaulError('ARCHIVE_INVALID', `there is no folder ${folder}, and so no archive in it`);
      const names = await readdir(join(folder, prefix), { recursive: true, withFileTypes: true }).catch(
        (error: unknown) => {
          if (codeOf(error) === 'ENOENT') return [];
          throw refuse('listed', join(folder, prefix), error);
        },
      );
      const keys = names
        .filter((entry) => entry.isFile() && !entry.name.startsWith(unfinished))
        .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
      yield* keys.sort();
    },
    read: async (key, maxBytes) => {
      const file = join(folder, key);
      try {
        return await readUpTo(file, maxBytes + 1);
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return null;
        throw refuse('read', file, error);
      }
    },
    write: async (key, bytes) => {
      const file = join(folder, key);
      try {
        await writeWhole(file, bytes);
      } catch (error) {
        throw refuse('written', file, error);
      }
    },
  };
}

async function readUpTo(file: string, maxBytes: number): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.min(size, maxBytes));
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await handle.close();
  }
}

/** Under another name first, and on the disk before it takes its own: a crash leaves no half file under a key. */
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(file);
  await makeFolder(folder);
  const written = join(folder, `${unfinished}${randomUUID()}`);
  try {
    const handle = await open(written, 'wx', ownFile);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(written, file);
  } catch (error) {
    await rm(written, { force: true });
    throw error;
  }
}

/** Node's own way to make a folder with those above it never ends where a file system makes none, and hides why one is refused. */
async function makeFolder(folder: string, isTriedAgain = false): Promise<void> {
  try {
    await mkdir(folder, { mode: ownFolder });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return; // what is not a folder is refused by what is written into it
    if (codeOf(error) !== 'ENOENT' || isTriedAgain || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await makeFolder(folder, true);
  }
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
