/** UbiOps' ids. */
import { type Chance, createChance } from '../../chance.js';

/** What a seed decides. */
export interface Ids extends Pick<Chance, 'request' | 'durationMs'> {
  /** A new UUID. */
  next(): string;
  /** Where an object stands in a list without order; always the same. */
  rank(of: string): string;
}

/** The ids of one simulator. */
export function createIds(seed: number): Ids {
  const { digits, uuid, request, durationMs } = createChance(seed);
  let objects = 0;
  return {
    next() {
      objects += 1;
      return uuid('object', objects);
    },
    rank: (of) => digits('rank', of),
    request,
    durationMs,
  };
}
