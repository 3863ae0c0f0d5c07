/** Folders of documents. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The YAML and JSON files of a folder, in the order of their names; of a path that is none, that path alone. */
export async function documentsAt(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => /\.(ya?ml|json)$/.test(entry.name) && !entry.isFIFO()) // which nobody may ever write to
    .map(({ name }) => name)
    .sort()
    .map((name) => join(path, name));
}
