/** What every handler works on. */
import type { Clock } from '../../clock.js';
import { notFound } from '../../errors.js';
import type { Ids } from './ids.js';
import type { Job, ModelApiSource, State } from './state.js';
import type { Uploads } from './uploads.js';
import type { World } from './world.js';

/** Real execution. */
export interface Execution {
  /** Runs the command of a job once its image is there and its time in the queue is over. */
  launch(job: Job): void;
  /** Ends a job's command, with everything that it started. */
  stop(job: Job): void;
  /** Whether the code that a model API is to serve is not there. */
  isMissing(simulation: Simulation, source: ModelApiSource, commitId: string): boolean;
  /** Aborted when everything ends. */
  readonly closed: AbortSignal;
  /** Ends everything and removes the folders. */
  close(): Promise<void>;
}

/** One simulated platform. */
export interface Simulation {
  readonly world: World;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly state: State;
  readonly uploads: Uploads;
  /** Present when commands really run. */
  readonly execution: Execution | null;
}

/**
 * What a key names.
 *
 * @throws Refusal 404
 */
export function need<T>(things: ReadonlyMap<string, T>, key: string, kind: string): T {
  const found = things.get(key);
  if (found === undefined) throw notFound(kind, key);
  return found;
}
