/** What the code of a step may say about itself, and ask of its run. */
import type { Doubt, Effect, Made, UndoCall, UndoTarget, UndoTargetOf } from '../run/undoing/effect.js';
import type { Effects, ReadingEffects } from '../run/undoing/effects.js';
import type { Preflight } from '../run/inputs/preflight.js';
import type { Approval } from '../run/inputs/retrain-input.js';
import type { ApprovalOutput, ApprovalRequest, Decision, Outcome } from '../run/retraining/retraining.js';
import type { Continuation, Json, RemoteReference, RunStart } from '../run/steps.js';

/**
 * `running`: it uses the platform until it is stopped (a job, a build, a deployment on its way).
 * `lasting`: it stays and costs little (an environment), and goes only when the input asks for `cleanup`.
 */
export type UndoKind = 'running' | 'lasting';

/**
 * Says what an effect has made or, with `created: false`, what of another run it has adopted. What one in doubt may make
 * beside that is swept from now on. `target` is given where the answer says more of how it is undone.
 */
export type Answered<Target extends UndoTarget = UndoTarget> = (
  made: Made,
  output: Doubt & { readonly created?: boolean },
  target?: Target,
) => void;

/** What an approver is shown, but for what the input says of approvals. */
export type ApprovalEvidence = Omit<ApprovalRequest, 'by' | 'until' | 'digest'> &
  Required<Pick<ApprovalRequest, 'subject' | 'lines'>>;

/** The run that a step belongs to. */
export interface RunOfStep {
  readonly runId: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Its attempt, where that goes on in another execution of Temporal than its first. */
  readonly attemptId: string | undefined;
  /** What an earlier attempt hands over. */
  readonly continuation: Pick<Continuation, 'replaced' | 'asksAgain'> | undefined;
  /** The steps whose output a person has supplied, each with who and why. */
  supplied(): readonly { readonly name: string; readonly reason: string }[];
  /** Who is told of it, and so of the runs that its steps start. */
  readonly notify: RunStart<unknown>['notify'];
  /** All that those are known by who have brought the run about, or have resolved a step of it. */
  starters(): readonly string[];
  /** Writes down how far a retraining has come; with a decision or a conclusion, that too. */
  record(outcome: Outcome, written?: { readonly decision?: Decision; readonly conclusion?: string }): void;
}

/** What the code of a step may say about itself, and the effects that it calls. */
export interface StepContext<Calls extends object = Effects & ReadingEffects> {
  /** Where to act and on whose behalf: the beginning of every effect’s argument. */
  readonly effect: Effect;
  readonly effects: Calls;
  readonly run: RunOfStep;
  /** What the input names: given to the first step that acts, which looks it up before it makes anything. */
  readonly preflight: Preflight | undefined;
  /** Whether it is known that nothing of this generation was sent yet, neither by a try of before nor by an attempt. */
  readonly isFirst: boolean;
  /** Why what the step came to in an earlier attempt does not hold any more. */
  readonly again: string | undefined;
  /** The same for another step: what it made carries the marker of its origin. */
  effectOf(step: string): Effect;
  /** Says what is being waited for, and which objects on the platform that is; the step is `waiting` from now on. */
  waiting(waitingFor: string, ...references: RemoteReference[]): void;
  /** Asks for an approval, and waits for a decision or until it is too late for one. */
  ask(spec: Approval, evidence: ApprovalEvidence): Promise<ApprovalOutput>;
  /** Waits by a timer, and answers when it is over. Whoever ends the wait before its time decides on the step, which then goes no further. */
  pause(forMs: number): Promise<string>;
  /** Asks once, however often the step is tried: later, the answer would be about what the step has done itself. */
  once<T extends Json | undefined>(ask: () => Promise<T>): Promise<T>;
  /** Registers how to undo, before the effect is sent; what it returns is told what was made. */
  undo(kind: UndoKind, target: UndoTargetOf<Calls>, effect?: Effect): Answered<UndoTargetOf<Calls>>;
  /** Says whether what was registered may have been sent: it may, unless told otherwise. */
  sent(isSent: boolean): void;
  /** Says that it acts on what it has adopted: a request for that may be carried out when the run is over. */
  acting(): void;
  /** Looks from now on for what an effect in doubt has made beside what was adopted. */
  sweep(call: UndoCall): void;
  /** Says that the step has undone its effect itself. */
  undone(call: UndoCall): void;
}
