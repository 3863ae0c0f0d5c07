/** Places of which there are so many: for those who follow, which are streams and callers that wait for an end, and for checks. */
import type { Principal } from '../../access/principal.js';
import { LonghaulError } from '../../run/failures/errors.js';

export interface Places {
  /**
   * Takes a place; what is returned gives it back, once however often it is called.
   * @throws LonghaulError `SERVER_BUSY` when all are taken, or all that one caller may have
   */
  take(principal: Principal): () => void;
  /** How many are taken. */
  readonly taken: number;
}

/** So many places, of which each caller may have `perCaller`. Without access configured all are one caller. */
export function createPlaces({
  max,
  perCaller = Math.ceil(max / 4),
  sayOwn = (own) => `you follow at ${own} places of this server`,
  sayAll = (all) => `this server has ${all} followers`,
}: {
  readonly max: number;
  readonly perCaller?: number | undefined;
  readonly sayOwn?: (own: number) => string;
  readonly sayAll?: (all: number) => string;
}): Places {
  const byCaller = new Map<string, number>();
  let taken = 0;
  return {
    take: ({ kind, id }) => {
      const caller = `${kind} ${id}`;
      const own = byCaller.get(caller) ?? 0;
      if (kind !== 'local' && own >= perCaller) throw busy(sayOwn(own));
      if (taken >= max) throw busy(sayAll(max));
      taken += 1;
      byCaller.set(caller, own + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        taken -= 1;
        const left = (byCaller.get(caller) ?? 1) - 1;
        if (left === 0) byCaller.delete(caller);
        else byCaller.set(caller, left);
      };
    },
    get taken() {
      return taken;
    },
  };
}

const busy = (how: string): LonghaulError =>
  new LonghaulError('SERVER_BUSY', `${how}, which is as many as it takes`);
