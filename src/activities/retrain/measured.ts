/** The stats of a job, as the platform has them: its metrics, as far as they are numbers, and within bounds. */
import { longestMetricName } from '../../run/retraining/condition.js';
import { type Measured, experimentRunStat } from '../../run/retraining/metrics.js';

/** Bounds of what goes into Temporal’s history, in which the same metrics stand several times. */
const most = {
  numbers: 1_000,
  numberBytes: 32_768,
  others: 50,
  otherBytes: 8_192,
  otherLength: 100,
} as const;

/** Of one item of many, what is not named: five hundred of them are kept by one run. */
const mostOfItem = { count: 30, bytes: 1_024 } as const;

interface Stat {
  readonly name: string;
  readonly value: string;
}

/** A decimal number, with an exponent or without; `null` for any other text: `NaN`, `0x10`, `0,93`, `1_000`. */
export function decimalIn(text: string): number | null {
  if (!/^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/**
 * Takes stats apart. Of more than are kept, the named ones are first, then the others in their order. `redact` takes secrets
 * out of what is kept: a training may write anything.
 */
export function measuredOf(
  stats: readonly Stat[],
  redact: (text: string) => string,
  named: readonly string[] = [],
  { isItem = false } = {},
): Measured {
  const written = new Map(stats.map(({ name, value }) => [name, value]));
  written.delete(experimentRunStat);
  const numbers = new Map<string, number>();
  const others = new Map<string, string>();
  for (const [name, value] of written) {
    const number = decimalIn(value);
    if (number === null)
      others.set(name, value.slice(0, most.otherLength)); // masked below, as a whole
    else numbers.set(name, number);
  }
  const rest = isItem ? mostOfItem : undefined;
  const kept = within(numbers, named, { count: most.numbers, bytes: most.numberBytes, rest });
  const keptOthers = within(others, named, { count: most.others, bytes: most.otherBytes, rest });
  const leftOut = written.size - kept.size - keptOthers.size;
  return {
    metrics: Object.fromEntries([...kept].map(([name, number]) => [redact(name), number])),
    ...(keptOthers.size > 0 && {
      notNumbers: Object.fromEntries(
        [...keptOthers.keys()].map((name) => [
          redact(name),
          redact(written.get(name) ?? '').slice(0, most.otherLength),
        ]),
      ),
    }),
    ...(leftOut > 0 && { metricsLeftOut: leftOut }),
  };
}

interface Bounds {
  readonly count: number;
  readonly bytes: number;
}

/** Those that fit, in the order in which they were. What is not named may have bounds of its own. */
function within<T>(
  values: ReadonlyMap<string, T>,
  named: readonly string[],
  { rest, ...bounds }: Bounds & { readonly rest: Bounds | undefined },
): Map<string, T> {
  const chosen = new Set<string>();
  const wanted = new Set(named);
  let bytes = 0;
  for (const name of new Set([...named, ...values.keys()])) {
    if (!values.has(name) || name.length > longestMetricName) continue;
    bytes += Buffer.byteLength(JSON.stringify([name, values.get(name)]));
    const most = wanted.has(name) ? bounds : (rest ?? bounds);
    if (chosen.size >= most.count || bytes > most.bytes) break;
    chosen.add(name);
  }
  return new Map([...values].filter(([name]) => chosen.has(name)));
}
