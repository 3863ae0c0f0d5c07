/** What the items of a step have come to, together. */
import { isCancellation, patched } from '@temporalio/workflow';
import type { Failure } from '../../run/failures/errors.js';
import type { Json } from '../../run/steps.js';
import { type ItemEnd, itemsValue } from '../../pipelines/document/scope.js';
import { endsRun, failureOf } from '../../steps/failures.js';
import type { Settled } from './items.js';
import type { StepStates } from './step-states.js';

export interface Collecting {
  readonly items: readonly Json[];
  /** By item: `undefined` of one that was not begun. */
  readonly settled: readonly Settled<Json>[];
  /** Whether the failure of some is none of the step. */
  readonly continues: boolean;
  /** How often an item was made. */
  triesOf(index: number): number;
}

/** An output; a failure; or `null` where items were given up or not begun, for the run comes to its end. */
export type Collected =
  { readonly output: Json; readonly counts: Json } | { readonly failure: Failure } | null;

export function collect({ items, settled, continues, triesOf }: Collecting): Collected {
  if (settled.some((one) => one !== undefined && 'error' in one && isCancellation(one.error))) return null;
  const failed = settled.flatMap((one, index) => {
    const failure = one !== undefined && 'error' in one ? failureOf(one.error) : null;
    return failure === null ? [] : [{ index, failure }];
  });
  // What has ended the run is told before what had failed by itself.
  const first = failed.find(({ failure }) => endsRun(failure)) ?? failed[0];
  const isWhole = settled.every((one) => one !== undefined);
  if (
    first !== undefined &&
    (!continues || failed.some(({ failure }) => endsRun(failure)) || failed.length === items.length)
  )
    return { failure: { ...first.failure, message: sayFirst(items, failed.length, first) } };
  if (!isWhole) return null;
  const ends = items.map((item, index): ItemEnd => {
    const one = settled[index];
    const output = one !== undefined && 'value' in one ? one.value : null;
    const state = output === null ? 'failed' : 'succeeded';
    return { state, output, item, tries: triesOf(index) };
  });
  const counts = { succeeded: ends.length - failed.length, failed: failed.length };
  return { output: itemsValue('succeeded', ends), counts };
}

function sayFirst(
  items: readonly Json[],
  count: number,
  { index, failure }: { readonly index: number; readonly failure: Failure },
): string {
  const which = `item ${index} (${JSON.stringify(items[index] ?? null).slice(0, 100)})`;
  const others = count === 1 ? '' : `${count} of ${items.length} items failed; `;
  return `${others}${which}: ${failure.message}`;
}

/**
 * Whether an item has failed that its step goes on without: what it may have made is undone. Runs of a version before have
 * left it, as their histories say.
 */
// replay-tested: 2026-11-30
export function hasFailedItem(states: Pick<StepStates, 'all'>): boolean {
  const hasFailed = states.all().some(({ item, state }) => item !== undefined && state.status === 'failed');
  if (hasFailed && patched('failed-items-undone')) return true;
  else return false;
}
