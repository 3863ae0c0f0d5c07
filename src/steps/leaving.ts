/** What an attempt has left on its platform. */
import type { Made, ServingVersion, UndoTarget } from '../run/undoing/effect.js';
import type { Json } from '../run/steps.js';

/** What a step has made, and how that is undone. */
export interface Undoable<Target extends UndoTarget = UndoTarget> {
  readonly target: Target;
  readonly made: Made;
}

/** Something that an attempt has left on its platform. */
export interface Leftover<Target extends UndoTarget = UndoTarget> {
  readonly target: Target;
  /** Left out, the job or the version that the step has named while it waited for it. */
  readonly made?: Made;
  /** Whether a request for it may be carried out late, also where it is known. */
  readonly doubt?: 'perhaps';
  /** The step on whose behalf it was made; left out, the step that has left it. */
  readonly madeBy?: string;
}

/** What is known of an attempt that is over, beside its steps. */
export interface LeavingAttempt {
  /** Whether its input asks for what it has made to go when it fails. */
  readonly cleanup: boolean;
  /** What served before it deployed, `null` when nothing did; left out where nobody knows. */
  readonly replaced?: ServingVersion | null | undefined;
}

/** What an attempt has left of a kind, told by how far its step came: for whoever undoes it when the workflow is gone. */
export interface Leaving<Spec extends object, Output extends Json, Target extends UndoTarget> {
  /** Where it has begun and come to no output. Left out, what `running` stops. */
  readonly unfinished?: (spec: Spec, attempt: LeavingAttempt) => readonly Leftover<Target>[];
  /** What goes on on the platform after it has ended, until the run has. */
  readonly beside?: (output: Output) => Undoable<Target> | null;
  /** What an effect in doubt may have made beside its output. */
  readonly twin?: (output: Output, spec: Spec, attempt: LeavingAttempt) => Leftover<Target> | null;
}
