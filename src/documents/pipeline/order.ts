/** Who waits for whom: references go upwards in the file, and nothing waits for itself. */
import type { DraftStep } from './draft.js';
import type { Reference } from './expression-check.js';
import { type DocumentPath, type Faults } from './faults.js';

/** What a step refers to, in the order in which it is written. */
export interface Referring {
  readonly step: DraftStep;
  readonly references: readonly Reference[];
}

/** What a step waits for. */
export interface Waits {
  readonly needs: readonly string[];
  readonly awaits: readonly string[];
}

/** Checks every reference, and sums up for each step what it waits for. */
export function orderOf(all: readonly Referring[], faults: Faults): ReadonlyMap<string, Waits> {
  const steps = new Map(all.map(({ step }) => [step.name, step]));
  const reads = new Map(all.map(({ step, references }) => [step.name, references.map(({ name }) => name)]));
  const waits = new Map<string, Waits>();
  for (const { step, references } of all) {
    for (const reference of references) {
      const other = steps.get(reference.name);
      if (other !== undefined && other.index >= step.index)
        tell(faults, reference, sayLater(step, other, reads));
    }
    const names = (how: Reference['how']): string[] => [
      ...new Set(references.filter((one) => one.how === how).map(({ name }) => name)),
    ];
    const needs = names('needs');
    if (!step.isLast) for (const one of references) warnOfState(one, needs, faults);
    waits.set(step.name, { needs, awaits: names('awaits').filter((name) => !needs.includes(name)) });
  }
  return waits;
}

/** A step that needs another one is skipped unless that has succeeded: its state has nothing to say. */
function warnOfState(
  { name, path, text, offset, said }: Reference,
  needs: readonly string[],
  faults: Faults,
): void {
  if (said !== `steps.${name}.state` || !needs.includes(name)) return;
  const message = `${said} is always "succeeded" here, because the step also needs "${name}" or reads its output: it is skipped otherwise`;
  faults.warn(path, message, { text, offset });
}

function sayLater(step: DraftStep, other: DraftStep, reads: ReadonlyMap<string, readonly string[]>): string {
  if (step.name === other.name) return `"${step.name}" cannot wait for itself`;
  const way = wayFrom(other.name, step.name, reads);
  if (way !== null) return `a cycle: ${[step.name, ...way].join(' → ')}; one of them must not wait`;
  return `"${other.name}" stands below; a step reads steps above it alone: move "${other.name}" up`;
}

/** The steps from one to another along what they read; `null` where there is no way. */
function wayFrom(
  from: string,
  to: string,
  reads: ReadonlyMap<string, readonly string[]>,
): readonly string[] | null {
  const ways = [[from]];
  const seen = new Set([from]);
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    const at = way.at(-1) ?? from;
    if (at === to) return way;
    for (const next of reads.get(at) ?? [])
      if (!seen.has(next)) {
        seen.add(next);
        ways.push([...way, next]);
      }
  }
  return null;
}

const tell = (faults: Faults, { path, text, offset }: Reference, message: string): void => {
  faults.addIn(path, text, offset, message);
};

/** What `needs` names, as references. */
export function namedNeeds(
  needs: unknown,
  base: DocumentPath,
): { readonly name: string; readonly path: DocumentPath }[] {
  if (typeof needs === 'string') return [{ name: needs, path: base }];
  if (!Array.isArray(needs)) return [];
  return needs.flatMap((name: unknown, index) =>
    typeof name === 'string' ? [{ name, path: [...base, index] }] : [],
  );
}
