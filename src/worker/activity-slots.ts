/**
 * When a worker takes one more activity: while it has a slot, and its requests hardly wait for their turn. Whatever else is
 * to be done then stays in Temporal’s queue, where effects come before looks, and where a worker may take it whose share of
 * the connection’s rate is not used up.
 */
import type { ActivitySlotInfo, CustomSlotSupplier, SlotPermit, TunerHolder } from '@temporalio/worker';
import type { Turns } from '../platform/turns.js';

/** So long the requests of a task that is taken wait for others, at most about. */
const backlogMs = 1_000;

interface Reservation {
  readonly grant: (permit: SlotPermit) => void;
}

/** The slots of one worker. */
export function createActivitySlots(
  slots: number,
  turns: Pick<Turns, 'backlogMs' | 'onGone'>,
): CustomSlotSupplier<ActivitySlotInfo> {
  const waiting = new Set<Reservation>();
  let free = slots;
  const grant = (): void => {
    for (const reservation of waiting) {
      if (free <= 0 || turns.backlogMs() >= backlogMs) return;
      free -= 1;
      waiting.delete(reservation);
      reservation.grant({});
    }
  };
  turns.onGone(grant);
  return {
    type: 'custom',
    reserveSlot: (_, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const reservation = { grant: resolve };
        waiting.add(reservation);
        signal.addEventListener('abort', () => {
          if (waiting.delete(reservation)) reject(signal.reason as Error); // an AbortError, as the SDK wants it
        });
        grant();
      }),
    // Only workflows of the same queue are given activities beside it, and there are none.
    tryReserveSlot: () => null,
    markSlotUsed: () => undefined,
    releaseSlot: () => {
      free += 1;
      grant();
    },
  };
}

/** How many tasks of each kind a worker takes that is there for activities: none of the others. */
export const activityTuner = (slots: number, turns: Pick<Turns, 'backlogMs' | 'onGone'>): TunerHolder => {
  const none = { type: 'fixed-size', numSlots: 1 } as const; // the SDK wants one at least
  return {
    activityTaskSlotSupplier: createActivitySlots(slots, turns),
    ...{ workflowTaskSlotSupplier: none, localActivityTaskSlotSupplier: none, nexusTaskSlotSupplier: none },
  };
};
