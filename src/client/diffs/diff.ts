/** Two runs compared: what the last green one had that this red one has not. */
import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { LonghaulError } from '../../pipeline/errors.js';
import type { Run } from '../../pipeline/steps.js';
import { type PartDiff, compareSides } from './compare-runs.js';
import { runsOf } from '../runs/page.js';
import { type RunSide, inputOf, jobOf, projectOf, sideOf } from './run-side.js';
import { describeAttempt } from '../executions.js';
import { summaryOf } from '../runs/list.js';
import { viewOf } from '../runs/view.js';

const modelKey = defineSearchAttributeKey('LonghaulModel', 'KEYWORD');
/** Of runs that succeeded, so many are looked at for one that trained. */
const mostCandidates = 50;

/** How a run is named in a comparison. */
export type ComparedRun = Pick<
  Run,
  'runId' | 'attemptId' | 'pipeline' | 'connection' | 'status' | 'startedAt' | 'endedAt'
> & { readonly jobId: string | null };

/** The comparison of two runs. */
export interface RunDiff {
  readonly a: ComparedRun;
  readonly b: ComparedRun;
  readonly parts: readonly PartDiff[];
}

/**
 * Compares two runs; with one, it is `b`, and `a` the last that succeeded before it.
 * @throws LonghaulError `RUN_NOT_FOUND`, also where none has succeeded before
 */
export async function diffOf(client: Client, first: string, second?: string): Promise<RunDiff> {
  const [idA, idB] = second === undefined ? [await lastGreen(client, first), first] : [first, second];
  const [a, b] = await Promise.all([sideOf(client, idA), sideOf(client, idB)]);
  return { a: namedOf(a), b: namedOf(b), parts: compareSides(a, b) };
}

const namedOf = ({ run, jobId }: RunSide): ComparedRun => ({
  runId: run.runId,
  attemptId: run.attemptId,
  pipeline: run.pipeline,
  connection: run.connection,
  status: run.status,
  startedAt: run.startedAt,
  ...(run.endedAt !== undefined && { endedAt: run.endedAt }),
  jobId,
});

/**
 * The last run before this one that succeeded and trained, of the same pipeline, connection and model. Runs that keep
 * no model are alike by their project.
 */
async function lastGreen(client: Client, runId: string): Promise<string> {
  const description = await client.workflow.getHandle(runId).describe();
  const { pipeline, connection, startedAt, attemptId } = summaryOf(description);
  const model = description.typedSearchAttributes.get(modelKey) ?? null;
  const project = await projectIn(client, { runId, attemptId });
  const alike = {
    status: 'succeeded',
    pipeline,
    connection,
    model,
    startedBefore: new Date(startedAt),
  } as const;
  for await (const run of runsOf(client, { ...alike, limit: mostCandidates })) {
    if (run.runId === runId) continue; // an earlier attempt of it
    if (model === null && (await projectIn(client, run)) !== project) continue;
    const { runId: executionId } = await describeAttempt(client, run.runId, run.attemptId);
    if (jobOf(await viewOf(client, client.workflow.getHandle(run.runId, executionId))) !== null)
      return run.runId;
  }
  const of = model === null ? `project ${project ?? 'unknown'}` : `model ${model}`;
  throw new LonghaulError(
    'RUN_NOT_FOUND',
    `no run of ${pipeline} on ${connection} for ${of} has succeeded with a training before ${runId}; name the run to compare it with`,
  );
}

async function projectIn(client: Client, run: { runId: string; attemptId: string }): Promise<string | null> {
  const input = await inputOf(client, run);
  return 'value' in input ? projectOf(input.value) : null;
}
