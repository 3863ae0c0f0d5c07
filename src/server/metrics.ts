/** What Prometheus reads of a server: its own requests, and the fleet as Temporal counts it. */
import { collectDefaultMetrics } from 'prom-client';
import { serverMetrics } from '../observability/metrics.js';
import { createRegistry } from '../observability/registry.js';
import type { MeterFleet } from './fleet-metrics.js';

export interface ServerMetrics {
  answered(request: { method: string; route: string; status: number; seconds: number }): void;
  triggered(trigger: { pipeline: string; outcome: 'created' | 'existing' }): void;
  readonly contentType: string;
  read(): Promise<string>;
}

interface MetricsOptions {
  readonly followers: () => number;
  /** Brings the counts of the fleet up to date. */
  readonly meterFleet: MeterFleet;
}

export function createMetrics({ followers, meterFleet }: MetricsOptions): ServerMetrics {
  const metrics = createRegistry(serverMetrics);
  const { registry } = metrics;
  collectDefaultMetrics({ register: registry });
  return {
    answered: ({ method, route, status, seconds }) =>
      metrics.observe(
        'longhaul_http_request_duration_seconds',
        { method, route, status: String(status) },
        seconds,
      ),
    triggered: (labels) => metrics.add('longhaul_triggers_total', labels),
    contentType: registry.contentType,
    read: async () => {
      metrics.set('longhaul_followers', {}, followers());
      await meterFleet(metrics);
      return registry.metrics();
    },
  };
}
