/** Requests one after another, at a rate. */
import { setTimeout as delay } from 'node:timers/promises';
import { LonghaulError } from '../../run/failures/errors.js';

/** Who would wait longer is told to come back. */
const longestMs = 15_000;

export interface Pace {
  /**
   * Resolves when it is this one's turn.
   * @throws LonghaulError `SERVER_BUSY` when that would take long
   */
  turn(): Promise<void>;
}

/** So many turns a second. */
export function createPace(perSecond: number): Pace {
  let nextAtMs = 0;
  return {
    turn: async () => {
      const now = performance.now();
      const atMs = Math.max(now, nextAtMs);
      if (atMs - now > longestMs)
        throw new LonghaulError('SERVER_BUSY', 'too many logs are read from this connection now');
      nextAtMs = atMs + 1_000 / perSecond;
      if (atMs > now) await delay(atMs - now);
    },
  };
}
