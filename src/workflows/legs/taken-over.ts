/** What a leg takes over from the one before: what has ended, and what has begun. */
import type { OpenDeed } from '../../run/legs.js';
import type { Json, Step } from '../../run/steps.js';
import { itemOf } from '../../steps/ends.js';
import { fail } from '../../steps/failures.js';
import { collect } from '../kernel/collected.js';
import type { Deed } from '../kernel/deed.js';
import type { Settled } from '../kernel/items.js';
import { Journal } from './journal.js';

/** What has become of a step or an item; `undefined` where it has not ended. */
export function settledOf({ state }: Step): Settled<Json> {
  switch (state.status) {
    case 'succeeded':
    case 'reused':
      return { value: state.output };
    case 'skipped':
      return { value: state.output ?? null };
    case 'failed':
      return { error: fail(state.failure) };
    case 'cancelled':
    case 'parked':
    case 'pending':
    case 'running':
    case 'waiting':
      return undefined;
  }
}

/** The items of a step that have begun, in order. */
export const itemsIn = (steps: readonly Step[], name: string): Step[] =>
  steps.filter((step) => itemOf(step.name)?.step === name);

/** What the steps that have ended have come to, for those who read it: `null` where a run goes on without it. */
export function outputsOf(steps: readonly Step[]): Map<string, Json> {
  const outputs = new Map<string, Json>();
  for (const step of steps) {
    const settled = itemOf(step.name) === null ? settledOf(step) : undefined;
    if (settled !== undefined)
      outputs.set(step.name, 'value' in settled ? outputIn(steps, step, settled.value) : null);
  }
  return outputs;
}

/** Of one that was done for each item, the output is in its items. */
function outputIn(steps: readonly Step[], { name, items, state }: Step, output: Json): Json {
  if (items === undefined || state.status !== 'succeeded') return output;
  const own = itemsIn(steps, name);
  const collected = collect({
    items: own.map(({ item = null }) => item),
    settled: own.map(settledOf),
    continues: true,
    triesOf: (index) => own[index]?.generation ?? 1,
  });
  return collected !== null && 'output' in collected ? collected.output : output;
}

/** The deed as it stood. */
export const deedAsBefore = (deed: Deed, { stage, ...before }: OpenDeed): Deed => ({
  ...{ ...deed, leftMs: undefined, ...before },
  stage: stage.at === 'performing' ? { at: stage.at, journal: new Journal(stage.journal) } : stage,
});
