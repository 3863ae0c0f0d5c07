/** How a run stands while it goes on, told by its steps. */
import { credentialCodes } from './connections.js';
import type { Failure } from './failures/errors.js';
import type { RunStatus, Step } from './steps.js';

/** A step that a person must look after, or that the run fails by, and why. */
export interface Trouble {
  readonly step: string;
  readonly failure: Failure;
}

export interface Standing {
  /** `parked` only while nothing goes on but parked steps. */
  readonly status: Extract<RunStatus, 'running' | 'parked'>;
  /** Of the parked steps, the one that lists show. */
  readonly parked: Trouble | null;
}

/** `LonghaulStatus` of a run that goes on, while a person must look after a step of it. Its status is `running`. */
export const partlyParked = 'partly-parked';

/** Steps that were resolved go on, though they may not have begun to. */
export function standingOf(steps: readonly Step[], resolved: ReadonlySet<string>): Standing {
  const parked = steps.flatMap(({ name, state }) =>
    state.status === 'parked' && !resolved.has(name)
      ? [{ step: name, failure: state.failure, at: state.parkedAt }]
      : [],
  );
  // A step that waits for its items goes on as long as one of these does.
  const isGoingOn = steps.some(
    ({ name, state, items }) =>
      items === undefined && (state.status === 'running' || state.status === 'waiting' || resolved.has(name)),
  );
  const [first = null] = parked.toSorted(
    (one, other) => Number(isOfCredential(other)) - Number(isOfCredential(one)) || order(one.at, other.at),
  );
  return {
    status: parked.length > 0 && !isGoingOn ? 'parked' : 'running',
    parked: first && { step: first.step, failure: first.failure },
  };
}

/** What goes on with its connection is found by what lists show. */
const isOfCredential = ({ failure: { code } }: Trouble): boolean =>
  credentialCodes.some((known) => known === code);

const order = (one: string, other: string): number => (one < other ? -1 : Number(one > other));
