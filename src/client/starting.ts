/** Starting a run once, and what every start of one gives Temporal, whoever starts it. */
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { LonghaulError } from '../pipeline/errors.js';
import { type ModelNames, modelOf, pipelinesQueue } from '../pipeline/ids.js';
import type { PipelineName } from '../pipeline/inputs.js';
import { pipelines } from '../pipelines/built-in.js';
import type { RunStart } from '../pipeline/steps.js';
import { digestOf } from './door.js';

export interface Started {
  readonly runId: string;
  readonly attemptId: string;
  /** False when the key had started this run before. */
  readonly created: boolean;
}

/** The key of one of our search attributes. */
export const keyword = (name: string) => defineSearchAttributeKey(name, 'KEYWORD');

/** What Temporal is told of a run when it starts it: now, or when a schedule ticks. */
export const startOf = (pipeline: PipelineName, start: RunStart<ModelNames>) => ({
  workflowType: pipelines[pipeline].workflow,
  taskQueue: pipelinesQueue,
  args: [start],
  memo: { inputDigest: digestOf(start.input) },
  staticSummary: `${pipeline} on ${start.input.connection}`,
  typedSearchAttributes: [
    { key: keyword('LonghaulPipeline'), value: pipeline },
    { key: keyword('LonghaulStatus'), value: 'running' },
    { key: keyword('LonghaulConnection'), value: start.input.connection },
    { key: keyword('LonghaulTrigger'), value: start.trigger.kind },
    ...models(modelOf(start.input)),
  ],
});

const models = (model: string | null) =>
  model === null ? [] : [{ key: keyword('LonghaulModel'), value: model }];

/**
 * Starts a run, or finds it when it was started before.
 * @throws LonghaulError `RUN_KEY_REUSED`
 */
export async function startOnce(
  client: Client,
  runId: string,
  pipeline: PipelineName,
  start: RunStart<ModelNames>,
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
      return { runId, attemptId: existing.runId, created: false };
    throw new LonghaulError(
      'RUN_KEY_REUSED',
      `run ${runId} exists and was started with another input; nothing was started. Use another key, or the same input`,
    );
  }
}
