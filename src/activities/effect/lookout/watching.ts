/** How one kind of thing is awaited: what is listed, which of it is awaited, and when it has ended. Platforms state these. */
import type { Attempt } from '../attempt.js';

/** Something as a list shows it. Only that it is at work counts: whatever else there is of it, is read by itself. */
export interface Listed {
  readonly id: string;
  readonly status: string;
  readonly isAtWork: boolean;
}

/** One kind. `I`: the argument of the effect that awaits it, `O`: its output. */
export interface Watching<I, O> {
  /** The effect, such as `awaitJob`. */
  readonly effect: string;
  /**
   * Looks once, at the one thing: answers when it has ended.
   * @throws what `atWork` makes while it goes on; whatever else it throws, the activity of the run throws too, and has its patience
   */
  look(input: I, attempt: Attempt): Promise<O>;
  /** By which id it is awaited. */
  idOf(input: I): string;
  /** The place that one lookout looks at. */
  scopeOf(input: I): string;
  /** The list in which it is while it is at work; left out, there is none, and each is looked at by itself. */
  readonly list?: {
    of(input: I): string;
    /** What is at work, each item once or more, until `goesOn` says that enough was read; the first items may be all. */
    read(list: string, goesOn: () => boolean): AsyncIterable<Listed>;
  };
  /** When the wait is given up as `WAIT_EXPIRED`; left out, after two days. */
  readonly withinMs?: (input: I) => number | undefined;
  /** After which time the effect itself must look, whatever the platform says. */
  readonly looksAfterMs?: (input: I) => number | undefined;
}

/** One whose input has come as JSON. */
export type AnyWatching = Watching<never, unknown>;

/** The place of what is awaited on a connection as a whole. */
export const everywhere = 'all';
