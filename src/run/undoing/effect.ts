/** What an effect, and what undoes it, starts from. */
import type { Cleanup, RemoteReference } from './cleanup.js';
import type { Origin } from '../ids.js';

/** What every effect starts from: where to act, and on whose behalf. */
export interface Effect {
  readonly connection: string;
  readonly origin: Origin;
  /** Whether the step was begun before, in this attempt of the run or an earlier one: the effect may exist. */
  readonly begunBefore: boolean;
  /** Until when it may have been sent before, ISO 8601. Left out, that is not known: until a moment ago. */
  readonly begunUntil?: string | undefined;
  /** Known to have sent nothing yet, although it or its run was begun before: it is looked for once, and not waited for. */
  readonly sentNothing?: true | undefined;
  /** What an earlier try of the step has adopted, by id: where several carry the marker, it is adopted again. */
  readonly adopted?: readonly string[] | undefined;
  /** What the effect has made, where that is known: lists may leave it out, so it is read by its id. */
  readonly made?: Made | undefined;
}

/** What a creation says when more than one request may have been sent for it. */
export type Doubt = {
  /**
   * Present when another try, or another attempt of the run, may have sent the same request: what that request makes
   * may still appear, and is swept. Left out when exactly one request was sent and answered.
   */
  readonly inDoubt?: true;
};

/** What an effect has made, as far as it is known. */
export interface Made {
  readonly id: string;
  /** What it is in: the project of a job, the model API of a version. */
  readonly parent?: string | undefined;
  /** The run itself was told so in answer to its request: it is its own also where its marker was taken away since. */
  readonly isOwn?: true;
}

/** What every undoing starts from. It works by id where the id is known, and by the marker of the origin. */
export interface Undoing extends Effect {
  /** What was made stays: whatever else carries the marker goes. */
  readonly keep?: true | undefined;
  /**
   * Whether something may still appear: after a request that nobody has read an answer to (`unanswered`), or beside the
   * one that was answered or refused (`perhaps`). It is looked for then. Left out: what is there is all.
   */
  readonly doubt?: 'unanswered' | 'perhaps' | undefined;
  /**
   * Goes on until the platform has confirmed it, however long that takes, and looks for what is in doubt through the
   * whole of `waits.sweepMs`. Left out, it gives up after `waits.undoMs` and says what is left.
   */
  readonly untilConfirmed?: true | undefined;
  /** Over when the platform has taken every request to stop something: that it has stopped is confirmed by another undoing. */
  readonly untilAsked?: true | undefined;
  /** What the platform has taken the request to stop, as an undoing before has told. */
  readonly asked?: readonly RemoteReference[] | undefined;
  /**
   * What it has told that it has undone. With more, and nothing open, it comes back at once, so that this is not lost; left
   * out, at its end.
   */
  readonly told?: readonly RemoteReference[] | undefined;
}

/** What an undoing has come to. */
export interface Undone extends Cleanup {
  /** In words, what serves instead of what was undone; left out where that is not known, or nothing does. */
  readonly serves?: string;
  /** It is to be called again: something is left, or may still appear. */
  readonly goesOn?: true;
}

/** The model API version that serves. */
export type ServingVersion = {
  readonly modelApiId: string;
  readonly versionId: string;
  readonly number: number | null;
};

/** Undoing a deployment to the model API of a name. */
export interface DeploymentUndoing extends Undoing {
  readonly name: string;
  readonly project: string;
}

/** That what served before is to serve again. */
export interface Restoring {
  /** Left out where nobody knows which one it was: it is looked for. */
  readonly previous?: ServingVersion;
}

/** The effect that undoes, by its name, and what it is told beside what every undoing is. */
export interface UndoTarget {
  readonly undo: string;
  readonly [argument: string]: unknown;
}

/** The targets of those effects, among these, that undo: what none of them undoes does not compile. */
export type UndoTargetOf<E> = {
  [U in keyof E & string]: E[U] extends (undoing: infer A) => Promise<Undone>
    ? { readonly undo: U } & Omit<A, keyof Undoing>
    : never;
}[keyof E & string];

/** One thing to undo. */
export type UndoCall = Undoing & {
  readonly target: UndoTarget;
  /** The attempt that has left it to nobody: what another one has to undo of the same step is something else. */
  readonly leftBy?: string;
};
