/** The documents that a configuration names: all of them may be run, or none is there. */
import { LonghaulError } from '../../pipeline/errors.js';
import type { PipelineDocument } from '../../pipelines/document/document.js';
import { readBytes } from '../bytes.js';
import { documentsAt } from '../folders.js';
import { DocumentFault, maxDocumentBytes, parseYaml } from '../yaml.js';
import { type Checked, checkDocument } from './check.js';
import type { Connections, Unusable } from './connections.js';

/** What files say, faults and all. */
export interface Configured {
  /** Those without a fault, by the names of their pipelines. */
  readonly documents: Readonly<Record<string, PipelineDocument>>;
  /** One line each. */
  readonly faults: readonly string[];
  /** A document, or why it cannot be run. */
  documentOf(pipeline: string): PipelineDocument | Unusable | null;
}

/**
 * Reads files, and the files of folders, by the names of their pipelines.
 * @throws LonghaulError `CONFIG_INVALID` with every fault of every file
 */
export async function readDocuments(
  paths: readonly string[],
  connections: Connections,
): Promise<Configured['documents']> {
  const { documents, faults } = await readConfigured(paths, connections);
  if (faults.length > 0) throw new LonghaulError('CONFIG_INVALID', faults.join('\n'));
  return documents;
}

/** The same with whatever is wrong with them, for whoever checks another document by those that can be run. */
export async function readConfigured(
  paths: readonly string[],
  connections: Connections,
): Promise<Configured> {
  const unread: string[] = [];
  const files = new Map<string, Uint8Array>();
  for (const path of paths)
    for (const file of await filesAt(path, unread)) files.set(file, await readBytes(file, maxDocumentBytes));
  const checking = new Checking(files, connections);
  const documents = Object.fromEntries(
    [...files.keys()].flatMap((file) => {
      const document = checking.check(file);
      return document === null ? [] : [[document.pipeline, document] as const];
    }),
  );
  const documentOf = (pipeline: string) => checking.documentOf(pipeline);
  return { documents, faults: [...checking.faults(), ...unread], documentOf };
}

/** Checks each file once; one whose pipeline another one runs, before that. */
class Checking {
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #connections: Connections;
  /** The file that a pipeline is in: of several, the first. */
  readonly #named = new Map<string, string>();
  readonly #checked = new Map<string, Checked | 'under way'>();

  constructor(files: ReadonlyMap<string, Uint8Array>, connections: Connections) {
    this.#files = files;
    for (const [file, bytes] of files) {
      const name = nameIn(bytes, file);
      if (name !== null && !this.#named.has(name)) this.#named.set(name, file);
    }
    this.#connections = {
      ...connections,
      documents: [...this.#named.keys()],
      documentOf: (pipeline) => this.documentOf(pipeline),
    };
  }

  /** `null` of one with faults, and of one whose name another file has. */
  check(file: string): PipelineDocument | null {
    const checked = this.#checkedOf(file);
    if (checked === 'under way' || !checked.ok) return null;
    return this.#named.get(checked.document.pipeline) === file ? checked.document : null;
  }

  documentOf(pipeline: string): PipelineDocument | Unusable | null {
    const file = this.#named.get(pipeline);
    if (file === undefined) return null;
    const checked = this.#checkedOf(file);
    if (checked === 'under way') return { fault: 'would run itself' };
    return checked.ok ? checked.document : { fault: `has faults of its own, in ${file}` };
  }

  /** In the order of the files. */
  faults(): string[] {
    return [...this.#files.keys()].flatMap((file) => {
      const checked = this.#checkedOf(file);
      if (checked === 'under way') return [];
      if (!checked.ok)
        return checked.faults.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
      const { pipeline } = checked.document;
      const first = this.#named.get(pipeline);
      return first === file ? [] : [`${file}: "${pipeline}" is the name of the pipeline in ${first} too`];
    });
  }

  #checkedOf(file: string): Checked | 'under way' {
    const known = this.#checked.get(file);
    if (known !== undefined) return known;
    this.#checked.set(file, 'under way');
    const checked = checkDocument(this.#files.get(file) ?? '', { file, ...this.#connections });
    this.#checked.set(file, checked);
    return checked;
  }
}

/** The name of the pipeline in a file; `null` where that is none. */
function nameIn(bytes: Uint8Array, file: string): string | null {
  try {
    const { value } = parseYaml(bytes, { name: file });
    const name = typeof value === 'object' && value !== null && 'pipeline' in value ? value.pipeline : null;
    return typeof name === 'string' ? name : null;
  } catch (error) {
    if (error instanceof DocumentFault) return null; // said when it is checked
    throw error;
  }
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
