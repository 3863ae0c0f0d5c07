/** The documents that a configuration names: all of them may be run, or none is there. */
import { LonghaulError } from '../../pipeline/errors.js';
import type { PipelineDocument } from '../../pipelines/document/document.js';
import { readBytes } from '../bytes.js';
import { documentsAt } from '../folders.js';
import { maxDocumentBytes } from '../yaml.js';
import { checkDocument } from './check.js';
import type { Connections } from './draft.js';

/**
 * Reads files, and the files of folders, by the names of their pipelines.
 * @throws LonghaulError `CONFIG_INVALID` with every fault of every file
 */
export async function readDocuments(
  paths: readonly string[],
  connections: Connections,
): Promise<Readonly<Record<string, PipelineDocument>>> {
  const faults: string[] = [];
  const found = new Map<string, { readonly file: string; readonly document: PipelineDocument }>();
  for (const path of paths)
    for (const file of await filesAt(path, faults)) {
      const checked = checkDocument(await readBytes(file, maxDocumentBytes), { file, ...connections });
      if (!checked.ok) {
        faults.push(
          ...checked.faults.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`),
        );
        continue;
      }
      const { document } = checked;
      const first = found.get(document.pipeline);
      if (first !== undefined)
        faults.push(`${file}: "${document.pipeline}" is the name of the pipeline in ${first.file} too`);
      found.set(document.pipeline, { file, document });
    }
  if (faults.length > 0) throw new LonghaulError('CONFIG_INVALID', faults.join('\n'));
  return Object.fromEntries([...found].map(([name, { document }]) => [name, document]));
}

async function filesAt(path: string, faults: string[]): Promise<readonly string[]> {
  try {
    return await documentsAt(path);
  } catch (error) {
    faults.push(
      `pipelines: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
    return [];
  }
}
