/** Ids and chance, both decided by the seed alone: the same requests make the same ids and durations. */
import { createHash } from 'node:crypto';

/** What a seed decides on every platform. */
export interface Chance {
  /** Hex digits, always the same for the same parts. */
  digits(...parts: readonly (string | number)[]): string;
  /** The same as a UUID. */
  uuid(...parts: readonly (string | number)[]): string;
  /** A UUID for an answer, another one each time. Objects are not counted by it, so that polling moves no id. */
  request(): string;
  /** A duration in milliseconds out of a range in seconds; always the same for the same object. */
  durationMs(of: string, seconds: readonly [number, number]): number;
}

/** The chance of one simulator. */
export function createChance(seed: number): Chance {
  let requests = 0;
  const digits: Chance['digits'] = (...parts) =>
    createHash('sha256')
      .update([seed, ...parts].join('\u0000'))
      .digest('hex');
  const uuid: Chance['uuid'] = (...parts) => {
    const all = digits(...parts);
    return [8, 12, 16, 20, 32].map((end, at) => all.slice([0, 8, 12, 16, 20][at], end)).join('-');
  };
  return {
    digits,
    uuid,
    request() {
      requests += 1;
      return uuid('request', requests);
    },
    durationMs(of, [least, most]) {
      const chance = Number.parseInt(digits('duration', of).slice(0, 8), 16) / 0xffff_ffff;
      return Math.round((least + chance * (most - least)) * 1_000);
    },
  };
}
