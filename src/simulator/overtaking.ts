/** Requests that are carried out after later ones, whenever those come. */
import { EventEmitter, once } from 'node:events';

/** Tells of requests that were carried out, by endpoint. */
export interface Overtaking {
  /** A request of this endpoint was carried out. */
  note(endpoint: string): void;
  /** Resolves when so many more have been. */
  next(endpoint: string, count: number): Promise<void>;
}

/** Nothing has been carried out yet. */
export function createOvertaking(): Overtaking {
  const carried = new EventEmitter().setMaxListeners(0);
  return {
    note: (endpoint) => void carried.emit(endpoint),
    async next(endpoint, count) {
      for (let n = 0; n < count; n += 1) await once(carried, endpoint);
    },
  };
}
