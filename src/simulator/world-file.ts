/** Worlds: what a simulator starts with, from a YAML file or as it was given. */
import { resolve } from 'node:path';
import type { z } from 'zod';
import { readBytes } from '../documents/bytes.js';
import { maxDocumentBytes, parseYaml } from '../documents/yaml.js';

/** A world that fits its schema. */
export interface Read<World> {
  /** The absolute path of its file, or words for a world that was given. */
  readonly source: string;
  readonly isFile: boolean;
  readonly world: World;
}

/**
 * Reads a world: of a text, the file with this path.
 *
 * @throws Error that names the file and the path of the key that is wrong
 */
export async function readWorld<T extends z.ZodType>(
  schema: T,
  stated: string | object,
): Promise<Read<z.output<T>>> {
  const isFile = typeof stated === 'string';
  const source = isFile ? resolve(stated) : 'what was given';
  const parsed = schema.safeParse(isFile ? await readYaml(source) : stated);
  if (parsed.success) return { source, isFile, world: parsed.data };
  throw notAWorld(
    source,
    parsed.error.issues.map(({ path, message }) => `${keyOf(path)}: ${message}`),
  );
}

/** The error of a world that cannot be used. */
export const notAWorld = (source: string, problems: readonly string[]): Error =>
  new Error(`${source} is not a world:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);

async function readYaml(file: string): Promise<unknown> {
  try {
    return parseYaml(await readBytes(file, maxDocumentBytes), { name: 'it' }).value;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${file} cannot be read as a world: ${reason}`, { cause });
  }
}

const keyOf = (path: readonly PropertyKey[]): string =>
  path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '') || '(the whole file)';
