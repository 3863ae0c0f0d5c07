/** Pipeline documents for programs that start them through the package: `import … from 'longhaul/documents'`. */
import { type HttpMethod, httpMethods } from '../../run/documents/requests.js';
import type { PipelineDocument } from '../../pipelines/document/document.js';
import { type Checked, checkDocument } from './check.js';

export type { PipelineDocument } from '../../pipelines/document/document.js';
export type { Checked } from './check.js';

/** What a document may name. */
export interface DocumentNames {
  /** The platform of each connection, such as `domino`. */
  readonly connections: Readonly<Record<string, string>>;
  /** The dialect of those whose documents are checked for it, such as `v2`. */
  readonly dialects?: Readonly<Record<string, string>> | undefined;
  /** The methods that each service takes; `true`: all. */
  readonly services?: Readonly<Record<string, readonly HttpMethod[] | true>> | undefined;
  /** Documents that it may run, by the names of their pipelines. */
  readonly documents?: Readonly<Record<string, PipelineDocument>> | undefined;
  /** As faults name it. */
  readonly file?: string | undefined;
}

/**
 * Reads a document in YAML or JSON and checks it whole, without asking anybody: what `startPipeline` takes, or every fault
 * with line and column.
 */
export function checkPipelineDocument(
  text: string | Uint8Array,
  { connections, dialects = {}, services = {}, documents = {}, file = 'document' }: DocumentNames,
): Checked {
  const methodsOf = (name: string): readonly HttpMethod[] | null => {
    const methods = valueIn(services, name);
    return methods === true ? httpMethods : methods;
  };
  return checkDocument(text, {
    ...{ file, connections: Object.keys(connections), services: Object.keys(services) },
    platformOf: (name) => valueIn(connections, name),
    dialectOf: (name) => valueIn(dialects, name),
    methodsOf,
    documents: Object.keys(documents),
    documentOf: (name) => valueIn(documents, name),
  });
}

const valueIn = <T>(record: Readonly<Record<string, T>>, name: string): T | null =>
  Object.hasOwn(record, name) ? (record[name] ?? null) : null;
