/** What a run and its steps look like from outside: the words of the CLI, the client and the API. */
import type { Cleanup, RemoteReference } from './undoing/cleanup.js';
import type { ServingVersion, UndoCall } from './undoing/effect.js';
import type { PipelineDocument } from './documents/documents.js';
import type { Failure } from './failures/errors.js';
import type { RunOrigin } from './ids.js';
import type { Json } from './json.js';
import type { Leg, LegLimits } from './legs.js';
import type { RunStatus } from './run-status.js';
import type { Step } from './step.js';
import type { ApprovalRequest } from './retraining/retraining.js';
import type { Unserved } from './unserved.js';

export type { Cleanup, LeftBehind, RemoteReference } from './undoing/cleanup.js';

export type { Json } from './json.js';

export { type RunStatus, runStatuses } from './run-status.js';

export type { Progress, Step, StepState } from './step.js';

/** Somebody who let a schedule tick, or had it make up for a past time: of which ticks. */
export type Asker = {
  readonly ids: readonly string[];
  /** ISO 8601, UTC; both ends are meant. */
  readonly from: string;
  readonly to: string;
  /** When it was last asked for; a version before did not write it. */
  readonly at?: string;
};

/** Who or what started a run. */
export interface Trigger {
  readonly kind: 'cli' | 'client' | 'http' | 'schedule' | 'webhook' | 'replay' | 'run';
  /** The person or service, as far as it is known; of a run that another one has started, that one. */
  readonly by?: string;
  /** All that whoever started it is known by; of a schedule, whoever wrote it. */
  readonly ids?: readonly string[];
  /** Of a schedule: who let it tick, or had it make up for a past time. */
  readonly askers?: readonly Asker[];
  readonly reason?: string;
  /** Of the request that started it. */
  readonly requestId?: string;
}

/** What outgoing webhooks tell of a run. */
export const runEventTypes = [
  'run.started',
  'run.parked',
  'run.resumed',
  'run.approval-requested',
  'run.approval-reminded',
  'run.succeeded',
  'run.failed',
  'run.cancelled',
] as const;
export type RunEventType = (typeof runEventTypes)[number];

/** What a receiver is told. Thin: who wants more asks for the run. */
export interface WebhookEvent {
  readonly type: RunEventType;
  /** Within its attempt, from 1. */
  readonly number: number;
  readonly at: string;
  readonly runId: string;
  readonly attemptId: string;
  readonly pipeline: string;
  readonly connection: string;
  readonly connections?: readonly string[];
  readonly status: RunStatus;
  readonly step?: string;
  readonly failure?: Failure;
  /** Of `run.approval-…`. */
  readonly approval?: ApprovalRequest;
}

/** One event for one receiver: the argument of the workflow that delivers it, and its memo. */
export interface Delivery {
  /** A name of `webhooks.outgoing`. */
  readonly target: string;
  readonly event: WebhookEvent;
}

/** A run as seen from outside, at any moment. */
export interface Run<Result extends Json = Json> {
  readonly runId: string;
  /** Temporal's run id of this attempt. */
  readonly attemptId: string;
  readonly pipeline: string;
  readonly connection: string;
  /** Of a run that acts on more than one: every one of them, the first of which is `connection`. */
  readonly connections?: readonly string[];
  /** Of the run: its first attempt's. */
  readonly trigger: Trigger;
  readonly lineage?: Lineage;
  /** The version of the workflow code that the attempt is pinned to, where workers are versioned. */
  readonly codeVersion?: string;
  readonly status: RunStatus;
  /** It was asked to stop, and is stopping what it has running. */
  readonly stopping?: true;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly steps: readonly Step[];
  readonly failure?: Failure & { readonly step?: string };
  readonly cleanup?: Cleanup;
  readonly result?: Result;
  /** Why this view is less than whole, such as no worker being there to answer. */
  readonly notice?: string;
  /** What of it no worker takes. */
  readonly unserved?: Unserved;
}

/** A change of a run as a whole, or of one of its steps. */
export type Change =
  | { readonly type: 'run'; readonly run: Pick<Run, 'status' | 'failure' | 'cleanup' | 'endedAt'> }
  | { readonly type: 'step'; readonly step: Step };

