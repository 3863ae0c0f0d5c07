/**
 * Exactly one effect, on platforms that know no idempotency key.
 *
 * Look by the marker, send once, and after an answer that was lost look again for a while before sending again.
 */
import { PlatformError } from '../platform/errors.js';
import type { Attempt, Unsettled } from './attempt.js';

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

/** The count with this look in it, or `null` when the effect has been looked for often enough. */
function countLook(attempt: Attempt): Unsettled | null {
  const looks = attempt.unsettled?.looks ?? 0;
  return looks >= settleLooks ? null : { looks: looks + 1 };
}

/**
 * Finds or creates.
 *
 * An attempt that failed leaves word how often its effect must still be looked for. One that left none was cut off
 * together with its worker, after it may have sent: then, too, the effect is looked for a while.
 */
export async function ensure<T>(attempt: Attempt, effect: Effect<T>): Promise<T> {
  const isFirst = attempt.number === 1;
  if (!isFirst || effect.lookFirst) {
    const found = await effect.find();
    if (found !== null) return found;
  }
  const looked = isFirst ? null : countLook(attempt);
  if (looked !== null) {
    attempt.remember(looked);
    throw new PlatformError(
      'ANSWER_LOST',
      'the effect of a lost answer has not shown up yet; looking again before sending again',
    );
  }
  try {
    return await effect.create();
  } catch (error) {
    const isAmbiguous = error instanceof PlatformError && error.ambiguous;
    attempt.remember({ looks: isAmbiguous ? 0 : settleLooks });
    throw error;
  }
}
