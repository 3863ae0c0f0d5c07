/** What samples are written to: Temporal's meter in workers, a registry of prom-client in servers and tests. */
import type { MetricMeter } from '@temporalio/common';
import type { Metric } from './metrics.js';

export type Labels = Readonly<Record<string, string>>;

/** Takes samples of the metrics of one table. */
export interface Instruments<Name extends string> {
  /** Of a counter. */
  add(name: Name, labels: Labels, by?: number): void;
  /** Of a gauge. */
  set(name: Name, labels: Labels, value: number): void;
  /** Of a histogram. */
  observe(name: Name, labels: Labels, value: number): void;
}

/** Temporal's meter, whose exporter serves them beside the SDK's own. Instruments are made with their first sample. */
export function createTemporalInstruments<Name extends string>(
  meter: Pick<MetricMeter, 'createCounter' | 'createGauge' | 'createHistogram'>,
  table: Readonly<Record<Name, Metric>>,
): Instruments<Name> {
  const known = <I>(create: (name: string, help: string) => I): ((name: Name) => I) => {
    const made = new Map<Name, I>();
    return (name) => {
      const instrument = made.get(name) ?? create(temporalNameOf(name), table[name].help);
      made.set(name, instrument);
      return instrument;
    };
  };
  const counter = known((name, help) => meter.createCounter(name, undefined, help));
  const gauge = known((name, help) => meter.createGauge(name, 'float', undefined, help));
  const histogram = known((name, help) => meter.createHistogram(name, 'float', undefined, help));
  return {
    add: (name, labels, by = 1) => counter(name).add(by, labels),
    set: (name, labels, value) => gauge(name).set(value, labels),
    observe: (name, labels, value) => histogram(name).record(value, labels),
  };
}

/** Temporal's exporter adds the suffix of counters by itself. */
const temporalNameOf = (name: string): string => name.replace(/_total$/, '');

/** The buckets of the table, as Temporal's runtime takes them. */
export const bucketsOf = (table: Readonly<Record<string, Metric>>): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(table).flatMap(([name, { buckets }]) =>
      buckets === undefined ? [] : [[name, [...buckets]]],
    ),
  );
