/** The metrics of the whole fleet. Every server tells the same, so dashboards take their maximum and never their sum. */
import type { Fleet, FleetCounts, FleetScope } from '../client/fleet.js';
import type { Logger } from '../observability/logger.js';
import type { serverMetrics } from '../observability/metrics.js';
import type { MetricRegistry } from '../observability/registry.js';

/** Sets the metrics of the fleet as it stands now. */
export type MeterFleet = (metrics: MetricRegistry<keyof typeof serverMetrics>) => Promise<void>;

/** How long counts are used. Each costs Temporal some requests. */
const staleAfterMs = 15_000;

interface FleetOptions {
  readonly fleet: Fleet;
  readonly scope: FleetScope;
  readonly logger: Pick<Logger, 'warn'>;
  /** Milliseconds of a clock that nobody sets. */
  readonly now?: () => number;
}

/** Counts when it is asked, unless that was done a moment ago. What cannot be counted is left out, never told from memory. */
export function createFleetMetrics({
  fleet,
  scope,
  logger,
  now = () => performance.now(),
}: FleetOptions): MeterFleet {
  let counted = { atMs: -Infinity, done: Promise.resolve() };
  const count = async (metrics: Parameters<MeterFleet>[0]): Promise<void> => {
    const counts = await fleet.count(scope).catch((error: unknown) => {
      logger.warn({ err: error }, 'the fleet could not be counted for the metrics');
      return null;
    });
    for (const name of names) metrics.reset(name);
    metrics.set('longhaul_temporal_reachable', {}, counts === null ? 0 : 1);
    if (counts !== null) show(metrics, counts);
  };
  return (metrics) => {
    if (now() - counted.atMs > staleAfterMs) counted = { atMs: now(), done: count(metrics) };
    return counted.done;
  };
}

const names = [
  'longhaul_runs',
  'longhaul_runs_parked',
  'longhaul_approvals_pending',
  'longhaul_deliveries_open',
  'longhaul_workers',
  'longhaul_queue_backlog',
  'longhaul_queue_backlog_age_seconds',
] as const;

function show(
  { set }: MetricRegistry<keyof typeof serverMetrics>,
  { runs, parked, approvals, deliveries, queues }: FleetCounts,
): void {
  for (const { pipeline, status, count } of runs) set('longhaul_runs', { pipeline, status }, count);
  for (const [code, count] of Object.entries(parked)) set('longhaul_runs_parked', { code }, count);
  set('longhaul_approvals_pending', {}, approvals);
  set('longhaul_deliveries_open', {}, deliveries);
  for (const { queue, workers, backlog } of queues) {
    set('longhaul_workers', { queue }, workers);
    if (backlog === null) continue;
    set('longhaul_queue_backlog', { queue }, backlog.tasks);
    set('longhaul_queue_backlog_age_seconds', { queue }, backlog.oldestMs / 1_000);
  }
}
