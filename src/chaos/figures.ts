/** Figures of trials: what was done to them, what came of it, and how long it took. */
import { countTransient } from './checks/duplicates.js';
import { endsAmong } from './checks/outcomes.js';
import type { TrialEvidence, ProcessEvent, RunRecord, Violation } from './evidence.js';

/** A trial that was judged. */
export interface Judged {
  readonly scenario: string;
  readonly seed: number;
  readonly runs: number;
  readonly durationMs: number;
  readonly violations: readonly Violation[];
  readonly figures: Figures;
}

/** What is counted of one trial. */
export interface Figures {
  readonly faults: number;
  readonly calls: number;
  readonly events: Readonly<Record<ProcessEvent['what'], number>>;
  /** Made twice, and cleared up since or counted as a violation. */
  readonly transient: number;
  /** Runs that nobody cancelled, and those of them that made something on the platform. */
  readonly kept: number;
  readonly progressed: number;
  /** Runs that nobody cancelled and that can only end well, and those of them that did. */
  readonly hopeful: number;
  readonly succeeded: number;
  /** Of runs that succeeded, in milliseconds. */
  readonly durations: readonly number[];
  /** From the kill of a worker to the next event of each run that was open, in milliseconds. */
  readonly recoveries: readonly number[];
}

/** Counts what a trial leaves. */
export function figuresOf(evidence: TrialEvidence): Figures {
  const { ledger, runs, processes, objects } = evidence;
  const made = new Set([...objects.jobs, ...objects.revisions].map(({ runId }) => runId));
  const count = (what: ProcessEvent['what']): number =>
    processes.filter((event) => event.what === what).length;
  const kept = runs.filter(({ cancelAsked }) => !cancelAsked);
  const endsOf = endsAmong(runs);
  const hopeful = kept.filter((record) => endsOf(record).every((end) => end === 'succeeded'));
  const haveSucceeded = ({ run }: RunRecord): boolean => run?.status === 'succeeded';
  return {
    faults: ledger.filter(({ fault }) => fault !== undefined).length,
    calls: ledger.length,
    events: {
      kill: count('kill'),
      freeze: count('freeze'),
      drain: count('drain'),
      'temporal-stop': count('temporal-stop'),
      'temporal-kill': count('temporal-kill'),
    },
    transient: countTransient(evidence),
    kept: kept.length,
    progressed: kept.filter(({ runId }) => made.has(runId)).length,
    hopeful: hopeful.length,
    succeeded: hopeful.filter(haveSucceeded).length,
    durations: runs.filter(haveSucceeded).map(({ startedMs, endedMs }) => (endedMs ?? startedMs) - startedMs),
    recoveries: processes
      .filter(({ what }) => what === 'kill')
      .flatMap(({ atMs }) => runs.flatMap((record) => recoveryOf(record, atMs))),
  };
}

/**
 * From a kill to the next event of a run that was open then. A run that waits for another one to free its model, or
 * that is parked, waits for no worker.
 */
function recoveryOf({ history, startedMs, endedMs }: RunRecord, atMs: number): number[] {
  if (!(startedMs < atMs) || (endedMs ?? 0) < atMs) return [];
  const next = history.findIndex((step) => step.atMs > atMs);
  if (next < 1) return [];
  const before = history.slice(0, next).findLast(({ scheduled }) => scheduled !== undefined);
  const waits =
    before?.scheduled === 'awaitHold' || /workflowExecutionUpdate/.test(history[next]?.text ?? '');
  return waits ? [] : [(history[next]?.atMs ?? atMs) - atMs];
}

/** The value below which a share of the values lies; `null` of none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}
