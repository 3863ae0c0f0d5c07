/** When to look again, and how the looks of one worker share answers. */

/** A tenth of the time waited so far: an end is noticed late only in proportion to how long it took. */
const share = 0.1;

/** The time to the next look, jittered by a fifth so that waits that began together drift apart. */
export function nextLookMs(
  elapsedMs: number,
  bounds: { readonly firstLookMs: number; readonly lastLookMs: number },
  random: () => number = Math.random,
): number {
  const interval = Math.min(Math.max(elapsedMs * share, bounds.firstLookMs), bounds.lastLookMs);
  return Math.round(interval * (0.8 + random() * 0.4));
}

/** For how long after a request reads may still show how it was before it. */
export const lagMs = ({ settleMs }: { readonly settleMs: number }): number => 3 * settleMs;

export interface SharedLooks {
  /** The answer of `read` for this key, if one is under way or not older than `maxAgeMs`; else a new one. */
  share<T>(key: string, maxAgeMs: number, read: () => Promise<T>): Promise<T>;
}

/** Remembers answers while anybody may still use them. Holds promises only, so it is empty after a restart. */
export function createSharedLooks(now = () => performance.now()): SharedLooks {
  const answers = new Map<string, { readonly atMs: number; readonly answer: Promise<unknown> }>();
  const forgetOld = (): void => {
    for (const [key, { atMs }] of answers) if (now() - atMs > 60_000) answers.delete(key);
  };
  return {
    share: <T>(key: string, maxAgeMs: number, read: () => Promise<T>): Promise<T> => {
      const known = answers.get(key);
      if (known !== undefined && now() - known.atMs <= maxAgeMs) return known.answer as Promise<T>; // one key, one read
      forgetOld();
      const answer = read();
      answers.set(key, { atMs: now(), answer });
      answer.catch(() => answers.delete(key));
      return answer;
    },
  };
}
