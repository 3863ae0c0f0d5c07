/** The definition of a run: one that Longhaul brings along, or the document that is a part of its start. */
import type { Json } from '../run/json.js';
import type { PipelineDocument } from '../run/documents/documents.js';
import type { Pipeline } from '../steps/define.js';
import { isPipeline, pipelines } from './built-in.js';
import { documentPipeline } from './document/pipeline.js';

/** What is told of a run wherever its definition is needed. */
export interface DefinedRun {
  readonly pipeline: string;
  readonly document?: PipelineDocument | undefined;
  readonly input: Json;
  readonly runId: string;
  /** When its first attempt was started, ISO 8601 in UTC; left out, when this one was. */
  readonly firstStartedAt?: string | undefined;
  readonly startedAt: string;
}

/**
 * The pipeline of a run.
 * @throws TypeError where it is neither a document nor one that this version brings along
 */
export function pipelineOfRun({
  pipeline: name,
  document,
  input,
  runId,
  firstStartedAt,
  startedAt: ofAttempt,
}: DefinedRun): Pipeline {
  if (document === undefined) {
    if (isPipeline(name)) return pipelines[name].forInput?.(input) ?? pipelines[name];
    throw new TypeError(`${runId} is no run of a pipeline of this version: there is no "${name}"`);
  }
  return documentPipeline(document, { runId, startedAt: firstStartedAt ?? ofAttempt });
}
