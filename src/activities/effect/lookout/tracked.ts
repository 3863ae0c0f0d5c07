/** What one lookout knows of a wait, and how it tells what it has seen. */
import { isoOf } from '../failures.js';
import { type LookoutWord, type Wait, waitKeyOf } from '../../../run/lookouts.js';

export interface Tracked {
  readonly wait: Wait;
  /** On the platform; `null` before it was looked at here. */
  status: string | null;
  /** When it was last seen at work. */
  lookedMs: number;
  dueMs: number;
  /** Whether it is at work by its own word, and its list has not shown it since: then it is looked at by itself. */
  isUnlisted: boolean;
  /** Looks in a row that had no usable answer; since when, and what the last one has met. */
  failures: number;
  failing: { readonly sinceMs: number; readonly message: string } | null;
  /** A look at it is under way, or its activity is being told. */
  isBusy: boolean;
}

/** One that was just handed over: the await itself has looked at it, and not later than now, whatever it says. */
export const track = (wait: Wait, nowMs: number): Tracked => {
  const lookedMs = Math.min(wait.atMs, nowMs);
  return {
    ...{ wait, status: null, lookedMs, dueMs: lookedMs },
    ...{ isUnlisted: false, failures: 0, failing: null, isBusy: false },
  };
};

/** A heartbeat is written to a database each time. */
const mostKeys = 150;
const mostUnanswered = 10;

/** Since when there is no usable answer, and what there is in its place. */
export const sayFailing = <T extends NonNullable<Tracked['failing']>>(failing: T, from: string): T => ({
  ...failing,
  message: `no usable answer from ${from} since ${isoOf(failing.sinceMs)}: ${failing.message}`,
});

/** Those of which the platform gives no usable answer, while it does of others; the oldest ones, where they are many. */
export function sayUnanswered(tracked: Iterable<Tracked>, from: string): Pick<LookoutWord, 'unanswered'> {
  const failing = [...tracked].flatMap(({ wait, failing, lookedMs }) =>
    failing === null
      ? []
      : [[waitKeyOf(wait), { ...sayFailing(failing, from), lookedAtMs: lookedMs }] as const],
  );
  if (failing.length === 0) return {};
  failing.sort(([, a], [, b]) => a.sinceMs - b.sinceMs);
  return { unanswered: Object.fromEntries(failing.slice(0, mostUnanswered)) };
}

/** The statuses in few words: the one that most have is said once. */
export function sayStatuses(tracked: Iterable<Tracked>): Pick<LookoutWord, 'usual' | 'others'> {
  const byStatus = new Map<string, Wait[]>();
  for (const { wait, status } of tracked) {
    const waits = byStatus.get(status ?? '') ?? [];
    byStatus.set(status ?? '', waits);
    waits.push(wait);
  }
  const known = [...byStatus].filter(([status]) => status !== '').sort((a, b) => b[1].length - a[1].length);
  const usual = known[0]?.[0];
  const others = [...byStatus].filter(([status]) => status !== usual);
  // Too many to tell apart: then none is told, and each is shown as its run saw it last.
  if (others.reduce((sum, [, waits]) => sum + waits.length, 0) > mostKeys) return { others: {} };
  const keys = others.map(([status, waits]) => [status, waits.map(waitKeyOf)] as const);
  return { ...(usual !== undefined && { usual }), others: Object.fromEntries(keys) };
}
