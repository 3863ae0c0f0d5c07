/**
 * What is read beside the word on how something ended: it may fail, and the end stays what it is. It is tried again for
 * a few looks; then it is done without where nothing depends on it. Where something does, it is waited for through an
 * outage as everything is, and the step parks when the platform goes on denying it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '../../platform/errors.js';
import type { Attempt } from './attempt.js';
import { ended, isRetryable, notYet } from './failures.js';

/** What is not read so long before the try is given up is left: a try that is cut off leaves no word to the next one. */
const spareMs = 10_000;
/** Looks since the end was seen. */
const patience = { optional: 3, needed: 10 } as const;

export interface SideReadings {
  /** What is read, or what is to be said instead once it has failed for long enough. */
  optional<T>(read: () => Promise<T>, otherwise: (why: string) => T): Promise<T>;
  /**
   * What is read. What may pass is thrown as it is.
   * @throws LonghaulError `OUTCOME_UNKNOWN` once it has failed otherwise for long enough
   */
  needed<T>(read: () => Promise<T>): Promise<T>;
  /** Asks for another look, after `pauseMs` where that is not the usual one, unless there were enough. */
  lookAgain(why: string, pauseMs?: number): void;
}

/** Of one look at something that has ended. */
export function createSideReadings(
  { unsettled, remember, endsMs }: Pick<Attempt, 'unsettled' | 'remember' | 'endsMs'>,
  { what, pauseMs }: { readonly what: string; readonly pauseMs: number },
): SideReadings {
  const looks = unsettled?.looks ?? 0;
  const again = (why: string, afterMs = pauseMs): never => {
    remember({ looks: looks + 1 });
    throw notYet(`${what} has ended; ${why}`, afterMs);
  };
  const inTime = <T>(read: () => Promise<T>): Promise<T> =>
    Promise.race([read(), outOfTime(endsMs() - spareMs)]);
  const reason = (error: unknown): string => {
    // A credential that is refused is the connection's trouble, whatever is read.
    if (!(error instanceof PlatformError) || error.code.startsWith('CREDENTIALS')) throw error;
    return `${error.message} (${error.code})`;
  };
  return {
    optional: async (read, otherwise) => {
      try {
        return await inTime(read);
      } catch (error) {
        const why = reason(error);
        return looks < patience.optional ? again(why) : otherwise(why);
      }
    },
    needed: async (read) => {
      try {
        return await inTime(read);
      } catch (error) {
        const why = reason(error);
        if (mayPass(error)) throw error;
        if (looks < patience.needed) return again(why);
        throw ended('OUTCOME_UNKNOWN', `${what} has ended, but what proves how cannot be read: ${why}`);
      }
    },
    lookAgain: (why, afterMs) => {
      if (looks < patience.optional) again(why, afterMs);
    },
  };
}

class TooSlow extends PlatformError {}

async function outOfTime(untilMs: number): Promise<never> {
  await delay(Math.max(0, untilMs - performance.now()), undefined, { ref: false });
  throw new TooSlow('PLATFORM_UNREACHABLE', 'the platform answered too slowly');
}

/** What is too slow for the time of a try may be so each time. */
const mayPass = (error: unknown): boolean =>
  error instanceof PlatformError && !(error instanceof TooSlow) && isRetryable(error.code);
