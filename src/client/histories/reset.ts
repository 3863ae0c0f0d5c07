/** Resets: a run goes on from the beginning of a step, by Temporal’s own means, with the history before it kept. */
import { randomUUID } from 'node:crypto';
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { type FailureCode, LonghaulError } from '../../run/failures/errors.js';
import { pipelinesQueue, resetPrefix, resetWorkflow } from '../../run/ids.js';
import { knownAs } from '../../run/approvals/people.js';
import { pipelineOfRun } from '../../pipelines/definition.js';
import { leftoversOf } from '../../pipelines/leftovers.js';
import { askedSteps, laterSteps } from '../../pipelines/order.js';
import { stepNamed } from '../../steps/named.js';
import {
  type PlacedActivity,
  type RecordedRun,
  placedActivities,
  recordedOutputs,
} from '../../pipelines/recorded.js';
import type { CleanUpState } from '../../run/undoing/undoing.js';
import { readAttempt, sendingIn } from '../attempts.js';
import { legIn } from '../executions.js';
import { describedCleanUp, stateIn } from '../runs/cleanup-view.js';
import { addToCleanUp, withoutCleanUp } from '../cleanups.js';
import { eventIdOf, mayCancelIn, recordedRunOf, resetReason, resettersIn, resolversIn } from './history.js';
import { summaryOf } from '../runs/list.js';
import { hasRightOf } from './cancel-right.js';
import { type EventId, beginningOf } from './reset-point.js';

export interface ResetOptions {
  /**
   * The step to begin again; steps before it keep what they did. Those that went on beside it go on from where they stood
   * when it began, and adopt what they have made since.
   */
  readonly step: string;
  readonly reason: string;
  /** Who asks. */
  readonly by?: string;
  /** Every id by which the caller is known: names, key ids, groups. */
  readonly ids?: readonly string[];
  /** The pipelines whose runs on the connection whoever asks may cancel; `*`, also left out, is all. */
  readonly mayCancel?: readonly string[];
  /** Allows it for a run that goes on: its present attempt is ended, and what it has running is adopted. */
  readonly stopFirst?: boolean;
}

export interface Reset {
  readonly runId: string;
  /** The new attempt. */
  readonly attemptId: string;
  /** The attempt that was reset. */
  readonly resetAttemptId: string;
  readonly step: string;
  /** What a person said in the same moment as the step began, or since then of a step beside it, is asked again. */
  readonly asksAgain: boolean;
}

/** How an object on the platform ended: whoever adopts it meets the same end. */
const remoteEnds: ReadonlySet<string> = new Set<FailureCode>([
  'BUILD_FAILED',
  'BUILD_CANCELLED',
  'BUILD_SUPERSEDED',
  'JOB_FAILED',
  'JOB_STOPPED',
  'JOB_BROKEN',
  'JOB_ON_OTHER_REVISION',
  'SNAPSHOT_FAILED',
  'METRIC_MISSING',
  'METRIC_NOT_A_NUMBER',
  'EXPERIMENT_RUN_UNKNOWN',
  'DEPLOYMENT_FAILED',
  'DEPLOYMENT_TAKEN_BACK',
]);

/**
 * What Temporal would apply again of what came after the point: signals, updates, Nexus events, requests to cancel.
 * None of it: a resolution is for the step as it stood then.
 */
const reapplyNothing = [1, 2, 3, 4] as unknown as ExcludeTypes; // an enum that Temporal’s client does not export

type ResetRequest = Parameters<Client['workflowService']['resetWorkflowExecution']>[0];
type ExcludeTypes = NonNullable<ResetRequest['resetReapplyExcludeTypes']>;

/**
 * Ends the present attempt if it goes on, and starts one that has its history up to the step.
 * @throws LonghaulError `RESET_REFUSED`, `ACCESS_DENIED`, and then nothing was done; `WORKER_SILENT`, while the run’s
 * cleanup does not end
 */
