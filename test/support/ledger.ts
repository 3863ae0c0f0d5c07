/** Reading the simulator’s ledger. */
import type { Simulator } from '../../src/simulator/index.js';

/** A simulator, or what its ledger says of a time. */
type Recorded = Pick<Simulator, 'ledger'>;

/** What the ledger says of the time from now on. */
export function fromNowOn(simulator: Recorded): Recorded {
  const from = simulator.ledger().length;
  return { ledger: () => simulator.ledger().slice(from) };
}

/** The ids of the objects of a kind that were created, in order. */
export const created = (simulator: Recorded, kind: string): string[] =>
  simulator
    .ledger()
    .flatMap(({ effects }) =>
      effects.filter((effect) => effect.change === 'created' && effect.kind === kind).map(({ id }) => id),
    );

/** How often an endpoint was asked. */
export const calls = (simulator: Recorded, endpoint: string): number =>
  simulator.ledger().filter((entry) => entry.endpoint === endpoint).length;
