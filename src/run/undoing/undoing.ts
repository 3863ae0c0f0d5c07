/** Undoing as data: a run performs it, what goes on after the run's end does, and so does whoever asks for it later. */
import type { UndoCall, Undoing, Undone } from './effect.js';
import type { Json, LeftBehind, RemoteReference } from '../steps.js';

/**
 * Calls that go on, where others are asked for now. Those that go on know more, but what has been kept until now is stopped
 * where that is asked for; each call is the very same where it stays.
 */
export const withStops = (open: readonly UndoCall[], asked: readonly UndoCall[]): readonly UndoCall[] =>
  open.map((call) => {
    const stop = asked.find((one) => one.keep !== true && keyOf(one) === keyOf(call));
    if (call.keep !== true || stop === undefined) return call;
    return { ...stop, made: stop.made ?? call.made, doubt: 'perhaps' };
  });

/** Calls the activity that a call names, of those that are given by name. */
export function performUndo(
  effects: object,
  { target: { undo, ...at }, leftBy: _, ...undoing }: UndoCall,
): Promise<Undone> {
  const perform = (effects as Undoers)[undo];
  if (perform === undefined) throw new TypeError(`nothing undoes by ${undo}`);
  return perform({ ...undoing, ...at });
}

/** Each takes what its target names: the types of targets follow from theirs. */
type Undoers = Readonly<Record<string, ((undoing: Undoing) => Promise<Undone>) | undefined>>;

/** The same for calls about the same effect: a later one replaces an earlier one. */
export const keyOf = ({ target, origin: { step, generation, attemptId }, leftBy }: UndoCall): string =>
  [target.undo, step, generation, ...[attemptId, leftBy].filter((id) => id !== undefined)].join(' ');

/**
 * An output of another run, or one that a person has supplied: the run undoes nothing of what it names, and looks for
 * nothing beside it. The very same where it claims neither.
 */
export function asOfAnother(output: Json): Json {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return output;
  const { inDoubt, created, ...rest } = output as { readonly [key: string]: Json }; // an array is none of it by now
  if (inDoubt === undefined && created !== true) return output;
  return { ...rest, ...(created !== undefined && { created: false }) };
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
  /** What one has come to whose calls these are. */
  readonly before?: Pick<CleanUpState, 'undone' | 'leftBehind'>;
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
