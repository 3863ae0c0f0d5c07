/** What an effect, and what undoes it, starts from. */
import type { Cleanup, RemoteReference } from './cleanup.js';
import type { Origin } from './ids.js';

/** What every effect starts from: where to act, and on whose behalf. */
export interface Effect {
  readonly connection: string;
  readonly origin: Origin;
  /** Whether the step was begun before, in this attempt of the run or an earlier one: the effect may exist. */
  readonly begunBefore: boolean;
  /** Until when it may have been sent before, ISO 8601. Left out, that is not known: until a moment ago. */
  readonly begunUntil?: string | undefined;
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

/** The job or the version of a model API that a step refers to; its last one. */
export function madeIn(references: readonly RemoteReference[]): Made | undefined {
  const last = (kind: RemoteReference['kind']) => references.findLast((one) => one.kind === kind)?.id;
  const job = last('job');
  if (job !== undefined) return { id: job };
  const version = last('modelApiVersion');
  return version === undefined ? undefined : { id: version, parent: last('modelApi') };
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

/** The activity that undoes, and where. */
export type UndoTarget =
  | { readonly undo: 'stopJobs'; readonly project: string }
  | {
      readonly undo: 'cancelBuild';
      readonly environmentId?: string | undefined;
      readonly revisionId?: string | undefined;
      /** Only if it carries the origin’s marker: where it was found as the latest, it may be somebody else’s. */
      readonly ifMarked?: true;
    }
  | { readonly undo: 'archiveEnvironment' }
  | {
      readonly undo: 'stopModelApiVersion';
      readonly name: string;
      readonly project: string;
      readonly restoring?: Restoring;
    }
  | {
      readonly undo: 'takeBackModelApiVersion';
      readonly name: string;
      readonly project: string;
      /** Left out where nobody knows any more which one served before: it is looked for. */
      readonly previous?: ServingVersion | null;
    }
  | { readonly undo: 'sweepModelVersions'; readonly model: string; readonly experimentRunId: string }
  | { readonly undo: 'sweepSnapshots'; readonly project: string; readonly dataset: string }
  | { readonly undo: 'cancelChildRun'; readonly pipeline: string };

/** One thing to undo. */
export type UndoCall = Undoing & { readonly target: UndoTarget };
