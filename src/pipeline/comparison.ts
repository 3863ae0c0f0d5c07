/** Whether a new model is better than the live one, by one metric. */
import type { LiveModel } from './effects.js';
import type { Failure } from './errors.js';
import type { Compare } from './retrain-input.js';
import type { Comparison } from './retraining.js';

type Metrics = Readonly<Record<string, number>>;

/** Why there is nothing to compare by; `null` when there is. */
export function missingMetric({ metric }: Compare, metrics: Metrics): Failure | null {
  if (metrics[metric] !== undefined) return null;
  const wrote = Object.keys(metrics).join(', ') || 'none';
  return {
    code: 'METRIC_MISSING',
    message: `no metric ${metric} to compare by; the training wrote ${wrote}`,
  };
}

/** The comparison, or why the live model does not allow one. */
export function compareMetrics(
  { metric, better, margin = 0, tolerance = 0 }: Compare,
  metrics: Metrics,
  live: LiveModel | null,
): Comparison | Failure {
  const value = metrics[metric] ?? Number.NaN;
  if (live === null) return { metric, value, live: null, bound: null, better: true, liveVersion: null };
  const reference = live.metrics[metric];
  if (reference === undefined)
    return { code: 'BASELINE_UNKNOWN', message: `the live model has no metric ${metric}` };
  const up = better === 'higher';
  const bound = up ? reference + margin - tolerance : reference - margin + tolerance;
  const isAsGood = up ? value >= bound : value <= bound;
  // Without a tolerance, as good as the live model is not better than it.
  const isEnough = isAsGood && (tolerance > 0 || margin > 0 || value !== reference);
  const liveVersion = { model: live.model, version: live.modelVersion };
  return { metric, value, live: reference, bound, better: isEnough, liveVersion };
}
