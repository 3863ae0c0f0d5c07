/** The Temporal workflow of every document: the document is a part of its start. */
import { workflowInfo } from '@temporalio/workflow';
import { type PipelineDocument, connectionsOf } from '../pipeline/documents.js';
import { namesIn } from '../pipeline/fingerprint.js';
import type { Json, Run, RunStart } from '../pipeline/steps.js';
import { documentPipeline } from '../pipelines/document/pipeline.js';
import { runPipeline } from './run.js';

/** Does what the document says. */
export function runDocument(start: RunStart<Json> & { readonly document: PipelineDocument }): Promise<Run> {
  const { workflowId: runId, startTime } = workflowInfo();
  const { document, input, continuation } = start;
  const startedAt = continuation?.startedAt ?? startTime.toISOString();
  const connections = connectionsOf(document);
  return runPipeline(documentPipeline(document, { runId, startedAt }), start, {
    ...{ connection: connections[0] ?? '', connections },
    names: namesIn(runId, input),
  });
}
