/**
 * Every metric of the product, in one table: the processes that export it, its labels, and how its samples are put together
 * over processes. `docs/reference/metrics.md`, the dashboard and the alert rules are checked against it.
 */

/** One metric. Names follow Prometheus: the unit at the end, and `_total` where it only counts up. */
export interface Metric {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Their values come from the configuration, from tables in the code, or are bounded (`createMeters`). */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
  /**
   * How samples of several processes become one. `sum`: each process counts what it did itself. `max`, `min`: each process
   * tells the same of the whole fleet, so a sum would be wrong.
   */
  readonly over: 'sum' | 'max' | 'min';
}

const long = [1, 10, 60, 300, 900, 3_600, 14_400, 43_200, 172_800] as const;

/** Exported by workers, at `worker.metricsAddress`, beside those of Temporal's SDK. */
export const workerMetrics = {
  longhaul_runs_ended_total: {
    kind: 'counter',
    labels: ['pipeline', 'status', 'code'],
    over: 'sum',
    help: 'Runs that ended, by how and by the code of the failure (`none` for a success). Terminated runs are not counted.',
  },
  longhaul_run_duration_seconds: {
    kind: 'histogram',
    labels: ['pipeline', 'status'],
    buckets: long,
    over: 'sum',
    help: 'Time from the start of an attempt of a run to its end.',
  },
  longhaul_step_duration_seconds: {
    kind: 'histogram',
    labels: ['pipeline', 'step', 'status'],
    buckets: long,
    over: 'sum',
    help: 'Time from the start of a step to its end, time in which it was parked included. Items of a step count under its name.',
  },
  longhaul_steps_parked_total: {
    kind: 'counter',
    labels: ['pipeline', 'step', 'code'],
    over: 'sum',
    help: 'Steps that parked, by the code of the failure.',
  },
  longhaul_schedule_ticks_total: {
    kind: 'counter',
    labels: ['pipeline', 'decision'],
    over: 'sum',
    help: 'Ticks of schedules: `started` for each run of a schedule, and what a retraining then decided (`retrain`, `skip`, `undecided`, `busy`).',
  },
  longhaul_looks_total: {
    kind: 'counter',
    labels: ['connection', 'effect', 'outcome'],
    over: 'sum',
    help: 'Looks of waits at a platform: `waiting` (not ended yet), `ended`, or `failed` (no usable answer).',
  },
  longhaul_last_look_timestamp_seconds: {
    kind: 'gauge',
    labels: ['connection'],
    over: 'max',
    help: 'When a look of this process was last answered.',
  },
  longhaul_end_to_seen_seconds: {
    kind: 'histogram',
    labels: ['connection', 'object'],
    buckets: [1, 2, 5, 10, 15, 30, 60, 120, 300, 900],
    over: 'sum',
    help: 'Time from the end of an object, as the platform states it, to the look that saw it.',
  },
  longhaul_lookout_waits: {
    kind: 'gauge',
    labels: ['connection'],
    over: 'sum',
    help: 'Waits that lookouts of this process watch.',
  },
  longhaul_lookouts: {
    kind: 'gauge',
    labels: ['connection'],
    over: 'sum',
    help: 'Lookouts in this process: one for each project that is waited for, more where it has shards.',
  },
  longhaul_lookout_interval_seconds: {
    kind: 'gauge',
    labels: ['connection'],
    over: 'max',
    help: 'The longest time between two looks of a lookout of this process.',
  },
  longhaul_lookout_oldest_look_timestamp_seconds: {
    kind: 'gauge',
    labels: ['connection'],
    over: 'min',
    help: 'When the wait was looked at whose last look is the oldest; 0 where nothing is waited for.',
  },
  longhaul_platform_requests_total: {
    kind: 'counter',
    labels: ['connection', 'endpoint', 'status'],
    over: 'sum',
    help: 'Requests to a platform, by endpoint of the contract and HTTP status, `not-sent` or `broken` (no whole answer).',
  },
  longhaul_platform_request_duration_seconds: {
    kind: 'histogram',
    labels: ['connection', 'method'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    over: 'sum',
    help: 'Time from sending a request to a platform to its whole answer. Waiting for its turn is not part of it.',
  },
  longhaul_rate_tokens_total: {
    kind: 'counter',
    labels: ['connection', 'use'],
    over: 'sum',
    help: 'Tokens taken from the rate of a connection (`requestsPerSecond`), one for each request, of an `effect` or a `wait`.',
  },
  longhaul_throttled_seconds_total: {
    kind: 'counter',
    labels: ['connection'],
    over: 'max',
    help: 'Time in which nothing was sent because the platform had asked for it (`Retry-After`). All workers are told.',
  },
  longhaul_connection_refused: {
    kind: 'gauge',
    labels: ['connection'],
    over: 'max',
    help: '1 while the platform refuses the credential of the connection, else 0. All workers are told.',
  },
  longhaul_deliveries_total: {
    kind: 'counter',
    labels: ['receiver', 'outcome'],
    over: 'sum',
    help: 'Tries to deliver an event: `delivered`, `failed` (tried again later) or `given-up`.',
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** Exported by servers, at `/metrics`. What begins with “Fleet:” is read from Temporal, and each server tells the same. */
export const serverMetrics = {
  longhaul_http_request_duration_seconds: {
    kind: 'histogram',
    labels: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30],
    over: 'sum',
    help: 'Time to the answer; of streams, to their end.',
  },
  longhaul_triggers_total: {
    kind: 'counter',
    labels: ['pipeline', 'outcome'],
    over: 'sum',
    help: 'Runs that callers started, and those that their key had started before.',
  },
  longhaul_followers: {
    kind: 'gauge',
    labels: [],
    over: 'sum',
    help: 'Streams and waiting callers now.',
  },
  longhaul_temporal_reachable: {
    kind: 'gauge',
    labels: [],
    over: 'min',
    help: '1 if Temporal answered when the fleet was last counted, else 0; then the other fleet metrics are missing.',
  },
  longhaul_runs: {
    kind: 'gauge',
    labels: ['pipeline', 'status'],
    over: 'max',
    help: 'Fleet: runs that are open, by state: `running`, or `parked` (also while other steps go on).',
  },
  longhaul_runs_parked: {
    kind: 'gauge',
    labels: ['code'],
    over: 'max',
    help: 'Fleet: parked runs by the code of the failure.',
  },
  longhaul_approvals_pending: {
    kind: 'gauge',
    labels: [],
    over: 'max',
    help: 'Fleet: runs that wait for an approval.',
  },
  longhaul_deliveries_open: {
    kind: 'gauge',
    labels: [],
    over: 'max',
    help: 'Fleet: events that are not delivered yet.',
  },
  longhaul_workers: {
    kind: 'gauge',
    labels: ['queue'],
    over: 'max',
    help: 'Fleet: workers that have asked for tasks of a queue within the last two minutes.',
  },
  longhaul_queue_backlog: {
    kind: 'gauge',
    labels: ['queue'],
    over: 'max',
    help: 'Fleet: tasks of a queue that wait for a worker, approximately.',
  },
  longhaul_queue_backlog_age_seconds: {
    kind: 'gauge',
    labels: ['queue'],
    over: 'max',
    help: 'Fleet: how long the oldest task of a queue has waited for a worker, approximately.',
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** All of them. */
export const productMetrics: Readonly<Record<string, Metric>> = { ...workerMetrics, ...serverMetrics };

/**
 * Metrics of others that the dashboard and the rules use: Temporal's SDK in workers, prom-client's defaults in servers, and
 * Prometheus itself.
 */
export const foreignMetrics = [
  'temporal_request_failure_total',
  'temporal_workflow_task_execution_failed_total',
  'temporal_workflow_task_schedule_to_start_latency_seconds',
  'nodejs_eventloop_lag_p99_seconds',
  'process_resident_memory_bytes',
  'up',
] as const;

/** The names under which a metric appears in queries: a histogram is three series. */
export const seriesOf = (name: string, { kind }: Pick<Metric, 'kind'>): readonly string[] =>
  kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
