/** The steps that have ended before one of a document begins. */
import type { DocumentStep } from './document.js';

/** All of them, by name. */
export function waitedFor(
  steps: { readonly [name: string]: DocumentStep },
  name: string,
  seen = new Set<string>(),
): Set<string> {
  const { needs = [], awaits = [], heldBy = null } = steps[name] ?? {};
  for (const other of [...needs, ...awaits, ...(heldBy === null ? [] : [heldBy])]) {
    if (seen.has(other)) continue;
    seen.add(other);
    waitedFor(steps, other, seen);
  }
  return seen;
}
