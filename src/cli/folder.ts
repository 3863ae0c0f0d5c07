/** A folder of text files as one value of an input: the package of an environment, for example. */
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { readBytes } from '../documents/bytes.js';
import type { Parameter } from './input.js';
import { errorMessage, usage } from './stop.js';

/** An input may have as much. */
const mostBytes = 256 * 1024;
const mostFiles = 1_000;

/** One `--folder key.path=folder`. */
export interface FolderParameter {
  readonly path: readonly string[];
  readonly folder: string;
}

/**
 * The texts of its files by their path, in the order of the paths.
 * @throws Stop where it cannot be read, is too large, or holds what is no text
 */
export async function readFolder({ path, folder }: FolderParameter): Promise<Parameter> {
  const files = await filesIn(folder);
  if (files.length === 0) throw usage(`${folder} holds no files`);
  const value: Record<string, string> = {};
  let left = mostBytes;
  for (const file of files) {
    const bytes = await readBytes(file, left).catch((error: unknown) => {
      throw usage(`${file} cannot be read: ${errorMessage(error)}`);
    });
    left -= bytes.length;
    if (left < 0) throw usage(`${folder} is larger than ${mostBytes / 1024} KiB; ${instead}`);
    value[relative(folder, file).split(sep).join('/')] = textOf(bytes, file);
  }
  return { path, value };
}

const instead =
  'an input holds small texts alone: upload what is larger to an environment of the platform, and name that as sourceEnvironment';

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((error: unknown) => {
    throw usage(`${folder} cannot be read: ${errorMessage(error)}`);
  });
  const strange = entries.find((entry) => !entry.isFile() && !entry.isDirectory());
  if (strange !== undefined)
    throw usage(`${join(strange.parentPath, strange.name)} is neither a file nor a folder`);
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  if (files.length > mostFiles) throw usage(`${folder} holds more than ${mostFiles} files; ${instead}`);
  return files.sort();
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw usage(`${file} is no text in UTF-8; ${instead}`);
  }
}
