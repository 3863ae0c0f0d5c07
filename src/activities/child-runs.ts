/** Runs that a step of another run starts, as effects: Temporal knows each by its id, so none is started twice. */
import { Context } from '@temporalio/activity';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { describedIfKnown } from '../client/attempts.js';
import { childRunIdOf } from '../client/child-run-id.js';
import { checkInput } from '../client/door.js';
import { createReplays } from '../client/replays/replays.js';
import { cancelRun } from '../client/runs/cancelling.js';
import { summaryOf } from '../client/runs/list.js';
import { startOnce } from '../client/starting.js';
import type { ChildEffects, ChildOutput, ChildSpec } from '../pipeline/child-runs.js';
import { LonghaulError } from '../pipeline/errors.js';
import { replayPrefix } from '../pipeline/replays.js';
import { isPipeline } from '../pipelines/built-in.js';
import type { Json, Run } from '../pipeline/steps.js';
import { askTemporal } from './asking-temporal.js';
import { asLongAsItTakes, attempted } from './attempt.js';
import type { ActivityDependencies } from './dependencies.js';
import { ended, notYet } from './failures.js';
import { nextLookMs } from './looks.js';
import { type Standing, createUndo, left } from './undoing.js';

type Starting = Parameters<ChildEffects['ensureChildRun']>[0];

const how = 'say how a child run stands';

/** Builds them. */
export const createChildActivities = (deps: ActivityDependencies): ChildEffects => ({
  ensureChildRun: attempted(deps, async (spec: Starting) => {
    const { client, info } = Context.current();
    const runId = childRunIdOf(spec.pipeline, spec.origin);
    const known = await askTemporal(how, () => describedIfKnown(client, runId));
    if (known === null) await start(client, runId, spec);
    // What has ended since this effect was asked for, it has started itself.
    else if (hasFailed(known) && (known.closeTime?.getTime() ?? Infinity) < info.scheduledTimestampMs)
      await replay(client, runId, spec);
    return { runId };
  }),
  awaitChildRun: attempted(
    deps,
    async ({ child: { runId } }, { elapsedMs }) => {
      const { client } = Context.current();
      const waitMs = nextLookMs(elapsedMs, deps.waits);
      const known = await lastAttemptOf(client, runId);
      if (known === 'replayed') throw notYet(`run ${runId} is about to go on`, waitMs);
      if (known === null)
        throw new LonghaulError('OBJECT_MISSING', `Temporal does not know run ${runId} any more`);
      if (known.status.name !== 'RUNNING') return outputOf(client, known);
      const { status, step } = summaryOf(known);
      const at = step === undefined ? '' : ` at "${step}"`;
      throw notYet(`run ${runId} is ${status}${at}`, waitMs);
    },
    asLongAsItTakes,
  ),
  cancelChildRun: createUndo(deps, 'run', async ({ pipeline, origin, made }) => {
    const runId = made?.id ?? childRunIdOf(pipeline, origin);
    return cancel(Context.current().client, runId, `run ${origin.runId}`);
  }),
});

/** What Temporal knows of the child; a replay ends an attempt before it starts the next one. */
async function lastAttemptOf(
  client: Client,
  runId: string,
): Promise<WorkflowExecutionDescription | null | 'replayed'> {
  const look = (id: string) => askTemporal(how, () => describedIfKnown(client, id));
  const known = await look(runId);
  if (known?.status.name !== 'TERMINATED') return known;
  const replay = await look(`${replayPrefix}${runId}`);
  return replay?.status.name === 'RUNNING' ? 'replayed' : look(runId);
}

const hasFailed = ({ status }: WorkflowExecutionDescription): boolean =>
  !['RUNNING', 'COMPLETED'].includes(status.name);

/** A pipeline that Longhaul brings along; where documents run, one of theirs is looked up here. */
async function start(client: Client, runId: string, { pipeline, input, origin, starters, notify }: Starting) {
  if (!isPipeline(pipeline))
    throw new LonghaulError('PIPELINE_UNKNOWN', `there is no pipeline "${pipeline}"`);
  const checked = checkedInput(pipeline, { pipeline, input });
  const trigger = { kind: 'run', by: origin.runId, ids: starters } as const;
  const begun = { input: checked, trigger, ...(notify && { notify }) };
  await askTemporal('start a child run', () => startOnce(client, runId, pipeline, begun));
}

/** What does not fit came from an expression: a person looks, and nothing is started. */
function checkedInput(pipeline: Parameters<typeof checkInput>[0], { input }: ChildSpec) {
  try {
    return checkInput(pipeline, input);
  } catch (error) {
    if (!(error instanceof LonghaulError)) throw error;
    throw new LonghaulError('EXPRESSION_FAILED', error.message, { cause: error });
  }
}

/** Goes on with one that has failed or was cancelled, from the step that did not succeed. */
async function replay(client: Client, runId: string, { origin, pipeline, starters }: Starting) {
  const guard = <T>(_: string, perform: () => Promise<T>): Promise<T> => perform();
  const replays = createReplays({ client, guard, receivers: {} });
  const replaying = {
    ...{ by: `run ${origin.runId}`, reason: 'the run that it is a part of is replayed' },
    ...{ ids: starters, mayCancel: [pipeline] },
  };
  try {
    const { hash: plan } = await askTemporal(how, () => replays.plan({ runId }));
    await askTemporal(how, () => replays.apply({ runId }, { ...replaying, plan }));
  } catch (error) {
    const isOvertaken =
      error instanceof LonghaulError && ['REPLAY_UNDER_WAY', 'REPLAY_STALE'].includes(error.code);
    throw isOvertaken ? notYet(error.message, overtakenMs) : error;
  }
}

/** Somebody else replays it, or the world has moved: it is looked at again. */
const overtakenMs = 2_000;

async function outputOf(client: Client, known: WorkflowExecutionDescription): Promise<ChildOutput> {
  const { workflowId, runId } = known;
  if (known.status.name !== 'COMPLETED') {
    const { status, step, failure } = summaryOf(known);
    const where = step === undefined ? '' : ` at "${step}"`;
    const why = failure === undefined ? '' : `: ${failure}`;
    throw ended('CHILD_FAILED', `run ${workflowId} is ${status}${where}${why}`);
  }
  const run = (await askTemporal(how, () => client.workflow.getHandle(workflowId, runId).result())) as Run; // every pipeline returns its run
  return { ...fieldsOf(run.result), runId: workflowId };
}

const fieldsOf = (result: Json | undefined): { readonly [output: string]: Json } =>
  typeof result === 'object' && result !== null && !Array.isArray(result)
    ? (result as { readonly [output: string]: Json }) // JSON that is neither null, plain nor a list
    : {};

async function cancel(client: Client, runId: string, by: string): Promise<readonly Standing[]> {
  const known = await askTemporal(how, () => describedIfKnown(client, runId));
  if (known === null) return [];
  const object = { kind: 'run' as const, id: runId };
  if (known.status.name === 'CANCELLED') return [{ state: 'undone', object }];
  if (known.status.name !== 'RUNNING') return [{ state: 'ended', id: runId }];
  const isAsked = known.raw.workflowExtendedInfo?.cancelRequested === true;
  if (!isAsked) {
    const reason = 'the run that it is a part of comes to its end';
    const handle = client.workflow.getHandle(runId);
    await askTemporal('cancel a child run', () => cancelRun(client, handle, { reason, by }));
  }
  return [left(object, 'it stops what it has running', true)];
}
