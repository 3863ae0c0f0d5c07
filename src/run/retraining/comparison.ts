/** Whether a new model is better than the live one, by one metric. */
import { readMetricName } from './condition.js';
import type { LiveModel } from '../undoing/effects.js';
import type { Failure } from '../failures/errors.js';
import { unmeasured } from './gate.js';
import { type Measured, metricIn, notANumber } from './metrics.js';
import type { Compare } from '../inputs/retrain-input.js';
import type { Comparison } from './retraining.js';

/** The name of the metric that is compared; in the input it may stand in quotes. */
export function metricOf({ metric }: Pick<Compare, 'metric'>): string {
  const read = readMetricName(metric);
  return read.ok ? read.value : metric;
}

/** Why there is nothing to compare by; `null` when there is. */
export function missingMetric(spec: Compare, measured: Measured): Failure | null {
  const metric = metricOf(spec);
  const needed = { metric, text: `the comparison by ${metric}` };
  return metricIn(measured.metrics, metric) === null ? unmeasured(measured, [needed]) : null;
}

/** The comparison, or why the live model does not allow one. */
export function compareMetrics(
  spec: Compare,
  { metrics }: Measured,
  live: LiveModel | null,
): Comparison | Failure {
  const { better, margin = 0, tolerance = 0 } = spec;
  const metric = metricOf(spec);
  const value = metricIn(metrics, metric) ?? Number.NaN;
  if (live === null) return { metric, value, live: null, bound: null, better: true, liveVersion: null };
  const reference = metricIn(live.metrics, metric);
  if (reference === null) {
    const said = notANumber(live, metric);
    const message = said === null ? `the live model has no metric ${metric}` : `of the live model, ${said}`;
    return { code: 'BASELINE_UNKNOWN', message };
  }
  const up = better === 'higher';
  const bound = up ? reference + margin - tolerance : reference - margin + tolerance;
  const isAsGood = up ? value >= bound : value <= bound;
  // Without a tolerance, as good as the live model is not better than it.
  const isEnough = isAsGood && (tolerance > 0 || margin > 0 || value !== reference);
  const liveVersion = { model: live.model, version: live.modelVersion };
  return { metric, value, live: reference, bound, better: isEnough, liveVersion };
}
