/**
 * A request that must not be delivered twice, and whose effect cannot be looked for: it is sent once. Where nobody knows
 * whether it was, a person looks.
 */
import { LonghaulError } from '../../run/failures/errors.js';
import { PlatformError } from '../../platform/errors.js';
import type { Attempt } from './attempt.js';
import { maySent } from './ensure.js';

/**
 * Sends once. Within `creating`.
 * @throws PlatformError `EFFECT_UNKNOWN` where its answer is lost, or an attempt before may have sent it
 */
export async function sendOnce<T>(attempt: Attempt, what: string, send: () => Promise<T>): Promise<T> {
  if (maySent(attempt))
    throw unknown(`${what} may have been sent by an earlier try, whose answer is not known`);
  attempt.remember({ looks: 0, sent: true }); // whoever is cut off from here on may have sent
  try {
    return await send();
  } catch (error) {
    if (error instanceof PlatformError && error.ambiguous) throw unknown(error.message);
    // Refused, or held back for want of a credential; of a mistake of ours, nobody knows.
    if (error instanceof PlatformError || error instanceof LonghaulError) attempt.remember({ looks: 0 });
    throw error;
  }
}

const unknown = (message: string): PlatformError =>
  new PlatformError('EFFECT_UNKNOWN', `${message}; it is not sent again, for that might do it twice`);
