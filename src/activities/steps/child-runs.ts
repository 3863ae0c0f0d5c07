/** Runs that a step of another run starts, as effects: Temporal knows each by its id, so none is started twice. */
import { Context } from '@temporalio/activity';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { ApplicationFailure, defineSearchAttributeKey } from '@temporalio/common';
import { describedIfKnown } from '../../client/attempts.js';
import { childRunIdOf } from '../../client/child-run-id.js';
import { continueCleanUp } from '../../client/cleanups.js';
import { checkInput, checkInputOf, checkPipeline, digestOf, placedInput } from '../../client/door.js';
import { readStart } from '../../client/read-start.js';
import { createReplays } from '../../client/replays/replays.js';
import { cancelRun } from '../../client/runs/cancelling.js';
import { summaryOf } from '../../client/runs/list.js';
import { type AnyStart, startOnce } from '../../client/starting.js';
import type { ChildEffects, ChildOutput } from '../../run/child-runs.js';
import { type PipelineDocument, connectionsOf } from '../../run/documents/documents.js';
import { LonghaulError, mayBeMadeDetail } from '../../run/failures/errors.js';
import { replayPrefix } from '../../run/replays/replays.js';
import { partlyParked } from '../../run/standing.js';
import { isPipeline } from '../../pipelines/built-in.js';
import type { Json, Run } from '../../run/steps.js';
import { askTemporal } from '../asking-temporal.js';
import { asLongAsItTakes, attempted } from '../effect/attempt.js';
import type { ActivityDependencies } from '../dependencies.js';
import { ended, notYet } from '../effect/failures.js';
import { nextLookMs } from '../effect/looks.js';
import { type Standing, createUndo, left } from '../effect/undoing.js';

type Starting = Parameters<ChildEffects['ensureChildRun']>[0];

const how = 'say how a child run stands';

/** Builds them. */
export const createChildActivities = (deps: ActivityDependencies): ChildEffects => ({
  ensureChildRun: attempted(deps, async (spec: Starting) => {
    const { client, info } = Context.current();
    const runId = childRunIdOf(spec.pipeline, spec.origin);
    const known = await askTemporal(how, () => describedIfKnown(client, runId));
    if (known === null) await start(deps, client, { ...spec, runId });
    // What has ended since this effect was asked for, it has started itself.
    else if (hasFailed(known) && (known.closeTime?.getTime() ?? Infinity) < info.scheduledTimestampMs)
      await replay(client, known, spec);
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
      const also = known.typedSearchAttributes.get(statusKey) === partlyParked ? ', and parked' : '';
      const at = step === undefined ? '' : ` at "${step}"`;
      throw notYet(`run ${runId} is ${status}${also}${at}${sayParkedBelow(known)}`, waitMs);
    },
    asLongAsItTakes,
  ),
  cancelChildRun: createUndo(deps, 'run', async ({ pipeline, origin, made }) => {
    const runId = made?.id ?? childRunIdOf(pipeline, origin);
    return cancel(Context.current().client, runId, `run ${origin.runId}`);
  }),
});

/** Where a child of the child is parked, as the child itself has seen it last: this run waits for a person there. */
function sayParkedBelow({ raw }: WorkflowExecutionDescription): string {
  const seen = (raw.pendingActivities ?? []).flatMap(({ activityType, lastFailure }) =>
    activityType?.name === awaiting ? (lastFailure?.message ?? []) : [],
  );
  const parked = seen.find((message) => message.includes(' parked at '));
  return parked === undefined ? '' : `: ${parked}`;
}

const statusKey = defineSearchAttributeKey('LonghaulStatus', 'KEYWORD');

const awaiting: keyof ChildEffects = 'awaitChildRun';

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

async function start(
  deps: Pick<ActivityDependencies, 'platformOf'>,
  client: Client,
  { runId, ...spec }: Starting & { readonly runId: string },
) {
  const { pipeline, origin, starters, notify } = spec;
  const parent = await parentOf(client);
  const document = childIn(parent, pipeline);
  const input = checked(() =>
    document === undefined ? builtInInput(spec, parent, deps) : checkInputOf(document, spec.input),
  );
  const trigger = { kind: 'run', by: origin.runId, ids: starters } as const;
  const { legs } = parent;
  const more = { ...(document && { document }), ...(notify && { notify }), ...(legs && { legs }) };
  const begun = { input, trigger, ...more };
  await askTemporal('start a child run', () => startOnce(client, runId, pipeline, begun));
}

/** What the run was started with whose step asks for this. */
async function parentOf(client: Client): Promise<AnyStart> {
  const { workflowId = '', runId = '' } = Context.current().info.workflowExecution ?? {};
  const parent = client.workflow.getHandle(workflowId, runId);
  const { start: started } = await askTemporal('say how the run was started', () =>
    readStart(client, parent, runId),
  );
  return started;
}

