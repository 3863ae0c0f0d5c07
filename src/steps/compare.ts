/** The new model beside the live one: whether it is better. */
import { compareMetrics, missingMetric } from '../run/retraining/comparison.js';
import type { LiveModel } from '../run/undoing/effects.js';
import type { Failure } from '../run/failures/errors.js';
import type { Measured } from '../run/retraining/metrics.js';
import type { Compare } from '../run/inputs/retrain-input.js';
import type { Comparison } from '../run/retraining/retraining.js';
import { defineStep } from './define.js';
import { fail } from './failures.js';

/** The live model of a model API, and what of its metrics is kept before all else. */
export interface LiveModelSpec {
  readonly project: string;
  readonly modelApi: string;
  readonly metrics: readonly string[];
}

export interface CompareSpec {
  readonly by: Compare;
  readonly measured: Measured;
  readonly live: LiveModelSpec;
}

/** Compares by one metric. Without a live model there is nothing to beat. */
export const comparisonOf = ({ by, measured }: CompareSpec, live: LiveModel | null): Comparison | Failure =>
  missingMetric(by, measured) ?? compareMetrics(by, measured, live);

export const compare = defineStep<CompareSpec, Comparison>({
  kind: 'compare',
  holds: { better: 'true or false' },
  holdsBack: true,
  goesOnIf: 'the new model is better',
  madeFrom: ({ by, live: { project, modelApi } }) => ({ by, project, modelApi }),
  ends: (comparison) =>
    comparison.better ? null : { outcome: 'not-better', conclusion: sayComparison(comparison) },
  perform: async ({ effect, effects }, spec) => {
    const missing = missingMetric(spec.by, spec.measured);
    if (missing !== null) throw fail(missing);
    const live = await effects.getLiveModel({ connection: effect.connection, ...spec.live });
    const compared = comparisonOf(spec, live);
    if ('code' in compared) throw fail(compared);
    return compared;
  },
});

/** In one line. */
function sayComparison({ metric, value, live, bound }: Comparison): string {
  return `${metric} ${value} against ${live ?? 'nothing'} of the live model${bound === live ? '' : ` (needed ${bound ?? 0})`}`;
}
