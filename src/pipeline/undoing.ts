/** Undoing as data: a run performs it, what goes on after the run's end does, and so does whoever asks for it later. */
import type { UndoCall, UndoTarget } from './effect.js';
import type { LeftBehind, RemoteReference } from './steps.js';

const kinds: Readonly<Record<UndoTarget['undo'], RemoteReference['kind']>> = {
  stopJobs: 'job',
  cancelBuild: 'revision',
  archiveEnvironment: 'environment',
  stopModelApiVersion: 'modelApiVersion',
  takeBackModelApiVersion: 'modelApiVersion',
  sweepModelVersions: 'modelVersion',
};

/** What a call is about. */
export const kindOf = ({ target }: UndoCall): RemoteReference['kind'] => kinds[target.undo];

/** The same for calls about the same effect: a later one replaces an earlier one. */
export const keyOf = ({ target, origin }: UndoCall): string =>
  `${target.undo} ${origin.step} ${origin.generation}`;

/** What is left where nobody could try; nothing where it is only looked for what may be beside what is known. */
export function untried(call: UndoCall, reason: string): LeftBehind[] {
  if (call.keep === true || call.told !== undefined) return [];
  const id = call.made?.id ?? ('revisionId' in call.target ? call.target.revisionId : undefined);
  return [{ kind: kindOf(call), ...(id !== undefined && { id }), reason }];
}

/** Of what is left, what the platform has taken the request to stop. */
export const endingIn = (leftBehind: readonly LeftBehind[]): RemoteReference[] =>
  leftBehind.flatMap(({ kind, id, ending }) => (id !== undefined && ending === true ? [{ kind, id }] : []));

/** What goes on after a run's end is started with this. */
export interface CleanUpStart {
  readonly connection: string;
  readonly runId: string;
  readonly attemptId: string;
  readonly calls: readonly UndoCall[];
}

/** How it stands, in its memo. What is open is told by its pending activities, whose ids are keys of calls. */
export interface CleanUpState {
  readonly attemptId: string;
  readonly undone: readonly RemoteReference[];
  readonly leftBehind: readonly LeftBehind[];
  readonly open: readonly {
    readonly key: string;
    readonly left: readonly LeftBehind[];
    /** For whoever ends it and has some of it go on. Left out by code of before. */
    readonly call?: UndoCall;
  }[];
}
