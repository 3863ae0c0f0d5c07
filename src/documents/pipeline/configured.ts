/** The documents that a configuration names: those that can be run, and what is wrong with the others. */
import type { FaultyDocument } from '../../run/documents/faulty-documents.js';
import type { PipelineDocument } from '../../pipelines/document/document.js';
import { visible } from '../../foreign-text/visible.js';
import { readBytes } from '../bytes.js';
import { documentsAt } from '../folders.js';
import { DocumentFault, maxDocumentBytes, parseYaml } from '../yaml.js';
import { type Checked, checkDocument } from './check.js';
import type { Connections, Unusable } from './connections.js';

/** What files say, faults and all. */
export interface Configured {
  /** Those without a fault, by the names of their pipelines. */
  readonly documents: Readonly<Record<string, PipelineDocument>>;
  /** The others, in the order of the files. */
  readonly faulty: readonly FaultyDocument[];
  /** A document, or why it cannot be run. */
  documentOf(pipeline: string): PipelineDocument | Unusable | null;
}

/** Reads files, and the files of folders. A fault never throws: it is told of the file that has it. */
export async function readConfigured(
  paths: readonly string[],
  connections: Connections,
): Promise<Configured> {
  const unread: FaultyDocument[] = [];
  const files = new Map<string, Uint8Array>();
  for (const path of paths)
    for (const file of await readable(path, unread, () => documentsAt(path))) {
      const bytes = await readable(file, unread, async () => [await readBytes(file, maxDocumentBytes)]);
      for (const one of bytes) files.set(file, one);
    }
  const checking = new Checking(files, connections);
  const documents = Object.fromEntries(
    [...files.keys()].flatMap((file) => {
      const document = checking.check(file);
      return document === null ? [] : [[document.pipeline, document] as const];
    }),
  );
  const documentOf = (pipeline: string) => checking.documentOf(pipeline);
  return { documents, faulty: [...checking.faulty(), ...unread], documentOf };
}

/** Checks each file once; one whose pipeline another one runs, before that. */
class Checking {
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #connections: Connections;
  /** The files that a pipeline is in. */
  readonly #named = new Map<string, readonly string[]>();
  readonly #checked = new Map<string, Checked | 'under way'>();

  constructor(files: ReadonlyMap<string, Uint8Array>, connections: Connections) {
    this.#files = files;
    for (const [file, bytes] of files) {
      const name = nameIn(bytes, file);
      if (name !== null) this.#named.set(name, [...(this.#named.get(name) ?? []), file]);
    }
    this.#connections = {
      ...connections,
      documents: [...this.#named.keys()],
      documentOf: (pipeline) => this.documentOf(pipeline),
    };
  }

  /** `null` of one with faults, and of one whose name another file has too: nobody could say which is meant. */
  check(file: string): PipelineDocument | null {
    const checked = this.#checkedOf(file);
    if (checked === 'under way' || !checked.ok) return null;
    return this.#named.get(checked.document.pipeline)?.length === 1 ? checked.document : null;
  }

  documentOf(pipeline: string): PipelineDocument | Unusable | null {
    const [file, other] = this.#named.get(pipeline) ?? [];
    if (file === undefined) return null;
    if (other !== undefined) return { fault: `is in two files, ${file} and ${other}` };
    const checked = this.#checkedOf(file);
    if (checked === 'under way') return { fault: 'would run itself' };
    return checked.ok ? checked.document : { fault: `has faults of its own, in ${file}` };
  }

  /** In the order of the files. */
  faulty(): FaultyDocument[] {
    return [...this.#files].flatMap(([file, bytes]) => {
      const pipeline = nameIn(bytes, file);
      const faults = this.#faultsOf(file, pipeline);
      return faults.length === 0 ? [] : [{ pipeline, faults }];
    });
  }

  #faultsOf(file: string, pipeline: string | null): string[] {
    const checked = this.#checkedOf(file);
    const own =
      checked === 'under way' || checked.ok
        ? []
        : checked.faults.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
    const others = pipeline === null ? [] : (this.#named.get(pipeline) ?? []).filter((one) => one !== file);
    return [
      ...own,
      ...others.map((other) => `${file}: "${pipeline}" is also the name of the pipeline in ${other}`),
    ].map(visible); // each is one line, whatever files and keys are called
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
    const { value } = parseYaml(bytes, { name: file, takesProto: true });
    const name = typeof value === 'object' && value !== null && 'pipeline' in value ? value.pipeline : null;
    return typeof name === 'string' ? name : null;
  } catch (error) {
    if (error instanceof DocumentFault) return null; // said when it is checked
    throw error;
  }
}

/** What a path has; nothing where it cannot be read, which is a fault. */
async function readable<T>(
  path: string,
  unread: FaultyDocument[],
  read: () => Promise<readonly T[]>,
): Promise<readonly T[]> {
  try {
    return await read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    unread.push({ pipeline: null, faults: [visible(`pipelines: ${path} cannot be read: ${reason}`)] });
    return [];
  }
}
