/**
 * Exactly one effect, on platforms that know no idempotency key.
 *
 * Look by the marker, send once, and after an answer that was lost look again for a while before sending again.
 */
import { PlatformError } from '../platform/errors.js';
import type { Attempt } from './attempt.js';

/** How often an effect is looked for after a lost answer, each `settleMs` apart, before it is sent again. */
const settleLooks = 3;

export interface Effect<T> {
  /** Whether the look-up is worth its cost before anything was sent. */
  readonly lookFirst: boolean;
  /** Finds what carries the marker and equals what is asked; throws `CONFLICT` when it differs. */
  find(): Promise<T | null>;
  /** Sends once. */
  create(): Promise<T>;
}

/** Finds or creates. */
export async function ensure<T>(attempt: Attempt, effect: Effect<T>): Promise<T> {
  if (attempt.number > 1 || effect.lookFirst) {
    const found = await effect.find();
    if (found !== null) return found;
  }
  if (attempt.unsettled !== null && attempt.unsettled.looks < settleLooks) {
    attempt.remember({ looks: attempt.unsettled.looks + 1 });
    throw new PlatformError(
      'ANSWER_LOST',
      'the effect of a lost answer has not shown up yet; looking again before sending again',
    );
  }
  attempt.remember({ looks: 0 });
  try {
    return await effect.create();
  } catch (error) {
    if (!(error instanceof PlatformError) || !error.ambiguous) attempt.remember(null);
    throw error;
  }
}
