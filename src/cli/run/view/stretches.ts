/** Which steps of a run get a line of their own: of hundreds of items, those that have something to say. */
import type { Step } from '../../../run/steps.js';
import { itemOf } from '../../../steps/ends.js';

/** Steps in a row that are shown in one line, or one alone. */
export interface Stretch {
  readonly first: Step;
  readonly last: Step;
  readonly count: number;
}

/** More of them do not fit on a screen. */
const mostShown = 40;
/** Fewer in a row are as easily read one by one. */
const fewest = 4;

/** All steps in their order; items of a step that has very many are in one stretch where they stand alike. */
export function stretchesOf(steps: readonly Step[]): Stretch[] {
  const many = new Set(steps.filter(({ items = 0 }) => items > mostShown).map(({ name }) => name));
  const alike: [Step, ...Step[]][] = [];
  for (const step of steps) {
    const current = alike.at(-1);
    if (current !== undefined && isAlike(current[0], step, many)) current.push(step);
    else alike.push([step]);
  }
  return alike.flatMap((some) => (some.length < fewest ? some.map(alone) : [stretchOf(some)]));
}

const alone = (step: Step): Stretch => ({ first: step, last: step, count: 1 });

const stretchOf = (some: readonly [Step, ...Step[]]): Stretch => ({
  ...{ first: some[0], last: some.at(-1) ?? some[0], count: some.length },
});

function isAlike(one: Step, other: Step, many: ReadonlySet<string>): boolean {
  const of = itemOf(other.name)?.step;
  if (of === undefined || !many.has(of) || itemOf(one.name)?.step !== of) return false;
  return one.state.status === other.state.status && quiet.includes(one.state.status);
}

/** Nobody has to do anything about them, and nothing goes on. */
const quiet: readonly Step['state']['status'][] = ['pending', 'reused', 'succeeded', 'skipped', 'cancelled'];
