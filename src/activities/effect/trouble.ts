/**
 * Bad answers in a row, as one try leaves them to the next. Patience is counted in them and in the time between the
 * first and the last, never in tries: the tries of a wait are calm looks.
 */
import { type FailureCode, failureKinds } from '../../run/failures/errors.js';

/** A row of bad answers. Times are of Temporal’s clock, in milliseconds since the epoch. */
interface Streak {
  readonly sinceMs: number;
  readonly count: number;
}

/** What the tries before this one have met with, since the last usable answer. */
export interface Trouble extends Streak {
  /** Of those, the last ones in a row that need a person if they stay, such as a refused credential. */
  readonly doubts?: Streak | undefined;
}

/** How many answers in a row need a person, beside the time that `waits.patienceMs` is. */
const doubtsAtLeast = 5;

const grown = (streak: Streak | null | undefined, nowMs: number): Streak => ({
  sinceMs: streak?.sinceMs ?? nowMs,
  count: (streak?.count ?? 0) + 1,
});

/**
 * The trouble with this failure in it; `null` where there is none.
 *
 * A platform that asks to wait neither confirms nor clears a doubt; one that is down clears it. A lost answer is no
 * trouble of its own: whoever looks for its effect has been answered, or fails with another code.
 */
export function troubleAfter(before: Trouble | null, code: FailureCode, nowMs: number): Trouble | null {
  if (code === 'ANSWER_LOST') return null;
  switch (failureKinds[code].retry) {
    case 'after':
      return { ...grown(before, nowMs), doubts: before?.doubts };
    case 'backoff':
      return grown(before, nowMs);
    case 'patience':
      return { ...grown(before, nowMs), doubts: grown(before?.doubts, nowMs) };
    case 'operator':
    case 'never':
      return null;
  }
}

/** Since when what may pass has stayed, once that is long enough for a person to be asked; else `null`. */
export function doubtedSince(
  trouble: Trouble | null,
  { nowMs, patienceMs }: { readonly nowMs: number; readonly patienceMs: number },
): number | null {
  const doubts = trouble?.doubts;
  if (doubts === undefined || doubts.count < doubtsAtLeast) return null;
  return nowMs - doubts.sinceMs >= patienceMs ? doubts.sinceMs : null;
}

/** As it comes back from a heartbeat; `null` for anything else. */
export function troubleOf(value: unknown): Trouble | null {
  const streak = streakOf(value);
  if (streak === null || typeof value !== 'object' || value === null) return null;
  const doubts = 'doubts' in value ? streakOf(value.doubts) : null;
  return { ...streak, ...(doubts !== null && { doubts }) };
}

function streakOf(value: unknown): Streak | null {
  if (typeof value !== 'object' || value === null || !('sinceMs' in value && 'count' in value)) return null;
  const { sinceMs, count } = value;
  return typeof sinceMs === 'number' && typeof count === 'number' ? { sinceMs, count } : null;
}