/** A change and when it was, in order, numbered from 1 within the attempt. */
export type RunEvent = Change & { readonly number: number; readonly at: string };

/** A run as lists show it. */
export interface RunSummary {
  readonly runId: string;
  readonly attemptId: string;
  readonly pipeline: string;
  readonly connection: string;
  /** As a run has it. */
  readonly connections?: readonly string[];
  readonly trigger: string;
  readonly status: RunStatus;
  /** The step it is parked at or ended in. */
  readonly step?: string;
  readonly failure?: string;
  /** The same for runs of the same cause. */
  readonly fingerprint?: string;
  readonly startedAt: string;
  readonly endedAt?: string;
}

/** How an operator ends the parking of a step. */
export type Resolution = {
  readonly step: string;
  readonly actor: string;
  /** All that the actor is known by. */
  readonly ids?: readonly string[];
  readonly reason: string;
} & (
  | {
      readonly action: 'retry';
      /** Make a new effect instead of adopting the one of the try that parked. */
      readonly fresh?: boolean;
    }
  | { readonly action: 'skip'; readonly output: Json }
  | { readonly action: 'abort' }
);

/** What a run hands over when another attempt continues it. */
export interface Continuation {
  /** Left out by a fork: it makes effects of its own. */
  readonly firstAttemptId?: string;
  /** Of a fork: the runs that it was forked from, the nearest first. What they have made is its own. */
  readonly origins?: readonly RunOrigin[];
  /** When the run’s first attempt was started, ISO 8601: expressions of documents name it. Left out by a fork. */
  readonly startedAt?: string;
  /** When the attempt that it continues ended, ISO 8601: it has sent nothing since. */
  readonly endedAt?: string;
  /** Outputs of finished steps, by step; those run nothing. */
  readonly outputs: Readonly<Record<string, Json>>;
  /** What those steps had made, and what others are to adopt, by step. */
  readonly references?: Readonly<Record<string, readonly RemoteReference[]>>;
  /** Of steps whose output an operator has supplied: who, and why. */
  readonly supplied?: Readonly<Record<string, string>>;
  /** Generations above 1, by step. */
  readonly generations: Readonly<Record<string, number>>;
  /** Steps that attempts before have begun in the generation that they go on with. Left out: it is not known. */
  readonly begun?: readonly string[];
  /** What served before an attempt deployed. */
  readonly replaced?: ServingVersion | null;
  /** What the creations of those steps may have made beside what was adopted. */
  readonly sweeps?: readonly UndoCall[];
  /** Why an approval that an earlier attempt had is asked again, for who decides. */
  readonly asksAgain?: string;
}

/** Where an attempt comes from. A run's first attempt has none. */
export interface Lineage {
  /** Of this attempt; the first is 1. */
  readonly number: number;
  /** The attempt that it continues: of this run or, of a fork, of another. */
  readonly of: { readonly runId: string; readonly attemptId: string };
  readonly by: string;
  /** All that whoever replays is known by. */
  readonly ids?: readonly string[];
  /** The same of those who replayed or resolved the attempts before. */
  readonly before?: readonly string[];
  readonly reason: string;
  /** The hash of the plan. */
  readonly plan: string;
  readonly campaign?: string | undefined;
}

/** The one argument of every pipeline's workflow. */
export interface RunStart<Input> {
  readonly input: Input;
  /** Of a run of a document: the document as it was when the run was started, for all of its attempts. */
  readonly document?: PipelineDocument;
  readonly trigger: Trigger;
  readonly continuation?: Continuation;
  readonly lineage?: Lineage;
  /**
   * The pipelines whose runs on the connection whoever brought this one about may cancel, as it was when it was started; `*`
   * is all. Left out, the run’s own. Only a run that replaces others has it.
   */
  readonly mayCancel?: readonly string[];
  /** Who is told of what: names of outgoing webhooks by event. Left out, nobody. */
  readonly notify?: Readonly<Partial<Record<RunEventType, readonly string[]>>>;
  /** When the attempt goes on in another leg; left out, as is usual. */
  readonly legs?: LegLimits;
  /** Of a leg that is not the first: what the one before knew. */
  readonly leg?: Leg;
}
