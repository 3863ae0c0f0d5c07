/** Several lookouts look at one place where it has many waits. Those of one process share what one of them has read. */
import { createSharedLooks } from '../looks.js';
import type { Listed, Watching } from './watching.js';

/** A list that goes on for longer is left, as it is by one who reads it alone. */
const readForMs = 20_000;

interface SharedLists {
  /** Looks at a place together with others; what is returned ends that. */
  join<I, O>(
    place: string,
    watching: Watching<I, O>,
  ): { readonly watching: Watching<I, O>; readonly leave: () => void };
}

/** Of one connection. What is shared is no older than `maxAgeMs`. */
export function createSharedLists(maxAgeMs: number): SharedLists {
  const { share } = createSharedLooks();
  const lookers = new Map<string, number>();
  const count = (place: string, more: number): void => {
    lookers.set(place, (lookers.get(place) ?? 0) + more);
  };
  return {
    join: (place, watching) => {
      count(place, 1);
      const leave = (): void => {
        count(place, -1);
      };
      const { list } = watching;
      if (list === undefined) return { watching, leave };
      const read = async function* (name: string, goesOn: () => boolean): AsyncIterable<Listed> {
        if ((lookers.get(place) ?? 0) < 2) yield* list.read(name, goesOn);
        else yield* await share(`${watching.effect} ${name}`, maxAgeMs, () => readWhole(list, name));
      };
      return { watching: { ...watching, list: { ...list, read } }, leave };
    },
  };
}

async function readWhole<I>(
  list: NonNullable<Watching<I, unknown>['list']>,
  name: string,
): Promise<readonly Listed[]> {
  const untilMs = performance.now() + readForMs;
  const items: Listed[] = [];
  for await (const item of list.read(name, () => performance.now() < untilMs)) items.push(item);
  return items;
}
