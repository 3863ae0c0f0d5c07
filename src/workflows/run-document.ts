/** The Temporal workflow of every document: the document is a part of its start. */
import { type PipelineDocument, connectionsOf } from '../run/documents/documents.js';
import { namesIn } from '../run/failures/fingerprint.js';
import type { Json, Run, RunStart } from '../run/steps.js';
import { documentPipeline } from '../pipelines/document/pipeline.js';
import { attemptOf } from './legs/attempt.js';
import { runPipeline } from './kernel/run.js';

/** Does what the document says. */
export function runDocument(start: RunStart<Json> & { readonly document: PipelineDocument }): Promise<Run> {
  const { document, input, trigger, continuation, leg } = start;
  const { runId, startedAt: ofAttempt } = attemptOf(leg);
  const startedAt = continuation?.startedAt ?? ofAttempt;
  const connections = connectionsOf(document);
  const isChild = trigger.kind === 'run';
  return runPipeline(documentPipeline(document, { runId, startedAt, isChild }), start, {
    ...{ connection: connections[0] ?? '', connections },
    names: namesIn(runId, input),
  });
}
