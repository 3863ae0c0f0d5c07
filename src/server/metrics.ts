/** What Prometheus reads of a server. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export interface ServerMetrics {
  answered(request: { method: string; route: string; status: number; seconds: number }): void;
  triggered(trigger: { pipeline: string; outcome: 'created' | 'existing' }): void;
  readonly contentType: string;
  read(): Promise<string>;
}

/** A registry of its own, so that two servers in one process do not share one. */
export function createMetrics({ followers }: { readonly followers: () => number }): ServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const seconds = new Histogram({
    name: 'longhaul_http_request_duration_seconds',
    help: 'Time to the answer; of streams, to their end.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30],
    registers,
  });
  const triggers = new Counter({
    name: 'longhaul_triggers_total',
    help: 'Runs that callers started, and those that their key had started before.',
    labelNames: ['pipeline', 'outcome'],
    registers,
  });
  new Gauge({
    name: 'longhaul_followers',
    help: 'Streams and waiting callers now.',
    registers,
    collect() {
      this.set(followers());
    },
  });
  return {
    answered: ({ method, route, status, seconds: took }) => seconds.observe({ method, route, status }, took),
    triggered: (labels) => triggers.inc(labels),
    contentType: registry.contentType,
    read: () => registry.metrics(),
  };
}
