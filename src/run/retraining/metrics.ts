/** Metrics of a training, and what it wrote beside them that is no number. */

/** By name. */
export type Metrics = { readonly [metric: string]: number };

/** What a training measured. */
export type Measured = {
  readonly metrics: Metrics;
  /** What was written as the value of a metric and is no number, as it was written. Left out where there is none. */
  readonly notNumbers?: { readonly [metric: string]: string };
  /** How many values more the training wrote than are kept. Left out where all of them are. */
  readonly metricsLeftOut?: number;
};

/** The stat by which a training says which MLflow run holds its model. */
export const experimentRunStat = 'mlflow_run_id';

/** How many names a message has. */
const namedAtMost = 20;

/** A metric’s number; `null` where there is none. What a person has supplied may be of any kind. */
export function metricIn(metrics: Readonly<Record<string, unknown>>, name: string): number | null {
  const value = Object.hasOwn(metrics, name) ? metrics[name] : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** As somebody else may have written it. */
interface Written {
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly notNumbers?: Readonly<Record<string, unknown>> | undefined;
}

/** That a metric is no number, in words: `accuracy is "NaN", which is not a number`; `null` when that is not so. */
export function notANumber({ metrics, notNumbers = {} }: Written, name: string): string | null {
  const written = Object.hasOwn(notNumbers, name)
    ? notNumbers[name]
    : Object.hasOwn(metrics, name)
      ? metrics[name]
      : undefined;
  if (written === undefined || metricIn(metrics, name) !== null) return null;
  return `${name} is ${JSON.stringify(written)}, which is not a number`;
}

/** The names of metrics for a message, and how many more there are. */
export function namesIn({ metrics, metricsLeftOut = 0 }: Measured): string {
  const names = Object.keys(metrics);
  const more = names.length + metricsLeftOut - Math.min(names.length, namedAtMost);
  if (names.length + metricsLeftOut === 0) return 'none';
  return `${names.slice(0, namedAtMost).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The first metrics, those that are named before all others. */
export function firstMetrics(metrics: Metrics, named: readonly string[], most: number): Metrics {
  const names = Object.keys(metrics);
  if (names.length <= most) return metrics;
  const wanted = new Set(named);
  const first = [...names.filter((name) => wanted.has(name)), ...names.filter((name) => !wanted.has(name))];
  const chosen = new Set(first.slice(0, most));
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => chosen.has(name)));
}
