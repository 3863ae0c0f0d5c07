/** Reading the simulator’s ledger. */
import type { Simulator } from '../../src/simulator/index.js';

/** The ids of the objects of a kind that were created, in order. */
export const created = (simulator: Simulator, kind: string): string[] =>
  simulator
    .ledger()
    .flatMap(({ effects }) =>
      effects.filter((effect) => effect.change === 'created' && effect.kind === kind).map(({ id }) => id),
    );

/** How often an endpoint was asked. */
export const calls = (simulator: Simulator, endpoint: string): number =>
  simulator.ledger().filter((entry) => entry.endpoint === endpoint).length;
