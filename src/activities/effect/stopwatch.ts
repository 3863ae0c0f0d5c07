/** Time that has passed in this process, whatever happens to the clock of its machine. */

/** What time is read from. */
export interface Clocks {
  /** Never set, but on many machines it stands still while they are suspended. Milliseconds. */
  monotonic(): number;
  /** Set by people and by the network. Milliseconds. */
  wall(): number;
}

const ofThisProcess: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() };

export interface Stopwatch {
  /** Milliseconds since it was started, by the monotonic clock alone: for durations. */
  passedMs(): number;
  /**
   * The greater of what both clocks say: for deadlines. A machine that was suspended is later than its monotonic
   * clock says, and a clock that was set costs a try at most.
   */
  mostPassedMs(): number;
}

/** Starts one. */
export function startStopwatch(clocks: Clocks = ofThisProcess): Stopwatch {
  const [monotonic, wall] = [clocks.monotonic(), clocks.wall()];
  const passedMs = (): number => clocks.monotonic() - monotonic;
  return { passedMs, mostPassedMs: () => Math.max(passedMs(), clocks.wall() - wall) };
}
