/** Gates: a model’s metrics beside what they must reach. */
import { type Condition, readCondition } from './condition.js';
import type { Failure } from '../failures/errors.js';
import { type Measured, type Metrics, metricIn, namesIn, notANumber } from './metrics.js';

/** What one condition came to. `bound` is null where there was nothing to compare with. */
export type Verdict = {
  readonly condition: string;
  readonly value: number | null;
  readonly bound: number | null;
  readonly holds: boolean;
};

/** Takes a condition apart; `null` when it is not one. */
export function parseCondition(text: string): Condition | null {
  const read = readCondition(text);
  return read.ok ? read.value : null;
}

/** The metrics that conditions name. */
export const metricsNamed = (texts: readonly string[]): string[] =>
  texts.flatMap((text) => parseCondition(text)?.metric ?? []);

/**
 * Judges metrics by conditions. A missing metric never holds. A condition on the baseline holds when there is
 * none, for the first model of a kind has nothing to beat; it does not hold when the baseline lacks the metric.
 */
export function judge(
  conditions: readonly Condition[],
  metrics: Metrics,
  baseline: Metrics | null,
): Verdict[] {
  return conditions.map((condition) => {
    const value = metricIn(metrics, condition.metric);
    const bound = boundOf(condition, baseline);
    const unopposed = bound === null && baseline === null;
    const holds =
      value !== null && (unopposed || (bound !== null && compare(value, condition.operator, bound)));
    return { condition: condition.text, value, bound, holds };
  });
}

/** What a gate decides: its verdicts and, when they refuse the model, why. */
export function judgeGate(
  texts: readonly string[],
  measured: Measured,
  baseline: Measured | null,
): { readonly verdicts: readonly Verdict[]; readonly failure: Failure | null } {
  const conditions = texts.map(parseCondition).filter((one): one is Condition => one !== null);
  const verdicts = judge(conditions, measured.metrics, baseline?.metrics ?? null);
  const missing = conditions.filter((_, index) => verdicts[index]?.value === null);
  const unknown = conditions.filter((_, index) => verdicts[index]?.bound === null && !verdicts[index].holds);
  const failure = unmeasured(measured, missing) ?? unknownBaseline(baseline, unknown) ?? refusalOf(verdicts);
  return { verdicts, failure };
}

/** A metric, and what it is needed for as a message names it. */
type Needed = Pick<Condition, 'metric' | 'text'>;

/** Why metrics are missing in what the training wrote; `null` when none is. */
export function unmeasured(measured: Measured, missing: readonly Needed[]): Failure | null {
  if (missing.length === 0) return null;
  const message = sayNotNumbers(measured, missing);
  if (message !== null) return { code: 'METRIC_NOT_A_NUMBER', message };
  return {
    code: 'METRIC_MISSING',
    message: `no metric for ${textsOf(missing)}; the training wrote ${namesIn(measured)}`,
  };
}

function unknownBaseline(baseline: Measured | null, missing: readonly Needed[]): Failure | null {
  if (baseline === null || missing.length === 0) return null;
  const said = sayNotNumbers(baseline, missing);
  const message =
    said === null ? `the live model has no metric for ${textsOf(missing)}` : `of the live model, ${said}`;
  return { code: 'BASELINE_UNKNOWN', message };
}

const textsOf = (needed: readonly Needed[]): string => needed.map(({ text }) => text).join(', ');

function sayNotNumbers(measured: Measured, needed: readonly Needed[]): string | null {
  const said = needed.flatMap(({ metric }) => notANumber(measured, metric) ?? []);
  return said.length === 0 ? null : [...new Set(said)].join('; ');
}

function refusalOf(verdicts: readonly Verdict[]): Failure | null {
  const refused = verdicts.filter(({ holds }) => !holds);
  if (refused.length === 0) return null;
  const message = refused
    .map(({ condition, value, bound }) => `${condition} does not hold: ${value} against ${bound}`)
    .join('; ');
  return { code: 'GATE_REFUSED', message };
}

function boundOf({ metric, bound }: Condition, baseline: Metrics | null): number | null {
  if ('value' in bound) return bound.value;
  const reference = baseline === null ? null : metricIn(baseline, metric);
  return reference === null ? null : reference * (bound.baselineFactor ?? 1) + bound.baselineOffset;
}

function compare(value: number, operator: Condition['operator'], bound: number): boolean {
  switch (operator) {
    case '>=':
      return value >= bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '<':
      return value < bound;
  }
}
