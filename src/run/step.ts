/** How one step of a run stands, as seen from outside. */
import type { RemoteReference } from './undoing/cleanup.js';
import type { Failure } from './failures/errors.js';
import type { Json } from './json.js';
import type { ApprovalRequest } from './retraining/retraining.js';

/** Times are ISO 8601 in UTC. */
export type StepState =
  | { readonly status: 'pending' }
  | { readonly status: 'running'; readonly startedAt: string }
  | {
      readonly status: 'waiting';
      readonly startedAt: string;
      readonly waitingFor: string;
      readonly approval?: ApprovalRequest;
    }
  | { readonly status: 'reused'; readonly endedAt: string; readonly output: Json }
  | {
      readonly status: 'succeeded';
      readonly startedAt: string;
      readonly endedAt: string;
      readonly output: Json;
    }
  | {
      readonly status: 'skipped';
      readonly endedAt: string;
      readonly reason: string;
      readonly output?: Json;
      /** The run failed or was stopped before it came to this step: a replay does it. */
      readonly unreached?: true;
    }
  | {
      readonly status: 'parked';
      readonly startedAt: string;
      readonly parkedAt: string;
      readonly failure: Failure;
    }
  | {
      readonly status: 'failed';
      readonly startedAt: string;
      readonly endedAt: string;
      readonly failure: Failure;
    }
  | { readonly status: 'cancelled'; readonly startedAt: string; readonly endedAt: string };

/** What the current effect of a step is at: known to Temporal, not to the workflow. */
export interface Progress {
  /** The activity, such as `awaitJob`. */
  readonly effect: string;
  /** Tries of the effect. */
  readonly attempt: number;
  /** What the last look saw, or why the last try failed. */
  readonly message?: string;
  readonly nextAttemptAt?: string;
  /** Since when every try has failed, by Temporal’s clock; left out where the last one was answered. */
  readonly failingSince?: string;
  /** Until when the platform has asked to be sent nothing. */
  readonly heldUntil?: string;
  /** Since when it could have been taken, and no worker has; left out for the first ten seconds. */
  readonly untakenSince?: string;
  /** Then, and where a lookout looks: when the last attempt ended. */
  readonly lastAttemptAt?: string;
}

/** One step of a run. */
export interface Step {
  readonly name: string;
  /** How often it was begun in this attempt of the run; 0 while pending. */
  readonly tries: number;
  readonly references: readonly RemoteReference[];
  readonly state: StepState;
  /** Of its effect, once it was begun: 2 and more where an earlier effect was left behind. */
  readonly generation?: number;
  /** Of one that has succeeded without making anything: what the platform had already, such as `revision 3 of iris`. */
  readonly reuses?: string;
  /** Of a step that is done for each item, once it has begun: how many. Each is a step too: `train.0`, `train.1` … */
  readonly items?: number;
  /** Of such an item: what the step is done for. */
  readonly item?: Json;
  readonly progress?: Progress;
}
