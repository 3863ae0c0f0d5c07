/** I6 and I11: nothing is sent for a run that has ended, and nothing before `Retry-After` has passed. */
import type { LedgerRow, TrialEvidence, Violation } from '../evidence.js';

/** The clock of Temporal’s events and that of the ledger are one, but both are read a moment later. */
const clockMs = 250;
/** A request that was under way arrives within this time, and the other workers know within it, on a loaded machine too. */
const underWayMs = 1_000;

/** Creations that were sent after their run had ended. */
export function findLateEffects({ ledger, objects, runs }: TrialEvidence): Violation[] {
  const { jobs, environments, revisions, versions } = objects;
  const owners = new Map(
    [...jobs, ...environments, ...revisions, ...versions].map(({ id, runId }) => [id, runId] as const),
  );
  const ends = new Map(runs.map(({ runId, endedMs }) => [runId, endedMs] as const));
  return ledger.flatMap(({ time, effects, endpoint, seq }) =>
    effects.flatMap(({ change, id }): Violation[] => {
      const runId = owners.get(id) ?? undefined;
      const endedMs = runId === undefined ? undefined : ends.get(runId);
      if (change !== 'created' || runId === undefined || endedMs === undefined || endedMs === null) return [];
      const lateMs = Date.parse(time) - endedMs;
      if (lateMs <= clockMs) return [];
      const what = `${endpoint ?? '?'} (row ${seq}) was sent ${lateMs} ms after its run had ended`;
      return [{ rule: 'late', what, runId, about: [id] }];
    }),
  );
}

/** Requests before a `Retry-After` had passed, but those that were under way. One violation for each such answer. */
export function findEarlyRequests({ ledger, retryAfterMs }: TrialEvidence): Violation[] {
  if (retryAfterMs === null) return [];
  return ledger
    .filter(({ status }) => status === 429)
    .flatMap((throttled): Violation[] => {
      const early = earlyAfter(ledger, throttled, retryAfterMs);
      if (early.length === 0) return [];
      const lastMs = Date.parse(early.at(-1)?.time ?? '') - Date.parse(throttled.time);
      const what = `${early.length} requests came before the ${retryAfterMs} ms of row ${throttled.seq} had passed, the last after ${lastMs} ms`;
      return [{ rule: 'throttle', what }];
    });
}

function earlyAfter(
  ledger: readonly LedgerRow[],
  { connection, time }: LedgerRow,
  retryAfterMs: number,
): LedgerRow[] {
  const fromMs = Date.parse(time) + underWayMs;
  const untilMs = Date.parse(time) + retryAfterMs;
  return ledger.filter((row) => {
    const atMs = Date.parse(row.time);
    return row.connection === connection && atMs > fromMs && atMs < untilMs;
  });
}
