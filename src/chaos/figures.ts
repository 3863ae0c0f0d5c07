/** Figures of trials: what was done to them, what came of it, and how long it took. */
import { countTransient } from './checks/duplicates.js';
import { endsAmong } from './checks/outcomes.js';
import { documentOf } from './checks/steps.js';
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
  readonly recoveries: readonly Recovery[];
}

/** From the kill of a worker until a run that had asked for a worker is seen to go on. */
export interface Recovery {
  readonly runId: string;
  readonly ms: number;
  /** When the worker was killed. */
  readonly atMs: number;
  /** The sign that it goes on: a task that is begun, or a request about something of its own. */
  readonly sign: string;
}

/** Counts what a trial leaves. */
export function figuresOf(evidence: TrialEvidence): Figures {
  const { ledger, runs, processes, objects } = evidence;
  const { jobs, environments, revisions, versions } = objects;
  const made = new Set([...jobs, ...environments, ...revisions, ...versions].map(({ runId }) => runId));
  const count = (what: ProcessEvent['what']): number =>
    processes.filter((event) => event.what === what).length;
  const kept = runs.filter(({ cancelAsked }) => !cancelAsked);
  const endsOf = endsAmong(runs);
  const hopeful = kept.filter((record) => endsOf(record).every((end) => end === 'succeeded'));
  const haveSucceeded = ({ run }: RunRecord): boolean => run?.status === 'succeeded';
  const signs = signsOf(evidence);
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
    recoveries: killsOf(processes).flatMap((atMs) =>
      runs.flatMap((record) => recoveryOf(record, signs.get(record.runId) ?? [], atMs)),
    ),
  };
}

/** When workers were killed; of several at once, once. */
const killsOf = (processes: readonly ProcessEvent[]): readonly number[] => [
  ...new Set(processes.filter(({ what }) => what === 'kill').map(({ atMs }) => atMs)),
];

interface Sign {
  readonly atMs: number;
  readonly text: string;
}

/**
 * What shows that runs go on, the earliest first. A history holds only the last try of each activity, so a wait that
 * looks once per try is told by its looks.
 */
function signsOf({ ledger, runs, objects }: TrialEvidence): ReadonlyMap<string, readonly Sign[]> {
  const owners = new Map(
    [objects.jobs, objects.environments, objects.revisions, objects.versions].flatMap((list) =>
      list.map(({ id, runId }) => [id, runId] as const),
    ),
  );
  const signs = new Map<string, Sign[]>(
    runs.map(({ runId, history }) => [runId, history.filter(({ begins }) => begins !== undefined)]),
  );
  for (const { time, path, endpoint, effects } of ledger) {
    const about = [...effects.map(({ id }) => id), ...path.split('/')];
    const runId = about.map((id) => owners.get(id)).find(Boolean);
    if (runId) signs.get(runId)?.push({ atMs: Date.parse(time), text: endpoint ?? 'a request' });
  }
  for (const list of signs.values()) list.sort((a, b) => a.atMs - b.atMs);
  return signs;
}

/**
 * A run that is parked, or waits for another one to free its model, waits for no worker. How long a document waits for
 * what it has begun is a matter of its world: its lookout looks for it, and does not say for whom.
 */
function recoveryOf(record: RunRecord, signs: readonly Sign[], atMs: number): Recovery[] {
  const { runId, history } = record;
  const isAwaiting = (name = ''): boolean =>
    documentOf(record) === null ? name === 'awaitHold' : name.startsWith('await');
  const before = history.filter((step) => step.atMs <= atMs);
  const ended = new Set(before.map(({ ends }) => ends));
  const isWaiting = before.some(
    ({ asks, scheduled }) => asks !== undefined && !isAwaiting(scheduled) && !ended.has(asks),
  );
  const sign = signs.find((one) => one.atMs > atMs);
  return isWaiting && sign ? [{ runId, atMs, ms: sign.atMs - atMs, sign: sign.text }] : [];
}

/** The value below which a share of the values lies; `null` of none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}
