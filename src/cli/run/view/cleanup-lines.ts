/** What a run has undone and what is left of it, one line each. */
import type { Cleanup, LeftBehind } from '../../../run/steps.js';
import { harmless } from '../../terminal/paint.js';
import { showReference } from './step-line.js';

/** What a run has undone and what it has left behind; no lines when there was nothing to undo. */
export function cleanupLines({ undone, leftBehind, afterwards }: Cleanup): string[] {
  return [
    ...undone.slice(0, mostUndone).map((reference) => `  undone: ${showReference(reference)}`),
    ...(undone.length > mostUndone ? [`  undone: ${undone.length - mostUndone} more, see -o json`] : []),
    ...leftBehind.map((left) => `  left behind: ${showLeft(left)}`),
    ...(afterwards === undefined ? [] : [`  ${sayAfterwards(afterwards, leftBehind)}`]),
  ];
}

/** Nobody has to do anything about them, and a run of hundreds of items undoes as many. */
const mostUndone = 20;

function showLeft({ kind, id, reason, nextTryAt }: LeftBehind): string {
  const what = `${showReference({ kind, id: id ?? '(id not known)' })}: ${harmless(reason)}`;
  return nextTryAt === undefined ? what : `${what}; next try at ${nextTryAt}`;
}

function sayAfterwards(
  afterwards: NonNullable<Cleanup['afterwards']>,
  leftBehind: readonly LeftBehind[],
): string {
  if (afterwards === 'done') return 'cleanup: done';
  if (afterwards === 'cut-off')
    return 'cleanup: ended before it was done; `longhaul run cleanup` has it go on';
  return leftBehind.length > 0
    ? 'cleanup: goes on until the platform has confirmed it'
    : 'cleanup: goes on looking for what a request in doubt may still make';
}