export async function resetRun(client: Client, runId: string, options: ResetOptions): Promise<Reset> {
  const { step, reason, by, ids = [], stopFirst = false, mayCancel = ['*'] } = options;
  const description = await client.workflow.getHandle(runId).describe();
  const { runId: attemptId } = description;
  if (legIn(description) !== null)
    throw refused(
      `this attempt of ${runId} has gone on in another history than it began with, and a reset knows the last one alone; use \`longhaul replay plan\``,
    );
  const history = await client.workflow.getHandle(runId, attemptId).fetchHistory();
  refuseForeignRight(runId, mayCancelIn(history), mayCancel);
  const { task, asksAgain, hasLast } = pointOf(history, description, step);
  if (description.status.name === 'RUNNING' && !stopFirst)
    throw refused(`run ${runId} goes on: a reset would end its present attempt; allow that by --stop-first`);
  // Whoever had a hand in what is done again is in no event that is kept.
  const known = new Set([...knownAs(by, ids), ...resettersIn(history), ...resolversIn(history)]);
  const reset = () =>
    client.workflowService.resetWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: runId, runId: attemptId },
      reason: resetReason(by === undefined ? reason : `${by}: ${reason}`, [...known]),
      requestId: randomUUID(),
      workflowTaskFinishEventId: task,
      resetReapplyExcludeTypes: reapplyNothing,
    });
  const answer = await once(client, { runId, attemptId }, async () => {
    const described = await describedCleanUp(client, runId);
    refuseUndoneSince(description, described && stateIn(described));
    const { connection } = summaryOf(description);
    return withoutCleanUp(client, { runId, attemptId, connection }, (ended) => {
      refuseUndoneSince(description, ended);
      return reset();
    });
  });
  if (hasLast) await stopLast(client, { runId, attemptId });
  return { runId, attemptId: answer.runId, resetAttemptId: attemptId, step, asksAgain };
}

/** What stands under `finally`, the new attempt does anew: what the one before has running of it is nobody’s any more. */
async function stopLast(
  client: Client,
  attempt: { readonly runId: string; readonly attemptId: string },
): Promise<void> {
  const { runId, attemptId } = attempt;
  const record = await readAttempt(client, runId, attemptId);
  const calls = leftoversOf(record).filter(({ origin }) => origin.attemptId === attemptId);
  if (calls.length > 0) await addToCleanUp(client, { ...attempt, connection: record.connection, calls });
}

/** The new attempt would replace other runs by the right of whoever started this one. */
function refuseForeignRight(
  runId: string,
  ofRun: readonly string[] | undefined,
  own: readonly string[],
): void {
  if (hasRightOf(own, ofRun ?? [])) return;
  throw new LonghaulError(
    'ACCESS_DENIED',
    `${runId} may replace runs that you may not cancel: replay it, and the new attempt has your own right`,
  );
}

/** What a run that did not succeed has had undone since would be adopted as it is, as what it has undone itself. */
function refuseUndoneSince(
  { workflowId, runId: attemptId, status }: WorkflowExecutionDescription,
  state: CleanUpState | null,
): void {
  const undone = state?.attemptId === attemptId ? state.undone : [];
  if (undone.length > 0 && status.name !== 'COMPLETED')
    throw refused(
      `what ${workflowId} had left was undone since (${undone.map(({ id }) => id).join(', ')}), and a reset would adopt that; use \`longhaul replay plan\``,
    );
}

/**
 * Of several who reset one attempt at once, the first alone does it. Temporal takes each reset for a new one, also
 * under one request id; but a workflow id is open once. Left open by who died meanwhile, it closes by itself after a minute,
 * which counts from its start: it never begins to run.
 */
async function once<T>(
  client: Client,
  { runId, attemptId }: { readonly runId: string; readonly attemptId: string },
  perform: () => Promise<T>,
): Promise<T> {
  const lock = await client.workflow
    .start(resetWorkflow, {
      workflowId: `${resetPrefix}${runId}`,
      taskQueue: pipelinesQueue,
      startDelay: '2 minutes',
      workflowExecutionTimeout: '1 minute',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
    })
    .catch((error: unknown) => {
      throw error instanceof WorkflowExecutionAlreadyStartedError
        ? refused(`somebody else is resetting ${runId} at this moment; look at it, then try again`)
        : error;
    });
  try {
    const present = await client.workflow.getHandle(runId).describe();
    if (present.runId !== attemptId)
      throw refused(`somebody else has continued ${runId} meanwhile, as attempt ${present.runId}`);
    refuseSending(present);
    return await perform();
  } finally {
    await lock.terminate('done').catch(() => undefined); // it closes by itself
  }
}

/** What is being sent may be on the platform in a moment, or not, and the new attempt would look too early. */
function refuseSending(description: WorkflowExecutionDescription): void {
  // Of one that has ended, Temporal tells what was pending then.
  const sending = description.status.name === 'RUNNING' ? sendingIn(description) : undefined;
  if (sending !== undefined)
    throw refused(
      `${description.workflowId} is sending ${sending} at this moment; ask again when that has been answered`,
    );
}

const refused = (message: string): LonghaulError => new LonghaulError('RESET_REFUSED', message);

