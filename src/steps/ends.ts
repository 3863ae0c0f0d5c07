/** How steps end that do not succeed, and what a pipeline of its own says of a step beside what it is made from. */
import type { LeftBehind } from '../run/undoing/cleanup.js';

/** How a run ends before its last step. */
export interface Ending {
  /** One of a retraining's, or the one that an `end` of a document gives. */
  readonly outcome: string;
  /** In one line. */
  readonly conclusion: string;
  /** Present where the step has written it down itself. */
  readonly isRecorded?: true;
}

/** How a step, or an item of one, has ended: what was reused or supplied has succeeded. */
export type EndState = 'succeeded' | 'failed' | 'skipped' | 'cancelled';

/** How a step has ended without success. */
export interface Unsuccessful {
  readonly state: Exclude<EndState, 'succeeded'>;
  readonly reason?: string;
  /** Of one that can say no: what it holds back may start, for its own condition did not hold. */
  readonly isReleased?: boolean;
}

/** A run whose outcome is fixed, as the steps after that see it. */
export interface EndedRun {
  /** `succeeded`, `failed`, `cancelled`, or the one that a step has given. */
  readonly outcome: string;
  /** In one line; empty for a run that came to its last step. */
  readonly reason: string;
  /** The names of the steps that have failed. */
  readonly failed: readonly string[];
  /** What is still on the platform and was to be undone. */
  readonly left: readonly LeftBehind[];
}

/** What is known of a run beside the outputs of its steps. */
export interface Seen {
  /** Of steps that have ended without success, by name. A step that is not there and has no output was skipped. */
  readonly ends?: Readonly<Record<string, Unsuccessful>>;
  readonly run?: EndedRun;
}

/** Why a step is passed over. */
export type Passed = Pick<Unsuccessful, 'reason' | 'isReleased'> & {
  readonly reason: string;
  /** Whether it is an approval of what will not be deployed. */
  readonly isUnasked?: true;
};

/** How often a step is made that fails by what another generation of it may cure. */
export interface Repeating {
  /** All of them, the first included. */
  readonly count: number;
  /** Before the second; then twice as long each time. */
  readonly backoffMs: number;
  /** No wait is longer. */
  readonly upToMs: number;
  /** How long each may take. */
  readonly withinMs?: number | undefined;
}

/** What bounds a step. */
export interface Bounds {
  /** Whether the run goes on when it fails, or an item of it. */
  readonly onFailure: 'stop' | 'continue';
  /** How long it may take, all that it makes included; the time for which it is parked is not counted. */
  readonly withinMs?: number | undefined;
  readonly tries?: Repeating | undefined;
}

/** The step of an item: `train.3` is the fourth item of `train`. Names of steps have no dot in them. */
export const itemName = (step: string, index: number): string => `${step}.${index}`;

/** The step that an item belongs to, and its place; `null` of a step that is none. */
export function itemOf(name: string): { readonly step: string; readonly index: number } | null {
  const [, step, index] = /^([^.]+)\.(\d+)$/.exec(name) ?? [];
  return step === undefined ? null : { step, index: Number(index) };
}

/** The step as a whole that a name is of: of an item, its step. */
export const wholeOf = (name: string): string => itemOf(name)?.step ?? name;
