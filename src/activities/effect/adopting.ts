/**
 * Chooses which of several objects made by one effect is adopted: the one that was adopted already, else the first that
 * goes on or has succeeded.
 */
import type { Phase } from './phases.js';

/** Of those that are given in an order that all agree on. */
export function adoptedOf<T extends { readonly id: string }>(
  marked: readonly T[],
  {
    adopted = [],
    phaseOf,
  }: { readonly adopted?: readonly string[] | undefined; phaseOf(one: NoInfer<T>): Phase },
): T | undefined {
  const rank = (one: T): number => {
    if (adopted.includes(one.id)) return 0;
    const phase = phaseOf(one);
    // What was stopped is most likely what was swept, beside one that was adopted by a try which nobody knows of.
    if (phase === 'stopped') return 3;
    return phase === 'failed' || phase === 'broken' ? 2 : 1;
  };
  return marked.toSorted((a, b) => rank(a) - rank(b))[0];
}
