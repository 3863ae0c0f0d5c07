/** One run as seen from outside: what its workflow says, completed by what only Temporal knows. */
import {
  type Client,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Run, Step } from '../../run/steps.js';
import { legIn } from '../executions.js';
import { recordedSteps } from '../replays/recorded-steps.js';
import { whyUnanswered } from '../unanswered.js';
import { cleanupNow } from './cleanup-view.js';
import { grpcFailureIn } from '../grpc-failure.js';
import { statusOf, summaryOf } from './list.js';
import { type Told, withProgress } from './progress.js';
import { toldByLookouts } from './told-by-lookouts.js';
import { unservedOf } from './unserved.js';

/** How long a query may take: long enough for a worker to replay a run that it does not have in memory. */
export const queryTimeoutMs = 5_000;

/** Reads a run: from how it ended, else from its workflow while a worker answers, else from Temporal alone. */
export async function viewOf(
  client: Client,
  handle: WorkflowHandle,
  described?: WorkflowExecutionDescription,
): Promise<Run> {
  const description = described ?? (await handle.describe());
  const run = (await recorded(description, handle)) ?? (await asked(client, handle, description));
  // It may have ended after it was described: then the workflow knows more than the description.
  const isNewer = description.closeTime === undefined && run.endedAt !== undefined;
  const status = isNewer ? run.status : statusOf(description.status.name, run.status);
  const ended = description.closeTime && { endedAt: description.closeTime.toISOString() };
  const codeVersion = description.raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
  const isOpen = description.closeTime === undefined && run.endedAt === undefined;
  const told: Told = isOpen ? await toldByLookouts(client, description) : new Map();
  const [cleanup, unserved] = await Promise.all([
    cleanupNow(client, { ...run, ...ended, status }),
    isOpen ? unservedOf(client, description, { told }) : null,
  ]);
  const isStopping = isOpen && description.raw.workflowExtendedInfo?.cancelRequested === true;
  return {
    ...(isStopping ? withoutFailure(run) : run),
    ...(isStopping && { stopping: true }),
    ...(codeVersion && { codeVersion }),
    ...ended,
    ...(cleanup && { cleanup }),
    ...(unserved && { unserved }),
    status: isStopping ? 'running' : status, // nothing is waited for any more
    steps: isOpen
      ? withProgress(run.steps, description, told)
      : run.steps.map((step) => unreached(step, ended?.endedAt ?? run.endedAt ?? run.startedAt)),
  };
}

/** Nobody has told a step of the end of a run that Temporal has ended. */
export const unreached = (step: Step, endedAt: string): Step =>
  step.state.status === 'pending'
    ? {
        ...step,
        state: { status: 'skipped', endedAt, reason: 'the run ended before this step', unreached: true },
      }
    : step;

/** What it was parked for does not matter any more. */
const withoutFailure = ({ failure: _, ...run }: Run): Run => run;

/** What its workflow says, or why it says nothing. */
export async function queried(
  client: Client,
  handle: WorkflowHandle,
  timeoutMs = queryTimeoutMs,
): Promise<{ readonly run: Run } | { readonly error: unknown }> {
  try {
    return { run: await client.withDeadline(Date.now() + timeoutMs, () => handle.query<Run>('run')) };
  } catch (error) {
    return { error }; // no worker, or one with other code
  }
}

/** What Temporal has recorded is shown where nobody answers. */
async function asked(
  client: Client,
  handle: WorkflowHandle,
  description: WorkflowExecutionDescription,
): Promise<Run> {
  const answer = await queried(client, handle);
  return 'run' in answer ? answer.run : unanswered(client, description, answer.error);
}

/** How a run ended is in its last event, and needs no worker. */
async function recorded(
  description: WorkflowExecutionDescription,
  handle: WorkflowHandle,
): Promise<Run | null> {
  if (description.status.name !== 'COMPLETED' && description.status.name !== 'FAILED') return null;
  try {
    return (await handle.result()) as Run; // every pipeline returns its run
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    const last = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
    if (grpcFailureIn(error) !== null) throw error;
    return isRun(last) ? last : null;
  }
}

const isRun = (value: unknown): value is Run =>
  typeof value === 'object' && value !== null && 'steps' in value;

async function unanswered(
  client: Client,
  description: WorkflowExecutionDescription,
  error: unknown,
): Promise<Run> {
  const {
    trigger,
    step: _step,
    failure: _failure,
    fingerprint: _fingerprint,
    ...summary
  } = summaryOf(description);
  const isLaterLeg = legIn(description) !== null;
  const [why, then] = await whyUnanswered(client, description, { subject: 'run', error });
  return {
    ...summary,
    trigger: { kind: triggerKind(trigger) },
    steps: isLaterLeg ? await stepsIn(client, description) : [],
    notice: `${why}, so its steps are ${isLaterLeg ? 'shown as its history tells them' : 'not known'}; the run itself is safe. ${then}`,
  };
}

/** A leg begins with what those before it knew. */
async function stepsIn(client: Client, { workflowId, runId }: WorkflowExecutionDescription): Promise<Step[]> {
  return recordedSteps(await client.workflow.getHandle(workflowId, runId).fetchHistory());
}

const triggerKind = (value: string): Run['trigger']['kind'] =>
  triggers.find((kind) => kind === value) ?? 'client';

const triggers = ['cli', 'http', 'schedule', 'webhook', 'replay', 'run'] as const;
