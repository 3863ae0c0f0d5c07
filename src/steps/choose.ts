/** The best of several by a metric: of those that have succeeded and measured it. */
import { isFields } from '../run/output-kinds.js';
import type { Json } from '../run/steps.js';
import { metricIn, notANumber } from '../run/retraining/metrics.js';
import { defineStep } from './define.js';
import { fail } from './failures.js';

/** An output that may be chosen, with its metrics; `null` in the place of one that did not succeed. */
export type Candidate = { readonly [field: string]: Json } | null;

export interface ChooseSpec {
  /** In the order of the list: of equals, the first is chosen. */
  readonly candidates: readonly Candidate[];
  /** The metric that decides. */
  readonly by: string;
  readonly highest: boolean;
}

/** The output that was chosen, with its place among the candidates and what it measured. */
export type Chosen = { readonly [field: string]: Json } & {
  readonly index: number;
  readonly value: number;
};

/** The best candidate; `null` when none has measured the metric. */
export function bestOf({ candidates, by, highest }: ChooseSpec): Chosen | null {
  let best: Chosen | null = null;
  for (const [index, candidate] of candidates.entries()) {
    const value = candidate === null ? null : metricIn(fieldsOf(candidate['metrics']), by);
    if (value === null) continue;
    if (best === null || (highest ? value > best.value : value < best.value))
      best = { ...candidate, index, value };
  }
  return best;
}

const fieldsOf = (metrics: Json | undefined): { readonly [metric: string]: Json } =>
  metrics !== undefined && isFields(metrics) ? metrics : {};

export const choose = defineStep<ChooseSpec, Chosen>({
  kind: 'choose',
  holds: { index: 'a number', value: 'a number' },
  judgesAhead: true,
  foretold: bestOf,
  perform: (_step, spec) => {
    const best = bestOf(spec);
    if (best !== null) return Promise.resolve(best);
    const { candidates, by } = spec;
    const succeeded = candidates.filter((candidate) => candidate !== null);
    const written = succeeded.map(({ metrics, notNumbers }) =>
      notANumber({ metrics: fieldsOf(metrics), notNumbers: fieldsOf(notNumbers) }, by),
    );
    const said = written.find((one) => one !== null) ?? null;
    throw fail({
      code: 'NOTHING_TO_CHOOSE_FROM',
      message: `of ${candidates.length} candidates, ${succeeded.length} have succeeded, and ${
        said === null ? `none of them has measured ${by}` : `of none is ${by} a number: of one, ${said}`
      }`,
    });
  },
});
