/** What a campaign has come to: its runs and its state, and what is shown of them. */
import { setCurrentDetails, setHandler, upsertMemo } from '@temporalio/workflow';
import { begunCampaign, campaignSummaryOf, countsOf, stageEndsOf } from '../../run/replays/campaign-rules.js';
import type {
  AwaitedRun,
  Campaign,
  CampaignOutcome,
  CampaignRun,
  CampaignStart,
  CampaignState,
} from '../../run/replays/campaigns.js';
import { awaitedQuery, campaignQuery } from '../kernel/messages.js';

export interface CampaignRecord {
  readonly view: () => Campaign;
  runs(state?: CampaignRun['state']): readonly CampaignRun[];
  is(state: CampaignState): boolean;
  /** Whether it starts nothing more. */
  isOver(): boolean;
  change(runId: string, to: Partial<CampaignRun>): void;
  /** Changes the whole campaign, and says so where lists find it. */
  enter(state: CampaignState, change?: Partial<Campaign>): void;
  /** From now on nothing is started, for the first reason given. */
  close(outcome: CampaignOutcome, conclusion: string): void;
  /** Whether nobody waits any more for the runs that were started. */
  isLeft(): boolean;
  leave(): void;
  /** Ends it: what has not been started will not be. */
  end(): void;
}

/** Opens the record of a campaign, new or carried over, and answers the queries for it. */
export function openRecord(start: CampaignStart): CampaignRecord {
  let campaign = start.carried?.campaign ?? begunCampaign(start, now());
  let isLeft = false;
  const runs = new Map(campaign.runs.map((run) => [run.runId, run]));
  const view = (): Campaign => {
    const all = [...runs.values()];
    return { ...campaign, counts: countsOf(all), runs: all };
  };
  const change = (runId: string, to: Partial<CampaignRun>): void => {
    const run = runs.get(runId);
    if (run !== undefined) runs.set(runId, { ...run, ...to });
  };
  const enter = (state: CampaignState, to: Partial<Campaign> = {}): void => {
    campaign = { ...campaign, ...to, state };
    const seen = view();
    upsertMemo({ campaign: campaignSummaryOf(seen) });
    setCurrentDetails(detailsOf(seen));
  };
  setHandler(campaignQuery, view, { description: 'The campaign and its runs, now.' });
  setHandler(awaitedQuery, (connection) => awaitedOf([...runs.values()], connection), {
    description: 'The runs on a connection whose ends it still wants to know.',
  });
  if (start.carried !== undefined) enter(campaign.state);
  return {
    view,
    runs: (state) => [...runs.values()].filter((run) => state === undefined || run.state === state),
    is: (state) => campaign.state === state,
    isOver: () => campaign.outcome !== undefined,
    change,
    enter,
    close: (outcome, conclusion) => {
      const state = campaign.state === 'paused' ? 'running' : campaign.state;
      if (campaign.outcome === undefined) enter(state, { outcome, conclusion });
    },
    isLeft: () => isLeft,
    leave: () => {
      isLeft = true;
    },
    end: () => {
      for (const { runId, state } of runs.values())
        if (state === 'unplanned' || state === 'planned') change(runId, { state: 'not-started' });
      enter('ended', { endedAt: now() });
    },
  };
}

/** The time as Temporal gives it to workflows. */
export const now = (): string => new Date().toISOString();

const awaitedOf = (runs: readonly CampaignRun[], connection: string): AwaitedRun[] =>
  runs.flatMap((run) =>
    run.connection === connection &&
    run.attemptId !== undefined &&
    (run.state === 'running' || run.state === 'parked')
      ? [{ runId: run.runId, attemptId: run.attemptId, parked: run.state === 'parked' }]
      : [],
  );

/** The campaign in words, for Temporal's own Web UI. */
function detailsOf({ state, outcome, conclusion, stage, counts, rules }: Campaign): string {
  const at = stage === undefined ? '' : `, stage ${stage.number} of ${stageEndsOf(rules).length}`;
  const counted = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return [
    `**${outcome ?? state}**${at}${conclusion === undefined ? '' : `: ${conclusion}`}`,
    ...counted,
  ].join('\n');
}
