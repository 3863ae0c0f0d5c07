/** The stages of a campaign: runs are replayed at the pace of their connection, and judged before the next stage. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  ParentClosePolicy,
  condition,
  executeChild,
  workflowInfo,
} from '@temporalio/workflow';
import { isBegun, isJudged, spacingMsOf, stageEndsOf } from '../../run/replays/campaign-rules.js';
import type { CampaignRun, CarriedCampaign } from '../../run/replays/campaigns.js';
import { type Failure, failureKinds } from '../../run/failures/errors.js';
import { type ReplayStart, type Replayed, replayPrefix, replayWorkflow } from '../../run/replays/replays.js';
import { byConnection } from './campaign-planning.js';
import { type CampaignRecord, now } from './campaign-record.js';
import { failureOf } from '../../steps/failures.js';

/** Replays that are being applied at one time: each takes seconds, and a quick pace must not pile them up. */
const applyingAtMost = 50;

/** By connection, when the next start may be; milliseconds since 1970. */
export type Clocks = Map<string, number>;

export const openClocks = (carried: CarriedCampaign | undefined): Clocks =>
  new Map(Object.entries(carried?.nextStartMs ?? {}));

/**
 * Starts what is planned, stage by stage, until nothing is left, nothing more may be started, or the history is so
 * long that another must go on. Returns when no replay is being applied and, but for the last, all have a verdict.
 */
export async function performStages(record: CampaignRecord, clocks: Clocks): Promise<'done' | 'renew'> {
  const ends = stageEndsOf(record.view().rules);
  for (;;) {
    const begun = record.runs().filter(isBegun).length;
    const at = ends.findIndex((end) => begun < end);
    // A stage begins when all of the one before are judged; one that is half full is filled up.
    if (begun === (ends[at - 1] ?? 0)) await condition(() => isSettled(record) || isHistoryLong());
    if (isHistoryLong()) return 'renew';
    const next = record.isOver() ? [] : record.runs('planned').slice(0, (ends[at] ?? 0) - begun);
    if (next.length === 0) break;
    const stage = { number: at + 1, of: ends.length };
    if (record.view().stage?.number !== stage.number) record.enter(record.view().state, { stage });
    const lanes = [...byConnection(next)];
    await Promise.all(lanes.map(([connection, runs]) => startOn(record, clocks, { connection, runs })));
  }
  await condition(() => isSettled(record) || isHistoryLong());
  return isSettled(record) ? 'done' : 'renew';
}

/** Whether every run that was started has a verdict, or nobody waits for one any more. */
const isSettled = (record: CampaignRecord): boolean =>
  record.isLeft() || record.runs().filter(isBegun).every(isJudged);

const isHistoryLong = (): boolean => workflowInfo().continueAsNewSuggested;

interface Lane {
  readonly connection: string;
  readonly runs: readonly CampaignRun[];
}

/** Starts the runs of one connection at its pace; resolves when none of them is being applied, or it is left. */
async function startOn(record: CampaignRecord, clocks: Clocks, { connection, runs }: Lane): Promise<void> {
  const spacingMs = spacingMsOf(record.view().rules.pace) ?? 0;
  const applying: Promise<void>[] = [];
  for (const run of runs) {
    await turnOf(record, clocks, connection);
    if (record.isOver() || isHistoryLong()) break;
    clocks.set(connection, Date.now() + spacingMs);
    applying.push(replay(record, run));
  }
  // eslint-disable-next-line temporal/workflow-prefer-cancellation-scope-with-timeout -- a person ends it, not a time
  await Promise.race([Promise.all(applying), condition(() => record.isLeft())]);
}

/** Waits for the pace, and while the campaign is paused. */
async function turnOf(record: CampaignRecord, clocks: Clocks, connection: string): Promise<void> {
  const isIdle = (): boolean => record.isOver() || isHistoryLong();
  for (;;) {
    await condition(
      () => isIdle() || (record.is('running') && record.runs('starting').length < applyingAtMost),
    );
    const waitMs = (clocks.get(connection) ?? 0) - Date.now();
    if (isIdle() || waitMs <= 0) return;
    await condition(isIdle, waitMs);
  }
}

/** Applies one replay. What passes, such as a platform that is down again, is waited out and refuses no run. */
async function replay(record: CampaignRecord, run: CampaignRun): Promise<void> {
  const { runId } = run;
  for (;;) {
    record.change(runId, { state: 'starting', startedAt: now() });
    try {
      record.change(runId, { state: 'running', attemptId: await apply(record, run) });
      return;
    } catch (error) {
      const failure = refusalOf(error);
      if (failure === null) throw error;
      if (!isPassing(failure)) {
        record.change(runId, { state: 'refused', failure, endedAt: now() });
        return;
      }
    }
    const isIdle = await condition(() => record.isOver() || isHistoryLong(), '1 minute');
    if (isIdle) {
      record.change(runId, { state: 'planned' });
      return;
    }
  }
}

const isPassing = ({ code }: Failure): boolean => ['backoff', 'after'].includes(failureKinds[code].retry);

async function apply(record: CampaignRecord, { runId, connection, plan = '' }: CampaignRun): Promise<string> {
  const { name, by, ids = [], reason, starters = [] } = record.view();
  // Who let it start or go on has brought about each replay as well.
  const replaying = { plan, by, ids: [...ids, ...starters], reason, campaign: name };
  const { attemptId } = await executeChild<(start: ReplayStart) => Promise<Replayed>>(replayWorkflow, {
    workflowId: `${replayPrefix}${runId}`,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowExecutionTimeout: '1 day', // as for one that somebody applies
    parentClosePolicy: ParentClosePolicy.ABANDON,
    cancellationType: ChildWorkflowCancellationType.ABANDON,
    args: [{ connection, request: { runId }, replaying }],
    staticSummary: `${runId}, of campaign ${name}`,
  });
  return attemptId;
}

function refusalOf(error: unknown): Failure | null {
  if (error instanceof WorkflowExecutionAlreadyStartedError)
    return { code: 'REPLAY_UNDER_WAY', message: 'another replay of the run is being applied' };
  if (!(error instanceof ChildWorkflowFailure)) return null;
  const ended = `its replay ended early: ${error.cause?.message ?? error.message}`;
  return failureOf(error.cause) ?? { code: 'INTERNAL', message: ended };
}
