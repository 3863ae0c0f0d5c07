/** What campaigns ask of one connection: plans in batches, and what became of the runs that they replayed. */
import { Context } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { addTotals, noTotals, totalsOf } from '../run/replays/campaign-rules.js';
import { type AwaitedRun, type RunVerdict, campaignIdOf } from '../run/replays/campaigns.js';
import type { CampaignEffects, ReplayEffects } from '../run/undoing/effects.js';
import { attemptIdOf, describeAttempt, goesOn } from '../client/executions.js';
import { quote, tagged } from '../run/search-attributes.js';
import { askTemporal } from './asking-temporal.js';
import { attempted } from './effect/attempt.js';
import type { ActivityDependencies } from './dependencies.js';
import { notYet } from './effect/failures.js';
import { nextLookMs } from './effect/looks.js';

/** Long enough for a worker to replay a campaign that it does not have in memory. */
const queryTimeoutMs = 10_000;

const how = 'say how the runs stand';

/** Builds them; planning is that of single replays. */
export const createCampaignActivities = (
  deps: Pick<ActivityDependencies, 'waits'>,
  { planReplays }: Pick<ReplayEffects, 'planReplays'>,
): CampaignEffects => ({
  planCampaign: async ({ connection, runIds, buildId }) => {
    const requests = runIds.map((runId) => ({ runId }));
    const outcomes = await planReplays({ connection, requests, buildId });
    return {
      runs: outcomes.map((outcome) =>
        'plan' in outcome
          ? { runId: outcome.runId, plan: outcome.plan.hash }
          : { runId: outcome.runId, failure: brief(outcome.refused) },
      ),
      totals: outcomes.reduce(
        (sum, outcome) => ('plan' in outcome ? addTotals(sum, totalsOf(outcome.plan)) : sum),
        noTotals,
      ),
    };
  },
  awaitVerdicts: attempted(deps, async ({ connection, campaign }, { elapsedMs }) => {
    const { client } = Context.current();
    const awaited = await askTemporal(how, () => awaitedBy(client, campaign, connection));
    const verdicts = await askTemporal(how, () => verdictsOn(client, { campaign, connection, awaited }));
    if (verdicts.length > 0 || awaited.length === 0) return verdicts;
    throw notYet(`${awaited.length} runs go on`, nextLookMs(elapsedMs, deps.waits));
  }),
});

/** A campaign keeps the reasons of all its runs. */
const longestMessage = 300;
const brief = ({ code, message }: { readonly code: string; readonly message: string }) => ({
  code,
  message: message.length > longestMessage ? `${message.slice(0, longestMessage - 1)}…` : message,
});

/** Asked instead of handed over: the history of a campaign of a thousand runs would hold the list at every look. */
async function awaitedBy(
  client: Client,
  campaign: string,
  connection: string,
): Promise<readonly AwaitedRun[]> {
  const handle = client.workflow.getHandle(campaignIdOf(campaign));
  return client.withDeadline(Date.now() + queryTimeoutMs, () =>
    handle.query<readonly AwaitedRun[], [string]>('awaited', connection),
  );
}

interface Looked {
  readonly campaign: string;
  readonly connection: string;
  readonly awaited: readonly AwaitedRun[];
}

/** What is new about awaited runs, by one list of all that the campaign has started on the connection. */
async function verdictsOn(client: Client, { campaign, connection, awaited }: Looked): Promise<RunVerdict[]> {
  const byAttempt = new Map(awaited.map((run) => [run.attemptId, run]));
  const query = [
    tagged('campaign', campaign),
    `LonghaulConnection = ${quote(connection)}`,
    `(ExecutionStatus != 'Running' OR LonghaulStatus = 'parked')`,
  ].join(' AND ');
  const verdicts: RunVerdict[] = [];
  for await (const execution of client.workflow.list({ query })) {
    const run = byAttempt.get(attemptIdOf(execution));
    if (run === undefined || goesOn(execution)) continue;
    const verdict = verdictOf(execution);
    if (verdict !== null) verdicts.push(verdict);
    else if (!run.parked && (await isParked(client, run))) verdicts.push(parked(execution));
  }
  return verdicts;
}

type Listed = Parameters<typeof failureIn>[0] & {
  readonly workflowId: string;
  readonly runId: string;
  readonly status: { readonly name: string };
  readonly closeTime?: Date | undefined;
};

const ends = {
  COMPLETED: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed-out',
} as const;

const isEnd = (name: string): name is keyof typeof ends => Object.hasOwn(ends, name);

/** `null` for a run that has not ended. */
function verdictOf(execution: Listed): RunVerdict | null {
  const { workflowId: runId, status, closeTime } = execution;
  const attemptId = attemptIdOf(execution);
  if (!isEnd(status.name)) return null;
  const state = ends[status.name];
  const endedAt = closeTime && { endedAt: closeTime.toISOString() };
  return { runId, attemptId, state, ...endedAt, ...(state !== 'succeeded' && failureIn(execution)) };
}

const parked = (execution: Listed): RunVerdict => ({
  runId: execution.workflowId,
  attemptId: attemptIdOf(execution),
  state: 'parked',
  ...failureIn(execution),
});

const failureKey = defineSearchAttributeKey('LonghaulFailure', 'KEYWORD');
const stepKey = defineSearchAttributeKey('LonghaulStep', 'KEYWORD');
const statusKey = defineSearchAttributeKey('LonghaulStatus', 'KEYWORD');

function failureIn({
  typedSearchAttributes: own,
}: {
  readonly typedSearchAttributes: { get(key: typeof failureKey): string | undefined };
}): Pick<RunVerdict, 'failure'> {
  const code = own.get(failureKey);
  const step = own.get(stepKey);
  return code === undefined ? {} : { failure: { code, ...(step !== undefined && { step }) } };
}

/** Lists lag a second or so: a run that somebody has just let go on is still parked in them. */
async function isParked(client: Client, { runId, attemptId }: AwaitedRun): Promise<boolean> {
  try {
    const now = await describeAttempt(client, runId, attemptId);
    return now.status.name === 'RUNNING' && now.typedSearchAttributes.get(statusKey) === 'parked';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
