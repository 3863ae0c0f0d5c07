/**
 * How often a lookout looks: soon at what is young or near its usual end, and seldom otherwise; and no oftener than its share
 * of the requests that the lookouts of its connection may send.
 */

import { nextLookMs } from '../looks.js';

/** However long something takes, somebody waits for what comes after it. */
const mostMs = 15_000;
/** How far the usual end may be away. */
const nearness = 0.1;
/** So many ends are known at least before anything is usual, and so many are kept. */
const [fewest, kept] = [3, 20];

export type Bounds = Parameters<typeof nextLookMs>[1];

/** Those who wait are looked at together, so nothing is to drift apart. */
const unjittered = (): number => 0.5;

/** The time between two looks at what has been awaited for so long, and things like it for so long as these. */
export function intervalMs(elapsedMs: number, lasted: readonly number[], bounds: Bounds): number {
  if (isNearUsualEnd(elapsedMs, lasted)) return bounds.firstLookMs;
  const lastLookMs = Math.max(bounds.firstLookMs, Math.min(bounds.lastLookMs, mostMs));
  return nextLookMs(elapsedMs, { ...bounds, lastLookMs }, unjittered);
}

function isNearUsualEnd(elapsedMs: number, lasted: readonly number[]): boolean {
  if (lasted.length < fewest) return false;
  const usual = [...lasted].sort((a, b) => a - b)[Math.floor(lasted.length / 2)] ?? 0;
  return Math.abs(elapsedMs - usual) <= usual * nearness;
}

/** With how long another wait took: the latest ones. */
export const withLasted = (lasted: readonly number[], ms: number): readonly number[] =>
  [...lasted, Math.round(ms)].slice(-kept);

export interface Allowance {
  /** Whether a look may begin. */
  isLeft(): boolean;
  /** Counts the requests of a look: what is too much is waited for afterwards. */
  spend(requests: number): void;
  /** When a look may begin, in milliseconds from now. */
  restMs(): number;
}

/** Of the lookouts of one connection that one worker keeps. */
export interface Allowances {
  /** That of one more lookout. */
  join(): Allowance & { leave(): void };
  /** With so many lookouts on the connection, wherever they are kept, each has its part. */
  shareWith(lookouts: number): void;
}

/** So much may be saved up. */
const savedMs = 2_000;

/**
 * Requests of lookouts, of so many a second that all of them may send. Each has its part for certain. What the others in this
 * worker leave of theirs it may have too: few are near an end at once, and those are looked at the oftener.
 */
export function createAllowances(perSecond: number, now = () => performance.now()): Allowances {
  let [members, lookouts] = [0, 1];
  const part = (): number => perSecond / Math.max(lookouts, members, 1);
  const all = createSavings(() => part() * members, now);
  return {
    shareWith: (count) => {
      lookouts = count;
    },
    join: () => {
      members += 1;
      const own = createSavings(part, now);
      return {
        isLeft: () => own.left() > 0 || all.left() > 0,
        restMs: () => Math.min(own.restMs(), all.restMs()),
        spend: (requests) => {
          if (all.left() <= 0) own.spend(requests);
          all.spend(requests); // so that what each has for certain is not had by others as well
        },
        leave: () => {
          members -= 1;
        },
      };
    },
  };
}

/** What is saved up at a rate; less than nothing where more was spent. */
function createSavings(rate: () => number, now: () => number) {
  let [saved, atMs] = [1, now()];
  const left = (): number => {
    const nowMs = now();
    saved = Math.min(Math.max(1, (rate() * savedMs) / 1_000), saved + (rate() * (nowMs - atMs)) / 1_000);
    atMs = nowMs;
    return saved;
  };
  return {
    left,
    restMs: (): number => (left() > 0 ? 0 : Math.ceil((-saved / rate()) * 1_000) + 1),
    spend: (requests: number): void => {
      saved = left() - requests;
    },
  };
}
