/** What every handler works on, and how it looks at what there is. */
import type { Clock } from '../../clock.js';
import { Refusal } from '../../errors.js';
import type { Behaviour } from './behaviour.js';
import type { Ids } from './ids.js';
import type { Lived, Request, State } from './state.js';
import type { World } from './world.js';

/** Real execution. */
export interface Execution {
  /** Runs a request with the package of its version. */
  launch(simulation: Simulation, request: Request): void;
  /** Ends one that runs. */
  stop(request: Request): void;
  /** Ends everything and removes the folders. */
  close(): Promise<void>;
}

/** One simulated platform. */
export interface Simulation {
  readonly world: World;
  readonly dialect: 'v2.1' | 'v2';
  readonly behaviour: Behaviour;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly state: State;
  /** Present when packages really run. */
  readonly execution: Execution | null;
  /** What came into being or went after that, in real milliseconds since the process began, is not seen. */
  readonly seenUntilMs: () => number;
}

/** What a new object has. */
export const birth = ({ ids, clock }: Simulation): Lived => ({
  id: ids.next(),
  createdAt: clock.now(),
  bornMs: performance.now(),
});

/** Whether something is there as far as is seen. */
export function isSeen(
  { seenUntilMs }: Simulation,
  { bornMs, goneMs = Number.POSITIVE_INFINITY }: Lived,
): boolean {
  const untilMs = seenUntilMs();
  return bornMs <= untilMs && goneMs > untilMs;
}

/** Whether it is really there, seen or not. */
export const isThere = ({ goneMs }: Lived): boolean => goneMs === undefined;

/** What is seen, in the order in which the platform lists it. */
export function listed<T extends Lived>(simulation: Simulation, things: readonly T[]): T[] {
  const seen = things.filter((thing) => isSeen(simulation, thing));
  switch (simulation.behaviour.lists) {
    case 'oldest':
      return seen;
    case 'newest':
      return seen.reverse();
    case 'shuffled': {
      const rank = ({ id }: T): string => simulation.ids.rank(id);
      return seen.sort((one, other) => (rank(one) < rank(other) ? -1 : 1));
    }
  }
}

/**
 * The one that is meant.
 *
 * @throws Refusal 404
 */
export function need<T extends Lived>(
  simulation: Simulation,
  things: readonly T[],
  kind: string,
  isMeant: (thing: T) => boolean,
): T {
  const found = things.findLast((thing) => isMeant(thing) && isSeen(simulation, thing));
  if (found === undefined) throw new Refusal(404, `${kind} was not found`);
  return found;
}

/**
 * Refuses a name that is there already.
 *
 * @throws Refusal 400 or 409
 */
export function refuseDuplicate<T extends Lived>(
  { behaviour }: Simulation,
  things: readonly T[],
  kind: string,
  isSame: (thing: T) => boolean,
): void {
  if (things.some((thing) => isThere(thing) && isSame(thing)))
    throw new Refusal(behaviour.duplicates, `${kind} with this name already exists`);
}

/** Makes it go. */
export function end(thing: Lived): void {
  thing.goneMs ??= performance.now();
}
