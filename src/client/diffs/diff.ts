/** Two runs compared: what the last green one had that this red one has not. */
import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { LonghaulError } from '../../run/failures/errors.js';
import type { Run } from '../../run/steps.js';
import { type PartDiff, compareSides } from './compare-runs.js';
import { runsOf } from '../runs/page.js';
import { type RunSide, jobOf, likenessOf, sidesOf } from './run-side.js';
import { describeAttempt } from '../executions.js';
import { type RunScope, summaryOf } from '../runs/list.js';
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

/** Which run one alone is compared with. */
export interface DiffOptions {
  /** One that one of these covers; left out, any. */
  readonly within?: readonly RunScope[] | undefined;
}

/**
 * Compares two runs; with one, it is `b`, and `a` the last that succeeded before it.
 * @throws LonghaulError `RUN_NOT_FOUND`, also where none has succeeded before
 */
export async function diffOf(
  client: Client,
  first: string,
  second?: string,
  { within }: DiffOptions = {},
): Promise<RunDiff> {
  const [idA, idB] = second === undefined ? [await lastGreen(client, first, within), first] : [first, second];
  const [a, b] = await sidesOf(client, idA, idB);
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
 * The last run before this one that succeeded, of the same pipeline, connection and model: of a built-in pipeline, one that
 * trained. Runs of one that keep no model are alike by their project; runs of a document, by that.
 */
async function lastGreen(
  client: Client,
  runId: string,
  within: readonly RunScope[] | undefined,
): Promise<string> {
  const description = await client.workflow.getHandle(runId).describe();
  const { pipeline, connection, startedAt, attemptId } = summaryOf(description);
  const model = description.typedSearchAttributes.get(modelKey) ?? null;
  const { isOfDocument, project } = await likenessOf(client, { runId, attemptId });
  const alike = {
    status: 'succeeded',
    pipeline,
    connection,
    model,
    startedBefore: new Date(startedAt),
    within,
  } as const;
  for await (const run of runsOf(client, { ...alike, limit: mostCandidates })) {
    if (run.runId === runId) continue; // an earlier attempt of it
    if (isOfDocument) return run.runId; // it need not have trained
    if (model === null && (await likenessOf(client, run)).project !== project) continue;
    const { runId: executionId } = await describeAttempt(client, run.runId, run.attemptId);
    if (jobOf(await viewOf(client, client.workflow.getHandle(run.runId, executionId))) !== null)
      return run.runId;
  }
  const of = model !== null ? ` for model ${model}` : project === null ? '' : ` for project ${project}`;
  throw new LonghaulError(
    'RUN_NOT_FOUND',
    `no run of ${pipeline} on ${connection}${of} has succeeded${isOfDocument ? '' : ' with a training'} before ${runId}; name the run to compare it with`,
  );
}
