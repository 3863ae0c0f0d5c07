/** A registry of prom-client with the metrics of one table. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Instruments } from './instruments.js';
import type { Metric } from './metrics.js';

export interface MetricRegistry<Name extends string> extends Instruments<Name> {
  /** Forgets every sample of a gauge, before it is set anew. */
  reset(name: Name): void;
  readonly registry: Registry;
}

/** A registry of its own, so that two servers in one process do not share one. */
export function createRegistry<Name extends string>(
  table: Readonly<Record<Name, Metric>>,
): MetricRegistry<Name> {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [name, metric] of Object.entries<Metric>(table)) {
    const options = { name, help: metric.help, labelNames: [...metric.labels], registers: [registry] };
    switch (metric.kind) {
      case 'counter':
        counters.set(name, new Counter(options));
        break;
      case 'gauge':
        gauges.set(name, new Gauge(options));
        break;
      case 'histogram':
        histograms.set(name, new Histogram({ ...options, buckets: [...(metric.buckets ?? [])] }));
    }
  }
  return {
    registry,
    add: (name, labels, by = 1) => counters.get(name)?.inc(labels, by),
    set: (name, labels, value) => gauges.get(name)?.set(labels, value),
    observe: (name, labels, value) => histograms.get(name)?.observe(labels, value),
    // One without labels would be set to 0.
    reset: (name) =>
      table[name].labels.length === 0 ? gauges.get(name)?.remove() : gauges.get(name)?.reset(),
  };
}
