/** What the parts of a worker report, as samples of the metrics. Each part knows only the member that it calls. */
import type { RunMeters } from '../run/run-meters.js';
import type { Instruments } from './instruments.js';
import type { workerMetrics } from './metrics.js';

/** One request to a platform. */
export interface MeteredRequest {
  readonly connection: string;
  /** `<group>.<endpoint>` of the contract. */
  readonly endpoint: string;
  readonly method: string;
  /** Of HTTP; or how it failed without one. */
  readonly status: number | 'not-sent' | 'broken';
  readonly seconds: number;
}

/** One look of a wait. */
export interface MeteredLook {
  readonly connection: string;
  /** The activity, such as `awaitJob`. */
  readonly effect: string;
  readonly outcome: 'waiting' | 'ended' | 'failed';
}

/** What one lookout watches. */
export interface Watching {
  readonly waits: number;
  readonly intervalMs: number;
  /** How long ago the wait was looked at that was not looked at for longest. */
  readonly oldestLookMs: number;
  /** How long ago any look was answered. */
  readonly lastLookMs: number;
}

export interface Meters extends RunMeters {
  requested(request: MeteredRequest): void;
  tokenTaken(taken: { readonly connection: string; readonly use: 'effect' | 'wait' }): void;
  looked(look: MeteredLook): void;
  /** An object was seen to have ended, so long after its end as the platform states it. */
  endSeen(seen: { readonly connection: string; readonly object: string; readonly afterMs: number }): void;
  /** Nothing was sent for so long because the platform had asked for it. */
  throttled(throttled: { readonly connection: string; readonly forMs: number }): void;
  /** Whether the platform refuses the credential, now. */
  refused(standing: { readonly connection: string; readonly isRefused: boolean }): void;
  /** Receivers that may be told of something: what is given up first must show as an increase. */
  expectReceivers(receivers: readonly string[]): void;
  delivered(tried: {
    readonly receiver: string;
    readonly outcome: 'delivered' | 'failed' | 'given-up';
  }): void;
  /** Of a lookout in this process, by its own name; `null` when it ends here. */
  watching(lookout: { readonly connection: string; readonly name: string }, watching: Watching | null): void;
}

/** Pipelines are named by their documents, which callers may bring along: so many are told apart by each process. */
const mostPipelines = 200;
const mostStepsOfAll = 2_000;
/** What all others are counted under. */
const other = 'other';

/** Meters that write to these instruments. `nowMs`: milliseconds since the epoch. */
export function createMeters(
  to: Instruments<keyof typeof workerMetrics>,
  { nowMs = () => Date.now() }: { readonly nowMs?: () => number } = {},
): Meters {
  const named = limitNames(mostPipelines);
  const steps = limitNames(mostStepsOfAll);
  const answered = meterAnswers(to);
  const stepOf = (pipeline: string, step: string) =>
    steps(`${pipeline}/${step}`) === other
      ? { pipeline: named(pipeline), step: other }
      : { pipeline: named(pipeline), step };
  return {
    requested: ({ connection, endpoint, method, status, seconds }) => {
      to.add('longhaul_platform_requests_total', { connection, endpoint, status: String(status) });
      to.observe('longhaul_platform_request_duration_seconds', { connection, method }, seconds);
    },
    tokenTaken: ({ connection, use }) => to.add('longhaul_rate_tokens_total', { connection, use }),
    looked: ({ connection, effect, outcome }) => {
      to.add('longhaul_looks_total', { connection, effect, outcome });
      if (outcome !== 'failed') answered(connection, nowMs());
    },
    endSeen: ({ connection, object, afterMs }) =>
      to.observe('longhaul_end_to_seen_seconds', { connection, object }, Math.max(0, afterMs) / 1_000),
    throttled: ({ connection, forMs }) =>
      to.add('longhaul_throttled_seconds_total', { connection }, forMs / 1_000),
    refused: ({ connection, isRefused }) =>
      to.set('longhaul_connection_refused', { connection }, Number(isRefused)),
    expectReceivers: (receivers) => {
      for (const receiver of receivers)
        for (const outcome of ['delivered', 'failed', 'given-up'])
          to.add('longhaul_deliveries_total', { receiver, outcome }, 0);
    },
    delivered: (tried) => to.add('longhaul_deliveries_total', tried),
    watching: meterLookouts(to, { nowMs, answered }),
    runEnded: ({ pipeline, status, code = 'none', lastedMs }) => {
      const of = { pipeline: named(pipeline), status };
      to.add('longhaul_runs_ended_total', { ...of, code });
      to.observe('longhaul_run_duration_seconds', of, lastedMs / 1_000);
    },
    stepEnded: ({ pipeline, step, status, lastedMs }) =>
      to.observe('longhaul_step_duration_seconds', { ...stepOf(pipeline, step), status }, lastedMs / 1_000),
    stepParked: ({ pipeline, step, code }) =>
      to.add('longhaul_steps_parked_total', { ...stepOf(pipeline, step), code }),
    ticked: ({ pipeline, decision }) =>
      to.add('longhaul_schedule_ticks_total', { pipeline: named(pipeline), decision }),
  };
}

/** A name as it is while there are not too many; the others together. */
function limitNames(most: number): (name: string) => string {
  const known = new Set<string>();
  return (name) => {
    if (known.size < most) known.add(name);
    return known.has(name) ? name : other;
  };
}

/** When a look was last answered, of a wait or of a lookout. */
function meterAnswers(
  to: Instruments<keyof typeof workerMetrics>,
): (connection: string, atMs: number) => void {
  const lastMs = new Map<string, number>();
  return (connection, atMs) => {
    if (atMs <= (lastMs.get(connection) ?? 0)) return;
    lastMs.set(connection, atMs);
    to.set('longhaul_last_look_timestamp_seconds', { connection }, atMs / 1_000);
  };
}

interface Watched {
  readonly nowMs: () => number;
  readonly answered: (connection: string, atMs: number) => void;
}

/** The lookouts of this process, together for each connection. */
function meterLookouts(
  to: Instruments<keyof typeof workerMetrics>,
  { nowMs, answered }: Watched,
): Meters['watching'] {
  const byConnection = new Map<string, Map<string, Watching & { readonly lookedAtMs: number }>>();
  return ({ connection, name }, watching) => {
    const lookouts =
      byConnection.get(connection) ?? new Map<string, Watching & { readonly lookedAtMs: number }>();
    byConnection.set(connection, lookouts);
    if (watching === null) lookouts.delete(name);
    else {
      lookouts.set(name, { ...watching, lookedAtMs: nowMs() - watching.oldestLookMs });
      answered(connection, nowMs() - watching.lastLookMs);
    }
    const all = [...lookouts.values()];
    const oldest = all.flatMap(({ waits, lookedAtMs }) => (waits === 0 ? [] : [lookedAtMs]));
    const of = { connection };
    to.set('longhaul_lookouts', of, all.length);
    to.set(
      'longhaul_lookout_waits',
      of,
      all.reduce((sum, { waits }) => sum + waits, 0),
    );
    to.set(
      'longhaul_lookout_interval_seconds',
      of,
      Math.max(0, ...all.map(({ intervalMs }) => intervalMs)) / 1_000,
    );
    to.set(
      'longhaul_lookout_oldest_look_timestamp_seconds',
      of,
      oldest.length === 0 ? 0 : Math.min(...oldest) / 1_000,
    );
  };
}
