/** Attempts of a run, as replays and exports read them from Temporal. */
import {
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { LonghaulError } from '../run/failures/errors.js';
import { type RunOrigin, pipelineOf } from '../run/ids.js';
import { isPipeline } from '../pipelines/built-in.js';
import { pipelineOfRun } from '../pipelines/definition.js';
import { stepNamed } from '../steps/named.js';
import type { ServingVersion } from '../run/undoing/effect.js';
import { continuationOf } from '../pipelines/taken-over.js';
import type { AttemptRecord } from '../run/replays/replays.js';
import { isRunId } from '../run/run-names.js';
import { quote } from '../run/search-attributes.js';
import type { Json, Lineage, Run, RunSummary, Step } from '../run/steps.js';
import { grpcFailureIn } from './grpc-failure.js';
import { lastResetIn, replacedIn, resettersIn, resolversIn } from './histories/history.js';
import { attemptIdOf, describeAttempt, isNoLeg } from './executions.js';
import { type ListedExecution, summaryOf } from './runs/list.js';
import { recordedSteps } from './replays/recorded-steps.js';
import { connectionOf, readStart } from './read-start.js';
import { viewOf } from './runs/view.js';
import { connectionIn, digestOfStart } from './starting.js';

/** A row of the attempts of a run. */
export interface AttemptSummary extends RunSummary {
  /** From 1, in the order in which they were started. */
  readonly number: number;
  /** Made by Temporal’s reset of the attempt before it. */
  readonly reset?: true;
  /** Of attempts that are no first ones: who replayed what, and why. */
  readonly lineage?: Lineage;
  /** The schedule that started it. */
  readonly schedule?: string;
}

/** Reads an attempt: the newest of the run, or the one that is named. */
export async function readAttempt(client: Client, runId: string, attemptId?: string): Promise<AttemptRecord> {
  const pipeline = pipelineOf(runId);
  if (!isRunId(runId)) throw runNotFound(runId);
  const description = await describeAttempt(client, runId, attemptId);
  const handle = client.workflow.getHandle(runId, description.runId);
  const [{ start, originalId }, run] = await Promise.all([
    readStart(client, handle, description.runId),
    viewOf(client, handle, description),
  ]);
  const { document, leg } = start;
  const continuation = continuationOf(start);
  if (document === undefined && !isPipeline(pipeline)) throw runNotFound(runId);
  const { status, failure, startedAt, endedAt } = run;
  const firstStartedAt = continuation?.startedAt;
  const defined = {
    ...{ runId, pipeline, startedAt },
    input: start.input as Json, // it has come from JSON
    ...(document && { document }),
    ...(firstStartedAt !== undefined && { firstStartedAt }),
  };
  const isTold = run.steps.length > 0 && run.notice === undefined;
  let fetched: ReturnType<typeof handle.fetchHistory> | undefined;
  const history = () => (fetched ??= handle.fetchHistory());
  const steps = (isTold ? run.steps : recordedSteps(await history(), start.continuation)).map(asToCome);
  const kinds = pipelineOfRun(defined).steps;
  const asking = steps.find(({ name, tries }) => tries > 0 && stepNamed(kinds, name)?.replaces === true);
  const told = asking === undefined ? undefined : replacedIn(await history());
  const before = leg?.steps.asked[asking?.name ?? ''] as ServingVersion | null | undefined; // as such a step asks it
  const replaced = told === undefined ? (before === undefined ? continuation?.replaced : before) : told;
  const buildId = buildOf(description);
  const ownId = attemptIdOf(description);
  const firstAttemptId = continuation?.firstAttemptId ?? originalId;
  const firstInput =
    firstAttemptId === ownId ? undefined : await inputOfFirst(client, handle, firstAttemptId);
  return {
    format: 'longhaul.attempt/1',
    ...defined,
    attemptId: ownId,
    firstAttemptId,
    ...(continuation?.origins && { origins: continuation.origins }),
    connection: connectionIn(start),
    ...(firstInput !== undefined && { firstInput }),
    inputDigest: digestIn(description) ?? digestOfStart(start),
    trigger: start.trigger,
    status,
    steps,
    ...(continuation?.begun && { begun: continuation.begun }),
    ...(replaced !== undefined && { replaced }),
    ...(failure && { failure }),
    ...(start.lineage && { lineage: start.lineage }),
    ...(start.notify && { notify: start.notify }),
    ...(endedAt !== undefined && { endedAt }),
    ...(buildId !== undefined && { buildId }),
    ...(!isTold && { notice: 'no worker could say how its steps stood: they are as its history shows them' }),
  };
}

/** To a replay, what an attempt has not come to is still to be done. */
const asToCome = (step: Step): Step =>
  step.state.status === 'skipped' && step.state.unreached === true
    ? { ...step, state: { status: 'pending' } }
    : step;

const runNotFound = (runId: string): LonghaulError =>
  new LonghaulError('RUN_NOT_FOUND', `there is no run ${runId}`);

/** Where a step of an attempt acts, and who has made what it has there. */
export interface StepPlace {
  readonly connection: string;
  /** The run, the attempt itself, and the runs that it was forked from. */
  readonly origins: readonly RunOrigin[];
}

/** Reads it from what the attempt was started with. */
export async function placeOf(
  client: Client,
  { runId, attemptId }: Pick<Run, 'runId' | 'attemptId'>,
  step: string,
): Promise<StepPlace> {
  const { start, originalId } = await readStart(
    client,
    client.workflow.getHandle(runId, attemptId),
    attemptId,
  );
  const { firstAttemptId = originalId, origins = [] } = start.continuation ?? {};
  const own = [
    { runId, firstAttemptId },
    { runId, firstAttemptId, attemptId },
  ];
  return { connection: connectionOf(start, step), origins: [...own, ...origins] };
}

/** All that those are known by who have resolved a step of an attempt, or have reset it. */
export async function resolversOf(
  client: Client,
  { runId, attemptId }: Pick<Run, 'runId' | 'attemptId'>,
): Promise<string[]> {
  const { runId: executionId } = await describeAttempt(client, runId, attemptId);
  const history = await client.workflow.getHandle(runId, executionId).fetchHistory();
  return [...resolversIn(history), ...resettersIn(history)];
}

/** Who asked for the last reset of an attempt, and why, as `by: reason`; `undefined` where there was none. */
export const lastResetOf = async (
  client: Client,
  { runId, attemptId }: Pick<Run, 'runId' | 'attemptId'>,
): Promise<string | undefined> =>
  lastResetIn(await client.workflow.getHandle(runId, attemptId).fetchHistory());

/** What the run was started with at first; `undefined` where Temporal has forgotten that attempt. */
async function inputOfFirst(
  client: Client,
  handle: WorkflowHandle,
  attemptId: string,
): Promise<Json | undefined> {
  try {
    const { start } = await readStart(client, handle, attemptId);
    return start.input as Json; // it has come from JSON
  } catch (error) {
    if (grpcFailureIn(error)?.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

/** The attempts of a run that Temporal still keeps, newest first. */
export async function attemptsOf(client: Client, runId: string): Promise<AttemptSummary[]> {
  const listed: Described[] = [];
  const query = `WorkflowId = ${quote(runId)} AND ${isNoLeg}`;
  for await (const execution of client.workflow.list({ query })) listed.push(execution);
  const newest = await client.workflow.getHandle(runId).describe();
  // What was started a moment ago is not listed yet.
  const all = listed.some((one) => attemptIdOf(one) === attemptIdOf(newest)) ? listed : [newest, ...listed];
  const oldestFirst = all.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  return oldestFirst.map((execution, index) => attemptOf(execution, oldestFirst.slice(0, index))).reverse();
}

type Described = ListedExecution & Pick<WorkflowExecutionDescription, 'memo'>;

/** A reset takes over the memo of what it resets, and with it the lineage: that tells it from a replay. */
function attemptOf(execution: Described, earlier: readonly Described[]): AttemptSummary {
  const lineage = lineageOf(execution);
  const isReset = earlier.some((other) => lineageOf(other)?.plan === lineage?.plan);
  const schedule = execution.typedSearchAttributes
    .getAll()
    .find(({ key }) => key.name === 'TemporalScheduledById')?.value;
  return {
    ...summaryOf(execution),
    number: earlier.length + 1,
    ...(isReset && { reset: true as const }),
    ...(lineage && !isReset && { lineage }),
    ...(schedule !== undefined && { schedule: String(schedule) }),
  };
}

const lineageOf = ({ memo }: Described): Lineage | undefined => memo?.['lineage'] as Lineage | undefined; // whoever starts an attempt writes it

const digestIn = ({ memo }: WorkflowExecutionDescription): string | undefined => {
  const digest = memo?.['inputDigest'];
  return typeof digest === 'string' ? digest : undefined;
};

/** The build of the worker that worked at it last, where Temporal has been told. */
const buildOf = ({ raw }: WorkflowExecutionDescription): string | undefined => {
  const { versioningInfo, mostRecentWorkerVersionStamp } = raw.workflowExecutionInfo ?? {};
  const build = versioningInfo?.deploymentVersion?.buildId ?? mostRecentWorkerVersionStamp?.buildId;
  return build ? shortBuild(build) : undefined;
};

/** Of a build id that the SDK made, the hash of the code; one that an operator gave stays as it is. */
export const shortBuild = (build: string): string =>
  /^@temporalio\/worker@\S+\+([0-9a-f]{12})/.exec(build)?.[1] ?? build;

/** The effect that an attempt is sending at this moment; `undefined` when it sends none. */
export const sendingIn = ({ raw }: WorkflowExecutionDescription): string | undefined =>
  raw.pendingActivities
    ?.flatMap(({ activityType }) => activityType?.name ?? [])
    .find((name) => /^(ensure|send|call)/.test(name));

/** What Temporal knows of the run’s newest attempt, or of the one that is named; `null` when it knows no such run. */
export async function describedIfKnown(
  client: Client,
  runId: string,
  attemptId?: string,
): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(runId, attemptId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
