/** What a retraining decides, compares and comes to: the words of the ledger, the CLI and the API. */
import type { Json } from '../json.js';
import type { RunStatus } from '../run-status.js';

/** What was read for one condition, and from where. */
export type Evidence = {
  /** In words, such as `accuracy < 0.9, by the probe drift`. */
  readonly condition: string;
  /** `unknown`: it could not be read, and `reason` says why. `not-read`: the others had decided. */
  readonly verdict: 'holds' | 'fails' | 'unknown' | 'not-read';
  readonly value?: string | number;
  readonly bound?: string | number;
  /** Where the value was read. */
  readonly source?: string;
  readonly reason?: string;
};

/**
 * Whether a tick retrains. `undecided`: what could not be read would have decided, so nothing is trained.
 * `busy`: it should, but another run trains or deploys the same model.
 */
export type Decision = {
  readonly verdict: 'retrain' | 'skip' | 'undecided' | 'busy';
  /** In one line. */
  readonly reason: string;
  readonly evidence: readonly Evidence[];
  /** ISO 8601, UTC. */
  readonly decidedAt: string;
};

/** What a tick came to. A run that failed or was cancelled keeps the last of these that it reached. */
export const outcomes = [
  'skipped',
  'undecided',
  'busy',
  'retraining',
  'not-better',
  'awaiting-approval',
  'rejected',
  'approval-expired',
  'deployed',
  'taken-back',
] as const;
export type Outcome = (typeof outcomes)[number];

/** Whether it is the outcome of a retraining, and not one that a document gives. */
export const isOutcome = (text: string): text is Outcome => outcomes.some((outcome) => outcome === text);

/** Those of ticks that trained a model. */
export const trainedOutcomes: readonly Outcome[] = outcomes.slice(outcomes.indexOf('retraining'));

/** The new model beside the live one, by the same metric. */
export type Comparison = {
  readonly metric: string;
  readonly value: number;
  /** `null` when nothing is live: then there is nothing to beat. */
  readonly live: number | null;
  /** What it had to reach. */
  readonly bound: number | null;
  readonly better: boolean;
  readonly liveVersion: { readonly model: string; readonly version: number } | null;
};

/** What an approval is for: what would be deployed, where and how, with what it is made from. Its digest is over all of it. */
export type DeploymentSubject = {
  readonly connection: string;
  /** As its platform names it. */
  readonly project: string;
  /** As it is sent: where to, what, its environment, and what it runs on. */
  readonly deploys: { readonly [field: string]: Json };
  /** The training that it comes from. */
  readonly trained: { readonly [field: string]: Json };
};

/** One thing that is said of it, as people read it. */
export type SubjectLine = { readonly name: string; readonly value: string };

/** What an approver is shown: the new model, the live one, and what changed between them. */
export type ApprovalRequest = {
  /** The model or the deployment, by its name. */
  readonly model: string;
  /** A number or a name, as its platform counts. */
  readonly version: number | string;
  readonly metrics: { readonly [metric: string]: number };
  readonly live: {
    readonly version: number | string;
    readonly metrics: { readonly [metric: string]: number };
  } | null;
  /** In words, one line each. */
  readonly changed: readonly string[];
  /** What would be deployed, where and how. Runs of a version before did not say. */
  readonly subject?: DeploymentSubject;
  /** The same as people read it. Runs of a version before did not say. */
  readonly lines?: readonly SubjectLine[];
  /** Of the subject: an approval holds for it and for nothing else. */
  readonly digest?: string;
  /** Who may decide; left out, every operator. */
  readonly by?: readonly string[];
  /** Whoever started the run may not decide. */
  readonly byStarter?: false;
  /** ISO 8601, UTC: when it expires. */
  readonly until: string;
};

/** A decision on an approval. */
export type ApprovalDecision = {
  readonly action: 'approve' | 'reject';
  /** The step that asks; left out where no other asks at the same time. */
  readonly step?: string | undefined;
  readonly actor: string;
  /** What the actor may be named by among those who may decide: ids, and claims that the configuration trusts. */
  readonly names: readonly string[];
  /** All that the actor is known by: who shares one of these with whoever started the run counts as the same. */
  readonly ids?: readonly string[] | undefined;
  /** All that those who have reset the attempt are known by, as the client has found them in its history. */
  readonly resetters?: readonly string[];
  readonly reason: string;
  /** Of what the actor was shown: refused when something else is to be decided. */
  readonly digest?: string | undefined;
};

/** How an approval ended. */
export type ApprovalOutput = {
  readonly decision: 'approved' | 'rejected' | 'expired';
  readonly by?: string;
  readonly reason?: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** What it was decided on, and the digest of that: a decision holds for nothing else. */
  readonly subject?: DeploymentSubject;
  readonly digest?: string;
};

/** One tick as the ledger lists it. */
export interface LedgerEntry {
  readonly runId: string;
  /** `<connection>/<project>/<model API>`. */
  readonly model: string;
  /** The schedule and the time it ticked for; left out for runs that somebody started. */
  readonly tick?: { readonly schedule: string; readonly at: string };
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly status: RunStatus;
  /** `null` while the tick has not decided. */
  readonly decision: Decision | null;
  readonly outcome?: Outcome;
  readonly conclusion?: string;
  readonly failure?: string;
}
