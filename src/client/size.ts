/** How large something may be that goes into the history of a run. */
import { type FailureCode, LonghaulError } from '../run/failures/errors.js';

/** Temporal refuses more than a few times this, and a history holds it several times. */
const mostBytes = 256 * 1024;
const deepest = 100;

interface Subject {
  /** What it is, in the message. */
  readonly what: string;
  readonly code: FailureCode;
}

/**
 * Refuses what is too large or too deeply nested as JSON, without writing it out first: what refers to one thing many
 * times, as YAML may, would be far larger than it is in memory.
 *
 * @throws LonghaulError with the code of the subject
 */
export function checkSize(value: unknown, { what, code }: Subject): void {
  let left = mostBytes;
  const take = (bytes: number): void => {
    left -= bytes;
    if (left < 0)
      throw new LonghaulError(
        code,
        `${what} is larger than ${mostBytes / 1024} KiB; large things belong on the platform, and ${what} names them`,
      );
  };
  const weigh = (inner: unknown, depth: number): void => {
    if (depth > deepest) throw new LonghaulError(code, `${what} is nested more than ${deepest} levels deep`);
    if (typeof inner === 'string') {
      take(Buffer.byteLength(inner) + 2);
      return;
    }
    if (typeof inner !== 'object' || inner === null) {
      take(String(inner).length);
      return;
    }
    take(2);
    for (const [key, item] of Object.entries(inner)) {
      take(Array.isArray(inner) ? 1 : Buffer.byteLength(key) + 4);
      weigh(item, depth + 1);
    }
  };
  weigh(value, 0);
}
