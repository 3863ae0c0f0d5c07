/** What expressions see of the steps of a run. */
import type { Json } from '../../run/steps.js';
import type { EndState } from '../../steps/ends.js';
import type { DocumentStep } from './document.js';
import { listIn } from './json-schema.js';

/** What has become of a step, or of one item of it. */
export interface StepEnd {
  readonly state: EndState;
  /** `null` where it has none. */
  readonly output: Json;
}

/** One item of a step with `each`. */
export interface ItemEnd extends StepEnd {
  readonly item: Json;
  /** How often it was made, the first time included. */
  readonly tries: number;
}

const fieldsOf = (output: Json): { readonly [field: string]: Json } =>
  typeof output === 'object' && output !== null && !Array.isArray(output)
    ? (output as { readonly [field: string]: Json })
    : {};

/** `steps.NAME`; of a step with `each`, when its output is known. */
export function stepValue({ state, output }: StepEnd): Json {
  const fields = fieldsOf(output);
  const { items, counts } = fields;
  const areSupplied = Array.isArray(items) && counts === undefined;
  return { ...fields, ...(areSupplied && suppliedItems(listIn(items))), state };
}

/** Whoever supplies the output of a step with `each` need not say of each item how it has ended, nor count them. */
function suppliedItems(items: readonly Json[]): { readonly [field: string]: Json } {
  const whole = items.map((item, index) => ({ index, state: 'succeeded', tries: 1, ...fieldsOf(item) }));
  return { items: whole, counts: countsOf(whole) };
}

const countsOf = (items: readonly { readonly state: Json }[]): Json => {
  const count = (of: EndState): number => items.filter(({ state }) => state === of).length;
  return { succeeded: count('succeeded'), failed: count('failed') };
};

/** `steps.NAME` of a step with `each`: every item, in the order of the list, whatever has become of it. */
export function itemsValue(state: EndState, items: readonly ItemEnd[]): Json {
  return {
    state,
    items: items.map(({ output, item, state: ended, tries }, index) => ({
      ...fieldsOf(output),
      ...{ item, index, state: ended, tries },
    })),
    counts: countsOf(items),
  };
}

/** Why a step is skipped although nobody has asked its condition: a step that it needs did not succeed. */
export function reasonToSkip(
  { needs, heldBy }: Pick<DocumentStep, 'needs' | 'heldBy'>,
  ended: (step: string) => {
    readonly state: EndState;
    readonly reason?: string;
    readonly isReleased?: boolean;
  },
): string | null {
  for (const name of needs) {
    const { state, reason } = ended(name);
    if (state !== 'succeeded') return `needs ${name}, which ${sayEnd(state, reason)}`;
  }
  if (heldBy === null) return null;
  const holder = ended(heldBy);
  // Its own condition that does not hold releases what is below; anything else that has kept it from deciding does not.
  if (holder.state === 'succeeded' || holder.isReleased === true) return null;
  return `is held back by ${heldBy}, which ${sayEnd(holder.state, holder.reason)}`;
}

const sayEnd = (state: EndState, reason: string | undefined): string =>
  `${state === 'failed' ? 'has failed' : `was ${state}`}${reason === undefined ? '' : `: ${reason}`}`;