interface Point {
  /** The end of the workflow task that is done again. */
  readonly task: EventId;
  readonly asksAgain: boolean;
  /** Whether the pipeline has steps at the end of every attempt. */
  readonly hasLast: boolean;
}

/** The workflow task in which a step began. */
function pointOf(history: History, description: WorkflowExecutionDescription, step: string): Point {
  const run = recordedRunOf(history);
  const { workflowId } = description;
  if (run === null) throw refused(`${workflowId} is not a run of a pipeline`);
  const { steps, last } = pipelineOfRun(run);
  if (last !== undefined && stepNamed(last.steps, step) !== null)
    throw refused(
      `"${step}" stands under \`finally\`: every attempt does it anew at its end, so reset a step before it`,
    );
  if (!Object.hasOwn(steps, step))
    throw refused(`${run.pipeline} has no step "${step}"; its steps are ${Object.keys(steps).join(', ')}`);
  const ended = summaryOf(description);
  const graph = askedSteps(steps, run.input);
  const again = laterSteps(graph, step).add(step);
  const isFailing = ended.status === 'running' && ended.failure !== undefined;
  const isGoingOn = description.status.name === 'RUNNING' && !isFailing;
  const task = beginningOf(history, {
    ...{ run, graph, step, isLast: ended.step === step },
    ended: isGoingOn ? new Set(Object.keys(recordedOutputs(run))) : undefined,
  });
  if (task === null) throw refused(`this attempt of ${workflowId} never came to "${step}"`);
  // What has failed the run came after all that began; what parks a step beside this one may have been there before.
  const isMetAgain = description.status.name === 'FAILED' || again.has(ended.step ?? '');
  if (isMetAgain && remoteEnds.has(ended.failure ?? ''))
    throw refused(
      `${workflowId} ended in "${ended.step}" for ${ended.failure}: a reset would adopt what ended so, and end so again; use \`longhaul replay plan\``,
    );
  const placed = placedActivities(run);
  refuseUndone(placed, Number(task));
  refuseUnwatched(run, placed, { description, step });
  const isUnsaid = run.recorded.some(
    (said) => said.type === 'resolution' && said.eventId > Number(task) && !again.has(said.resolution.step),
  );
  return { task, asksAgain: isUnsaid || hasUpdate(history, Number(task)), hasLast: last !== undefined };
}

/** A version that is live while nobody watches it, and that a run without a deployment of its own would not take back. */
function refuseUnwatched(
  run: RecordedRun,
  placed: readonly PlacedActivity[],
  { description, step }: { readonly description: WorkflowExecutionDescription; readonly step: string },
): void {
  const { carried } = run;
  const { steps: kinds } = pipelineOfRun(run);
  const steps = Object.keys(kinds);
  const deploying = steps.find((name) => kinds[name]?.replaces === true);
  if (deploying === undefined) return;
  const isCutOff = ['RUNNING', 'TERMINATED', 'TIMED_OUT'].includes(description.status.name);
  const isBeforeDeploying = steps.indexOf(step) < steps.indexOf(deploying);
  const isDeployed =
    deploying in carried || placed.some((one) => one.step === deploying && one.name.startsWith('ensure'));
  if (isCutOff && isBeforeDeploying && isDeployed)
    throw refused(
      `${description.workflowId} has deployed a version that nobody has watched to the end, and it would stay live where this does not come to "${deploying}" again: reset to "${deploying}" or later, cancel the run first, or use \`longhaul replay plan\``,
    );
}

/** What the attempt itself has stopped or archived would be adopted as it is. */
function refuseUndone(placed: readonly PlacedActivity[], sinceEventId: number): void {
  const undone = placed.find(
    ({ isUndo, eventId, result }) => isUndo && eventId > sinceEventId && undidSomething(result),
  );
  if (undone !== undefined)
    throw refused(
      `the run has undone what "${undone.step}" had made (${undone.name}), and a reset would adopt that; use \`longhaul replay plan\``,
    );
}

const undidSomething = (result: PlacedActivity['result']): boolean =>
  result !== undefined &&
  result !== null &&
  typeof result === 'object' &&
  'undone' in result &&
  Array.isArray(result['undone']) &&
  result['undone'].length > 0;

/** Whether a person’s word reached the run in this very task. */
function hasUpdate({ events = [] }: History, task: number): boolean {
  const rest = (events ?? []).slice((events ?? []).findIndex((event) => eventIdOf(event) === task) + 1);
  const next = rest.findIndex((event) => event.workflowTaskScheduledEventAttributes);
  return rest
    .slice(0, next < 0 ? rest.length : next)
    .some((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
}
