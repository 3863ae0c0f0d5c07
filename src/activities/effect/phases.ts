/**
 * How far an effect has come, as the wings tell it from their platforms’ statuses. A status that is not listed keeps waiting,
 * and where it is said to be the end a person must look.
 */
import type { Attempt } from './attempt.js';
import { ended, notYet } from './failures.js';

export type Phase = 'waiting' | 'succeeded' | 'failed' | 'broken' | 'stopped' | 'unknown';

const longestStatus = 60;

/** A status for a message. */
export const sayStatus = (status: string): string => status.slice(0, longestStatus);

/** Looks come less and less often: so many in a row are minutes at least, also of what has just been made. */
const mostLooks = 30;

/** One look more at what should have another status by now, or that the platform does not come to one. */
export function stillEnding(
  { unsettled, remember }: Pick<Attempt, 'unsettled' | 'remember'>,
  { said, pauseMs }: { readonly said: string; readonly pauseMs: number },
): Error {
  const ending = (unsettled?.ending ?? 0) + 1;
  if (ending >= mostLooks) return ended('OUTCOME_UNKNOWN', `${said}; so it was in ${ending} looks`);
  remember({ looks: unsettled?.looks ?? 0, ending }); // side readings count for themselves
  return notYet(said, pauseMs);
}

/** What has a status that nobody knows may be running. */
export const mayRun = (phase: Phase): boolean => phase === 'waiting' || phase === 'unknown';
