/** Folders of commits that uploads make. */
import { constants } from 'node:fs';
import { cp, lstat, mkdir, mkdtemp, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { Refusal } from '../../errors.js';
import type { Stored } from '../../stored.js';

/** The folders of one simulator. */
export interface Uploads {
  /**
   * A copy of a folder with a file written into it.
   *
   * @throws Refusal 400 for a path that leads out of the folder
   */
  commit(from: string | null, path: string, bytes: Stored): Promise<string>;
  /** Removes them. */
  close(): Promise<void>;
}

/** No folder until there is an upload. */
export function createUploads(): Uploads {
  let root: Promise<string> | undefined;
  return {
    async commit(from, path, bytes) {
      root ??= mkdtemp(join(tmpdir(), 'domino-simulator-'));
      const folder = await mkdtemp(join(await root, 'commit-'));
      if (from !== null) await cp(from, folder, { recursive: true, mode: constants.COPYFILE_FICLONE });
      await writeInside(folder, path, bytes);
      return folder;
    },
    async close() {
      if (root !== undefined) await rm(await root, { recursive: true, force: true });
    },
  };
}

/** What is copied may hold links, so the folder of the file is looked at as it really is. */
async function writeInside(folder: string, path: string, bytes: Stored): Promise<void> {
  const file = join(folder, path);
  const refused = new Refusal(400, `${path} is not a path of a file in the project`);
  if (!file.startsWith(folder + sep) || path.endsWith('/')) throw refused;
  const root = await realpath(folder);
  const above = await realpath(await nearest(dirname(file)));
  if (above !== root && !above.startsWith(root + sep)) throw refused;
  try {
    await mkdir(dirname(file), { recursive: true });
    await rm(file, { force: true }); // a link would be written through
    if (bytes.size === 0) await writeFile(file, '');
    else await rename(bytes.file, file); // it is kept for this alone
  } catch {
    throw refused; // a file where a folder should be, or the other way round
  }
}

/** The folder, or the nearest above it that there is. */
async function nearest(folder: string): Promise<string> {
  const found = await lstat(folder).catch(() => null);
  return found === null ? nearest(dirname(folder)) : folder;
}
