/** How a kind is refined by what a step writes under its `with`. */
import type { JsonSchema } from '../../pipelines/document/json-schema.js';
import type { PipelineDocument } from '../../pipelines/document/document.js';
import type { Connections } from './connections.js';
import type { DocumentPath } from './faults.js';
import type { CheckedKind } from './kinds.js';

/** What a step writes under `with`, on which platform. */
export interface Refining {
  readonly kind: CheckedKind;
  readonly given: JsonSchema;
  /** Of the step’s connection, with its name; `null` where that is not known. */
  readonly platform: string | null;
  readonly connection: string | null;
  /** The dialect that it speaks; `null` where that is not known. */
  readonly dialect: string | null;
  /** The pipeline whose step it is. */
  readonly pipeline: string;
  readonly configured: Connections;
}

/** The kind as this step uses it, and what is wrong with single arguments. */
export interface Refined {
  readonly kind?: CheckedKind;
  /** The document that the step runs. */
  readonly runs?: PipelineDocument;
  readonly faults?: readonly RefinedFault[];
}

/** What is wrong with an argument, or with a part of one. */
export interface RefinedFault {
  readonly path: DocumentPath;
  readonly message: string;
}

/** One of them: the kind as it is, and why. */
export const faulty = (key: string, message: string): Refined => ({ faults: [{ path: [key], message }] });
