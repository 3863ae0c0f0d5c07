/** What the steps of a run are given, and how they hand the run back. */
import type { Failure } from '../../run/failures/errors.js';
import type { StepsLeg } from '../../run/legs.js';
import type { Trouble } from '../../run/standing.js';
import type { Continuation, Json, Resolution, RunStart, Step } from '../../run/steps.js';
import type { Outputs, Pipeline } from '../../steps/define.js';
import type { Ending } from '../../steps/ends.js';
import type { Seen } from '../../steps/ends.js';
import type { Approvals } from './approval.js';
import type { Attempt } from '../legs/attempt.js';
import type { Legs } from '../legs/legs.js';
import type { UndoStack } from './undo.js';

export interface StepsOptions {
  readonly connection: string;
  readonly pipeline: Pipeline;
  readonly input: Json;
  readonly continuation: Continuation | undefined;
  readonly attempt: Attempt;
  readonly legs: Pick<Legs, 'opening'>;
  /** As the leg before has left them. */
  readonly before: StepsLeg | undefined;
  /** All that those are known by who have brought the run about. */
  readonly starters: readonly string[];
  /** Who is told of the run. */
  readonly notify: RunStart<unknown>['notify'];
  /** The effects as a step calls them. */
  effectsOf(step: string): object;
  readonly approvals: Approvals;
  readonly undo: UndoStack;
  /** Parks a step, or has it parked still as the leg before had; answers when a person has resolved it. */
  park(step: string, failure: Failure, how: { readonly isStill: boolean }): Promise<Resolution>;
  /** Waits for a time. Throws `EndedPause` where a person has ended it before. */
  pause(step: string, forMs: number): Promise<void>;
  /** The run is to end early, by this failure or for another reason: nobody is asked or waited for any more. */
  closing(by: Trouble | null): void;
  /** Told when steps have ended and others begun. */
  moved(): void;
  /** Told of all steps at first, and of every change of one. */
  changed(steps: readonly Step[], changed?: Step): void;
}

/** How a run has come to its end. */
export interface Finished {
  readonly outputs: Outputs;
  /** `null` where it writes down no outcome. */
  readonly ending: Ending | null;
  readonly seen: Seen;
}
