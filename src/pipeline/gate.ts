/** Gate conditions: `accuracy >= 0.9`, `accuracy >= baseline`, `log_loss <= baseline + 0.02`. */
import type { Failure } from './errors.js';

const pattern =
  /^\s*([A-Za-z_][\w./@-]*)\s*(>=|<=|>|<)\s*(?:(baseline)(?:\s*([+-])\s*(\d+(?:\.\d+)?))?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?))\s*$/;

/** A condition, taken apart. `offset` is added to the baseline. */
export interface Condition {
  readonly text: string;
  readonly metric: string;
  readonly operator: '>=' | '<=' | '>' | '<';
  readonly bound: { readonly value: number } | { readonly baselineOffset: number };
}

/** What one condition came to. `bound` is null where there was nothing to compare with. */
export type Verdict = {
  readonly condition: string;
  readonly value: number | null;
  readonly bound: number | null;
  readonly holds: boolean;
};

/** Takes a condition apart; `null` when it is not one. */
export function parseCondition(text: string): Condition | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const [, metric = '', operator = '', baseline, sign, offset, value] = match;
  return {
    text: text.trim(),
    metric,
    operator: operator as Condition['operator'], // the pattern admits these four only
    bound:
      baseline === undefined
        ? { value: Number(value) }
        : { baselineOffset: offset === undefined ? 0 : Number(`${sign ?? '+'}${offset}`) },
  };
}

/**
 * Judges metrics by conditions. A missing metric never holds. A condition on the baseline holds when there is
 * none, for the first model of a kind has nothing to beat; it does not hold when the baseline lacks the metric.
 */
export function judge(
  conditions: readonly Condition[],
  metrics: Readonly<Record<string, number>>,
  baseline: Readonly<Record<string, number>> | null,
): Verdict[] {
  return conditions.map((condition) => {
    const value = metrics[condition.metric] ?? null;
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
  metrics: Readonly<Record<string, number>>,
  baseline: Readonly<Record<string, number>> | null,
): { readonly verdicts: readonly Verdict[]; readonly failure: Failure | null } {
  const conditions = texts.map(parseCondition).filter((one): one is Condition => one !== null);
  const verdicts = judge(conditions, metrics, baseline);
  return { verdicts, failure: refusalOf(verdicts, metrics) };
}

function refusalOf(verdicts: readonly Verdict[], metrics: Readonly<Record<string, number>>): Failure | null {
  const missing = verdicts.filter(({ value }) => value === null);
  if (missing.length > 0)
    return {
      code: 'METRIC_MISSING',
      message: `no metric for ${conditionsOf(missing)}; the training wrote ${Object.keys(metrics).join(', ') || 'none'}`,
    };
  const refused = verdicts.filter(({ holds }) => !holds);
  const unknown = refused.filter(({ bound }) => bound === null);
  if (unknown.length > 0)
    return {
      code: 'BASELINE_UNKNOWN',
      message: `the live model has no metric for ${conditionsOf(unknown)}`,
    };
  if (refused.length === 0) return null;
  const message = refused
    .map(({ condition, value, bound }) => `${condition} does not hold: ${value} against ${bound}`)
    .join('; ');
  return { code: 'GATE_REFUSED', message };
}

const conditionsOf = (verdicts: readonly Verdict[]): string =>
  verdicts.map(({ condition }) => condition).join(', ');

function boundOf(condition: Condition, baseline: Readonly<Record<string, number>> | null): number | null {
  if ('value' in condition.bound) return condition.bound.value;
  const reference = baseline?.[condition.metric];
  return reference === undefined ? null : reference + condition.bound.baselineOffset;
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
