/** A file that others replace: read again when it has changed, looked at no more than once a second. */
import { readFile, stat } from 'node:fs/promises';

/** How old an answer may be; it bounds how long a revoked key still works. */
const lookEveryMs = 1_000;

/** What a file says. */
export interface WatchedFile<T> {
  /** Throws what reading or parsing threw: what the file said before does not count any more. */
  read(): Promise<T>;
}

type State<T> =
  { readonly stamp: string; readonly value: T } | { readonly stamp: string; readonly fault: unknown };

/** Watches a file, which need not exist yet. */
export function createWatchedFile<T>(file: string, parse: (text: string) => T): WatchedFile<T> {
  let state: State<T> = { stamp: 'never', fault: new Error(`${file} was not read`) };
  let lookedAtMs = -Infinity;
  let looking: Promise<void> | undefined;
  return {
    read: async () => {
      if (looking === undefined && performance.now() - lookedAtMs >= lookEveryMs) {
        lookedAtMs = performance.now();
        looking = look(file, parse, state).then((found) => {
          state = found;
          looking = undefined;
        });
      }
      await looking; // who comes while somebody looks waits for what is found
      if ('fault' in state) throw state.fault;
      return state.value;
    },
  };
}

async function look<T>(file: string, parse: (text: string) => T, before: State<T>): Promise<State<T>> {
  let stamp = 'missing';
  try {
    const { mtimeNs, ctimeNs, size, ino } = await stat(file, { bigint: true });
    stamp = `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
    return stamp === before.stamp ? before : { stamp, value: parse(await readFile(file, 'utf8')) };
  } catch (fault) {
    return { stamp, fault };
  }
}
