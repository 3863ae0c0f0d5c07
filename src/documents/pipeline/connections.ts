/** The part of the configuration that documents name. */
import type { PipelineDocument } from '../../pipelines/document/document.js';

/** What is known of it: whoever has a document checked says so. */
export interface Connections {
  /** The platform of a connection; `null` where there is none of this name. */
  platformOf(connection: string): string | null;
  /** The dialect that a connection speaks; `null` where that is not known. Left out, none is. */
  dialectOf?(connection: string): string | null;
  /** Their names, where they can be told. */
  readonly connections?: readonly string[] | undefined;
  /** The methods that a service takes; `null` where there is none of this name. */
  methodsOf(service: string): readonly string[] | null;
  /** The names of services, where they can be told. */
  readonly services?: readonly string[] | undefined;
  /** The document of a pipeline, or why no step can run it; `null` where there is none of this name. Left out, there are none. */
  documentOf?(pipeline: string): PipelineDocument | Unusable | null;
  /** The names of pipelines that are documents, where they can be told. */
  readonly documents?: readonly string[] | undefined;
}

/** Why a document cannot be run. */
export interface Unusable {
  /** After its name: `has faults of its own`. */
  readonly fault: string;
}
