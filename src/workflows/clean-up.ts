/**
 * What goes on after a run's end: what the run could not undo is tried again until the platform has confirmed it, and
 * what a request in doubt may still make is looked for. Each of its calls is one activity that is retried for as long as
 * that takes, so an outage of days adds nothing to its history.
 */
import {
  CancellationScope,
  allHandlersFinished,
  condition,
  isCancellation,
  setHandler,
  upsertMemo,
} from '@temporalio/workflow';
import type { UndoCall } from '../run/undoing/effect.js';
import type { Cleanup, RemoteReference } from '../run/steps.js';
import {
  type CleanUpStart,
  type CleanUpState,
  keyOf,
  performUndo,
  withStops,
} from '../run/undoing/undoing.js';
import { untried } from '../steps/undoings.js';
import { proxyCleaning } from './kernel/effects.js';
import { failureOf } from '../steps/failures.js';
import { moreToCleanSignal, tryNowUpdate } from './kernel/messages.js';

/** One call, and how far it has come. */
interface Item {
  call: UndoCall;
  readonly scope: CancellationScope;
  readonly ended: Promise<void>;
  outcome?: Cleanup;
}

/** Performs all calls, and those that are added meanwhile. Cancelled, it ends when none of them is under way any more. */
export async function cleanUp({ attemptId, calls, before }: CleanUpStart): Promise<CleanUpState> {
  const items = new Map<string, Item>();
  const keyed = (object: RemoteReference) => [`${object.kind} ${object.id}`, object] as const;
  const undone = new Map(before?.undone.map(keyed));
  let latest = attemptId;
  const tell = (): CleanUpState => {
    const state = stateOf(latest, [...undone.values()], [...items.values()]);
    const leftBehind = [...(before?.leftBehind ?? []), ...state.leftBehind];
    upsertMemo({ cleanup: { ...state, leftBehind } });
    return { ...state, leftBehind };
  };
  const note = (outcome: Cleanup): void => {
    for (const object of outcome.undone) undone.set(...keyed(object));
    tell();
  };
  const begin = async (added: readonly UndoCall[]): Promise<void> => {
    const replaced = added.flatMap((call) => items.get(keyOf(call)) ?? []);
    for (const { scope } of replaced) scope.cancel();
    await Promise.all(replaced.map(({ ended }) => ended));
    for (const call of added) items.set(keyOf(call), beginItem(call, note));
    tell();
  };
  let begun = begin(calls);
  // One after the other: each replaces what an earlier one has begun.
  const more = (added: Pick<CleanUpStart, 'attemptId' | 'calls'>): Promise<void> => {
    latest = added.attemptId;
    begun = begun.then(() => begin(added.calls));
    return begun;
  };
  setHandler(moreToCleanSignal, more);
  // What goes on already knows more than what is derived from how steps stood.
  const tryNow = async (given: Pick<CleanUpStart, 'attemptId' | 'calls'>): Promise<void> => {
    const open = [...items.values()].flatMap(({ call, outcome }) => (outcome === undefined ? [call] : []));
    const known = new Set(open.map(keyOf));
    const added = given.calls.filter((call) => !known.has(keyOf(call)));
    await more({ ...given, calls: [...added, ...withStops(open, given.calls)] });
  };
  setHandler(tryNowUpdate, tryNow, { description: 'Tries all of it now, instead of when its time comes.' });
  try {
    await begun;
    const isDone = () => [...items.values()].every(({ outcome }) => outcome !== undefined);
    await condition(() => isDone() && allHandlersFinished());
    return tell();
  } catch (error) {
    const all = [...items.values()].map(({ ended }) => ended);
    await CancellationScope.nonCancellable(() => Promise.all(all));
    throw error;
  }
}

function beginItem(call: UndoCall, note: (outcome: Cleanup) => void): Item {
  const effects = proxyCleaning(call.connection, keyOf(call));
  const scope = new CancellationScope();
  const perform = async (): Promise<Cleanup> => {
    let told = call.told ?? [];
    for (;;) {
      const { goesOn, ...outcome } = await performUndo(effects, { ...call, untilConfirmed: true, told });
      if (goesOn !== true) return outcome;
      told = [...told, ...outcome.undone];
      item.call = { ...call, told };
      note(outcome);
    }
  };
  const performed = scope.run(perform).catch((error: unknown): Cleanup | null => {
    if (isCancellation(error)) return null;
    const failure = failureOf(error);
    if (failure === null) throw error;
    if (scope.consideredCancelled) {
      // The last try of what is ended has failed, which does not make it done: whoever goes on with it finds it open.
      note({ undone: [], leftBehind: [] });
      return null;
    }
    return { undone: [], leftBehind: untried(call, failure.message) };
  });
  const item: Item = {
    call,
    scope,
    ended: performed.then((outcome) => {
      if (outcome === null) return;
      item.outcome = outcome;
      note(outcome);
    }),
  };
  return item;
}

function stateOf(
  attemptId: string,
  undone: readonly RemoteReference[],
  items: readonly Item[],
): CleanUpState {
  return {
    attemptId,
    undone,
    leftBehind: items.flatMap(({ outcome }) => outcome?.leftBehind ?? []),
    open: items
      .filter(({ outcome }) => outcome === undefined)
      .map(({ call }) => ({ key: keyOf(call), left: untried(call, 'it is not known to be undone'), call })),
  };
}