/** The document of a child, as its parent has it; `undefined` of a pipeline that Longhaul brings along. */
function childIn({ document }: AnyStart, pipeline: string): PipelineDocument | undefined {
  const children = document?.children ?? {};
  if (Object.hasOwn(children, pipeline)) return children[pipeline];
  if (isPipeline(pipeline)) return undefined;
  throw new LonghaulError('PIPELINE_UNKNOWN', `there is no pipeline "${pipeline}"`);
}

/** The step’s connection is meant where it says none; another one, the document has to name, for whoever may start it. */
function builtInInput(
  { pipeline, input, connection: own }: Starting,
  { document }: AnyStart,
  { platformOf }: Pick<ActivityDependencies, 'platformOf'>,
) {
  const given = { connection: own, ...fieldsOf(input) };
  const name = checkPipeline(pipeline);
  const { connection, ...others } = checkInput(name, placedInput(name, given, { platformOf }));
  if (connection === own || (document !== undefined && connectionsOf(document).includes(connection)))
    return { ...others, connection };
  throw new LonghaulError(
    'INPUT_INVALID',
    `the child would act on connection "${connection}", on which no step of its parent acts`,
  );
}

/** What does not fit came from an expression: a person looks, and nothing is started. */
function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof LonghaulError) || error.code !== 'INPUT_INVALID') throw error;
    throw new LonghaulError('EXPRESSION_FAILED', error.message, { cause: error });
  }
}

/** Goes on with one that has failed or was cancelled, from the step that did not succeed, by the document that its parent has now. */
async function replay(client: Client, known: WorkflowExecutionDescription, spec: Starting) {
  const { workflowId: runId } = known;
  const { origin, pipeline, starters } = spec;
  const guard = <T>(_: string, perform: () => Promise<T>): Promise<T> => perform();
  const document = childIn(await parentOf(client), pipeline);
  const before = await askTemporal(how, () =>
    readStart(client, client.workflow.getHandle(runId, known.runId), known.runId),
  );
  const isOther = document !== undefined && digestOf(document) !== digestOf(before.start.document);
  const request = { runId, ...(isOther && { definition: 'latest' as const }) };
  const replays = createReplays({
    ...{ client, guard, receivers: {} },
    ...(document && { documents: { [pipeline]: document } }),
  });
  const replaying = {
    ...{ by: `run ${origin.runId}`, reason: 'the run that it is a part of is replayed' },
    ...{ ids: starters, mayCancel: [pipeline] },
  };
  try {
    const { hash: plan } = await askTemporal(how, () => replays.plan(request));
    await askTemporal(how, () => replays.apply(request, { ...replaying, plan }));
  } catch (error) {
    if (!(error instanceof LonghaulError)) throw error;
    const isOvertaken =
      ['REPLAY_UNDER_WAY', 'REPLAY_STALE'].includes(error.code) ||
      (await askTemporal(how, () => describedIfKnown(client, runId)))?.runId !== known.runId;
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
    const message = `run ${workflowId} is ${status}${where}${why}`;
    // One that Temporal has ended has stopped nothing of what it had running.
    if (status === 'terminated' || status === 'timed-out') throw failedWithRest(message);
    throw ended('CHILD_FAILED', message);
  }
  const run = (await askTemporal(how, () => client.workflow.getHandle(workflowId, runId).result())) as Run; // every pipeline returns its run
  return { ...fieldsOf(run.result), runId: workflowId };
}

const failedWithRest = (message: string): ApplicationFailure =>
  ApplicationFailure.create({
    ...{ type: 'CHILD_FAILED', nonRetryable: true, details: [mayBeMadeDetail] },
    message: `${message}; what it had running is stopped at the end of this run`,
  });

const fieldsOf = (result: Json | undefined): { readonly [output: string]: Json } =>
  typeof result === 'object' && result !== null && !Array.isArray(result)
    ? (result as { readonly [output: string]: Json }) // JSON that is neither null, plain nor a list
    : {};

async function cancel(client: Client, runId: string, by: string): Promise<readonly Standing[]> {
  const known = await lastAttemptOf(client, runId);
  if (known === null) return [];
  const object = { kind: 'run' as const, id: runId };
  if (known === 'replayed') return [left(object, 'it is about to go on')];
  if (known.status.name !== 'RUNNING') {
    // What it has running is the parent's to account for.
    if ((await askTemporal(how, () => continueCleanUp(client, known))) === 'left')
      return [left(object, 'it has ended, and its cleanup goes on', true)];
    return [known.status.name === 'CANCELLED' ? { state: 'undone', object } : { state: 'ended', id: runId }];
  }
  const isAsked = known.raw.workflowExtendedInfo?.cancelRequested === true;
  if (!isAsked) {
    const reason = 'the run that it is a part of comes to its end';
    const handle = client.workflow.getHandle(runId);
    await askTemporal('cancel a child run', () => cancelRun(client, handle, { reason, by }));
  }
  return [left(object, 'it stops what it has running', true)];
}
