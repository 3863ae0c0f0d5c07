/** Undoing as data, as far as it depends on what is undone: the one place in which the wings’ tables come together. */
import type { Made, UndoCall } from '../run/undoing/effect.js';
import type { Json, LeftBehind, RemoteReference } from '../run/steps.js';
import { dominoMade, dominoUndoings } from './domino/undoings.js';
import { ubiopsMade, ubiopsUndoings } from './ubiops/undoings.js';
import type { MadeObject, UndoFacts } from './undo-facts.js';

const undoings: Readonly<Record<string, UndoFacts>> = {
  ...dominoUndoings,
  ...ubiopsUndoings,
  cancelChildRun: { object: 'run', namedBy: ['runId'], isApart: true },
};

const madeObjects: readonly MadeObject[] = [...dominoMade, ...ubiopsMade, { kind: 'run' }];

/** What is known of the effect that a call names. */
export function undoFactsOf({ target: { undo } }: UndoCall): UndoFacts {
  const facts = Object.hasOwn(undoings, undo) ? undoings[undo] : undefined;
  if (facts === undefined) throw new TypeError(`no wing has an effect ${undo}`);
  return facts;
}

/** What a call is about. */
export const kindOf = (call: UndoCall): RemoteReference['kind'] => undoFactsOf(call).object;

/** Whether it has nothing to do with others of its kind, so that several are undone at once. */
export const isApart = (call: UndoCall): boolean => undoFactsOf(call).isApart === true;

/** What a step has made that is looked at by its id: the last such object that it refers to. */
export function madeIn(references: readonly RemoteReference[]): Made | undefined {
  const last = (kind: RemoteReference['kind']) => references.findLast((one) => one.kind === kind)?.id;
  const [made] = madeObjects.flatMap(({ kind, in: parent }) => {
    const id = last(kind);
    return id === undefined ? [] : [{ id, ...(parent !== undefined && { parent: last(parent) }) }];
  });
  return made;
}

/** What is left where nobody could try; nothing where it is only looked for what may be beside what is known. */
export function untried(call: UndoCall, reason: string): LeftBehind[] {
  if (call.keep === true || call.told !== undefined) return [];
  const { object: kind, idIn } = undoFactsOf(call);
  const named = idIn === undefined ? undefined : call.target[idIn];
  const id = call.made?.id ?? (typeof named === 'string' ? named : undefined);
  return [{ kind, ...(id !== undefined && { id }), reason }];
}

/**
 * What of a call is left to undo where a person has supplied the output of its step: all, but for the very object that the
 * output names. `null` where that is all there is, and where what goes on beside it ends by itself.
 */
export function besideOutput(call: UndoCall, output: Json): UndoCall | null {
  const { namedBy, endsByItself } = undoFactsOf(call);
  const [idKey, parentKey] = namedBy;
  const id = textIn(output, idKey);
  if (id === undefined || (call.made !== undefined && call.made.id !== id)) return call;
  if (endsByItself === true || (call.made !== undefined && call.doubt === undefined)) return null;
  const parent = parentKey === undefined ? undefined : textIn(output, parentKey);
  return { ...call, made: call.made ?? { id, parent }, keep: true, doubt: 'perhaps' };
}

function textIn(output: Json, key: string): string | undefined {
  const value = typeof output === 'object' && output !== null ? Object.entries(output) : [];
  const [, found] = value.find(([name]) => name === key) ?? [];
  return typeof found === 'string' ? found : undefined;
}
