/** Campaigns: durable bulk replays. The words that their workflow, the client and the API share. */
import type { PlannedAction } from './replays.js';
import type { RunStatus } from '../steps.js';

/** The Temporal workflow type of a campaign, and its id. */
export const campaignWorkflow = 'campaign';
export const campaignIdOf = (name: string): string => `${campaignPrefix}${name}`;

/** The campaign whose workflow has this id. */
export const campaignOfId = (workflowId: string): string => workflowId.slice(campaignPrefix.length);

const campaignPrefix = 'campaign.';

/** Runs that a campaign takes without being told a limit, and with one: its state must fit one message of Temporal. */
export const usualCampaignMax = 100;
export const largestCampaign = 2_000;

/** How a campaign goes about it. The texts are read by `campaign-rules.ts`. */
export interface CampaignRules {
  /** Runs of the first stage and of the second; 0 leaves the stage out. The rest is the last. */
  readonly canary: number;
  readonly then: number;
  /** Starts on each connection, evenly spaced: `10/minute`. */
  readonly pace: string;
  /** When it starts nothing more: `failures>20%` of the runs that ended or parked, or `failures>3`. */
  readonly stopWhen: string;
}

/**
 * How a replay came out. `parked` becomes what the run ends as, if it ends while the campaign goes on; `refused`:
 * nothing was started, for the reason given; `not-started`: the campaign ended before its turn.
 */
export const campaignVerdicts = [
  'succeeded',
  'failed',
  'parked',
  'cancelled',
  'terminated',
  'timed-out',
  'refused',
  'not-started',
] as const satisfies readonly (RunStatus | 'refused' | 'not-started')[];
export type CampaignVerdict = (typeof campaignVerdicts)[number];

/** `planned`: waits for its turn. `starting`: its replay is being applied. `running`: its new attempt goes on. */
export const campaignRunStates = [
  'unplanned',
  'planned',
  'starting',
  'running',
  ...campaignVerdicts,
] as const;
export type CampaignRunState = (typeof campaignRunStates)[number];

/** One run of a campaign. */
export interface CampaignRun {
  readonly runId: string;
  readonly pipeline: string;
  readonly connection: string;
  /** Of one that acts on more than one: every one of them. */
  readonly connections?: readonly string[];
  readonly state: CampaignRunState;
  /** The hash of the plan that is applied, and no other. */
  readonly plan?: string;
  /** The new attempt. */
  readonly attemptId?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Why it needs attention. Of an attempt, without the message: `longhaul run get` has it. */
  readonly failure?: { readonly code: string; readonly step?: string; readonly message?: string };
}

/** What the plans come to together. */
export interface PlanTotals {
  /** By step, how many runs do what. */
  readonly steps: Readonly<Record<string, Readonly<Partial<Record<PlannedAction, number>>>>>;
  /** Requests that will create or change something on a platform, by endpoint. */
  readonly calls: Readonly<Record<string, number>>;
  /** How long the longest run usually takes; 0 where no past run says so. */
  readonly longestMinutes: number;
}

/** What a dry run found. */
export interface CampaignDryRun extends PlanTotals {
  readonly planned: number;
  readonly refused: number;
  /** The time from the first start to the last end, as far as past runs tell. */
  readonly expectedMinutes: number;
}

export const campaignStates = ['planning', 'planned', 'running', 'paused', 'ended'] as const;
export type CampaignState = (typeof campaignStates)[number];

/** `stopped`: by its rule. `expired`: nobody started it in time. */
export const campaignOutcomes = ['completed', 'stopped', 'aborted', 'expired'] as const;
export type CampaignOutcome = (typeof campaignOutcomes)[number];

/** What may be done to a campaign. */
export const campaignActions = ['start', 'pause', 'resume', 'abort'] as const;
export type CampaignAction = (typeof campaignActions)[number];

/** Who does it, and why. */
export interface CampaignSteering {
  readonly actor: string;
  /** All that the actor is known by. */
  readonly ids?: readonly string[] | undefined;
  readonly reason: string;
}

/**
 * A pair of what a campaign touches; a run on several connections has as many. Whoever may not see one of them sees nothing of
 * the campaign.
 */
export interface CampaignScope {
  readonly pipeline: string;
  readonly connection: string;
}

/** A campaign as lists show it, and as its memo has it: with the counts of its last change of state. */
export interface CampaignSummary {
  readonly name: string;
  /** By which its runs were chosen, once. */
  readonly query: string;
  readonly reason: string;
  readonly by: string;
  /** All that whoever created it is known by. */
  readonly ids?: readonly string[];
  readonly state: CampaignState;
  /** Set before it has ended when it starts nothing more: runs that were started go on. */
  readonly outcome?: CampaignOutcome;
  /** Of the outcome, in one line. */
  readonly conclusion?: string;
  readonly counts: Readonly<Partial<Record<CampaignRunState, number>>>;
  readonly scopes: readonly CampaignScope[];
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Why this view is less than whole. */
  readonly notice?: string;
}

/** A campaign, at any moment: its one report. */
export interface Campaign extends CampaignSummary {
  readonly rules: CampaignRules;
  /** How many runs match the query beside its own: they are steps of those, whose replays go on with them. */
  readonly leftOut?: number;
  /** While it waits to be started: until when. */
  readonly expiresAt?: string;
  readonly dryRun?: CampaignDryRun;
  /** From 1, of those that it has; left out before it starts. */
  readonly stage?: { readonly number: number; readonly of: number };
  /** All that those are known by who have let it start or go on. */
  readonly starters?: readonly string[];
  /** What people did to it, in order. */
  readonly steered: readonly (Omit<CampaignSteering, 'ids'> & {
    readonly action: CampaignAction;
    readonly at: string;
  })[];
  readonly runs: readonly CampaignRun[];
}

/** The argument of the workflow. */
export interface CampaignStart {
  readonly name: string;
  readonly query: string;
  readonly reason: string;
  readonly by: string;
  readonly ids?: readonly string[];
  readonly rules: CampaignRules;
  /** Whether it goes on after the dry run without being told to. */
  readonly startsItself: boolean;
  /** How long the dry run waits for somebody to start it. */
  readonly startWithinMs: number;
  readonly runs: readonly Pick<CampaignRun, 'runId' | 'pipeline' | 'connection' | 'connections'>[];
  /** How many steps of them match the query too. */
  readonly leftOut?: number;
  /** What it had come to when its history grew too long: it goes on from there. */
  readonly carried?: CarriedCampaign;
}

/** A campaign between two histories. */
export interface CarriedCampaign {
  readonly campaign: Campaign;
  /** By connection, when the next start may be; milliseconds since 1970. */
  readonly nextStartMs: Readonly<Record<string, number>>;
}

/** A run whose end is awaited, and whether it is known to be parked. */
export interface AwaitedRun {
  readonly runId: string;
  readonly attemptId: string;
  readonly parked: boolean;
}

/** How an awaited run came out. */
export type RunVerdict = Pick<CampaignRun, 'runId' | 'endedAt' | 'failure'> & {
  readonly attemptId: string;
  readonly state: Exclude<CampaignVerdict, 'refused' | 'not-started'>;
};

/** A run of a batch that was planned: the hash of its plan, or why there is none. */
export type PlannedRun = Pick<CampaignRun, 'runId' | 'plan' | 'failure'>;
