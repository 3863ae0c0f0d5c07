/** Other users of a platform, whatever they do there. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Dice } from './dice.js';
import type { Others } from './wing.js';

/** Lets them act, one deed after the other, until they are stopped. What is refused to them is left. */
export function actAgainAndAgain(dice: Dice, act: (turn: number) => Promise<void>): Others {
  const over = new AbortController();
  const acting = (async () => {
    for (let turn = 0; !over.signal.aborted; turn += 1) {
      await act(turn).catch(() => undefined);
      await delay(dice.between(`pause ${turn}`, 200, 900), undefined, { signal: over.signal }).catch(
        () => undefined,
      );
    }
  })();
  return {
    async stop() {
      over.abort();
      await acting;
    },
  };
}
