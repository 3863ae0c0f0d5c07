/** Starting a run once, and what every start of one gives Temporal, whoever starts it. */
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { LonghaulError } from '../run/failures/errors.js';
import type { NamedInput } from '../run/failures/fingerprint.js';
import { type ModelNames, modelOf, pipelinesQueue } from '../run/ids.js';
import { type PipelineDocument, allSteps, connectionsOf } from '../run/documents/documents.js';
import { isPipeline, pipelines } from '../pipelines/built-in.js';
import { modelOfDocument } from '../pipelines/document/model.js';
import { documentWorkflow } from '../pipelines/document/pipeline.js';
import type { Json, RunStart } from '../run/steps.js';
import type { Unserved } from '../run/unserved.js';
import { digestOf } from './door.js';
import { attemptIdOf } from './executions.js';

export interface Started {
  readonly runId: string;
  readonly attemptId: string;
  /** False when the key had started this run before. */
  readonly created: boolean;
  /** What it will need and no worker takes, as far as that is known at once. */
  readonly unserved?: Unserved;
}

/** The key of one of our search attributes. */
export const keyword = (name: string) => defineSearchAttributeKey(name, 'KEYWORD');

/** Where a run acts, or the most of it; what it is listed, watched and planned by. */
export function connectionIn({ input, document }: Pick<AnyStart, 'input' | 'document'>): string {
  if (document === undefined) return (input as ModelNames).connection; // the door has checked it
  return connectionsOf(document)[0] ?? '';
}

/** Every connection on which a run acts. */
export const connectionsIn = (start: Pick<AnyStart, 'input' | 'document'>): readonly string[] =>
  start.document === undefined ? [connectionIn(start)] : connectionsOf(start.document);

/** Where it acts on more than one: all of them, for who may see it. */
export const connectionsMore = (
  start: Pick<AnyStart, 'input' | 'document'>,
): { readonly connections?: readonly string[] } => {
  const connections = connectionsIn(start);
  return connections.length > 1 ? { connections } : {};
};

/** Of any pipeline: the input is that of a built-in one, or fits the schema of the document. */
export type AnyStart = RunStart<StartedInput | Json>;

/** Of a pipeline that Longhaul brings along. */
export type StartedInput = NamedInput & { readonly connection: string };

/** Whether a document has other runs cancelled that have what it needs: by an expression, it may. */
export const replacesAny = (document: PipelineDocument): boolean =>
  allSteps(document).some(([, { with: given }]) => {
    const { whenBusy } = given;
    return typeof whenBusy === 'string' && (whenBusy === 'replace' || whenBusy.includes('${{'));
  });

/** By this, a start is known that has the same key. */
export const digestOfStart = ({ input, document }: Pick<AnyStart, 'input' | 'document'>): string =>
  digestOf(document === undefined ? input : { input, document });

/** What Temporal is told of a run when it starts it: now, or when a schedule ticks. */
export const startOf = (pipeline: string, start: AnyStart) => ({
  workflowType: isPipeline(pipeline) ? pipelines[pipeline].workflow : documentWorkflow,
  taskQueue: pipelinesQueue,
  args: [start],
  memo: { inputDigest: digestOfStart(start), ...connectionsMore(start) },
  staticSummary: `${pipeline} on ${connectionIn(start)}`,
  typedSearchAttributes: [
    { key: keyword('LonghaulPipeline'), value: pipeline },
    { key: keyword('LonghaulStatus'), value: 'running' },
    { key: keyword('LonghaulConnection'), value: connectionIn(start) },
    { key: keyword('LonghaulTrigger'), value: start.trigger.kind },
    ...models(modelIn(start)),
  ],
});

/** The model by which a run is listed. */
const modelIn = ({ input, document }: Pick<AnyStart, 'input' | 'document'>): string | null =>
  document === undefined
    ? modelOf(input as ModelNames) // the door has checked it
    : modelOfDocument(document, input as Json); // it has come from JSON

const models = (model: string | null) =>
  model === null ? [] : [{ key: keyword('LonghaulModel'), value: model }];

/**
 * Starts a run, or finds it when it was started before.
 * @throws LonghaulError `RUN_KEY_REUSED`
 */
export async function startOnce(
  client: Client,
  runId: string,
  pipeline: string,
  start: AnyStart,
): Promise<Started> {
  const { workflowType, ...options } = startOf(pipeline, start);
  try {
    const handle = await client.workflow.start(workflowType, {
      ...options,
      workflowId: runId,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
    });
    return { runId, attemptId: handle.firstExecutionRunId, created: true };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const existing = await client.workflow.getHandle(runId).describe();
    if (existing.memo?.['inputDigest'] === options.memo.inputDigest)
      return { runId, attemptId: attemptIdOf(existing), created: false };
    const ofDocument = start.document === undefined ? '' : ' or another version of its document';
    throw new LonghaulError(
      'RUN_KEY_REUSED',
      `run ${runId} exists and was started with another input${ofDocument}; nothing was started. Use another key, or the same input`,
    );
  }
}
