/** Ids and chance, both decided by the seed alone: the same requests make the same ids and durations. */
import { createHash } from 'node:crypto';

const hash = (...parts: readonly (string | number)[]): string =>
  createHash('sha256').update(parts.join('\u0000')).digest('hex');

/** A UUID out of hex digits. */
const uuidOf = (digits: string): string =>
  [8, 12, 16, 20, 32].map((end, at) => digits.slice([0, 8, 12, 16, 20][at], end)).join('-');

/** What a seed decides. */
export interface Ids {
  /** A new UUID. */
  next(): string;
  /** A UUID for an answer. Requests are not counted by `next`, so that polling moves no id. */
  request(): string;
  /** A duration in milliseconds out of a range in seconds; always the same for the same object. */
  durationMs(of: string, seconds: readonly [number, number]): number;
  /** Where an object stands in a list without order; always the same. */
  rank(of: string): string;
}

/** The ids of one simulator. */
export function createIds(seed: number): Ids {
  let [objects, requests] = [0, 0];
  return {
    next() {
      objects += 1;
      return uuidOf(hash(seed, 'object', objects));
    },
    request() {
      requests += 1;
      return uuidOf(hash(seed, 'request', requests));
    },
    durationMs(of, [least, most]) {
      const chance = Number.parseInt(hash(seed, 'duration', of).slice(0, 8), 16) / 0xffff_ffff;
      return Math.round((least + chance * (most - least)) * 1_000);
    },
    rank: (of) => hash(seed, 'rank', of),
  };
}
