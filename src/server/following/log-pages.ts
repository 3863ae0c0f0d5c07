/**
 * Pages of the logs of jobs, each read once for all who follow: whoever comes later reads what is kept, and at its end all
 * share one look at the platform.
 */

export interface JobLogLine {
  readonly at?: string | undefined;
  readonly line: string;
}

/** Where a page begins. */
export interface LogPlace {
  /** The platform's cursor; `undefined` at the beginning. */
  readonly after?: string | undefined;
  /** How many lines more may belong to a private key that began before. */
  readonly open: number;
}

export interface LogPage {
  readonly lines: readonly JobLogLine[];
  /** Where the next one begins; the same place where there is nothing new. */
  readonly next: LogPlace;
  /** Whether it is full, so that nothing is ever added to it. */
  readonly isFull: boolean;
  /** Whether the job has ended and this is the end of its log. */
  readonly isLast: boolean;
}

export interface LogPages {
  /** Rejects with what reading it rejects with. */
  page(jobId: string, place: LogPlace): Promise<LogPage>;
}

/** How old the end of a log may be that somebody is told. */
export const lookEveryMs = 2_000;
/** What is kept of full pages, in characters, over all logs of a connection. */
const mostCharacters = 16 * 1_024 * 1_024;

interface Kept {
  readonly page: Promise<LogPage>;
  /** Whether it may still be told; of a full page, for ever. */
  untilMs: number;
  characters: number;
}

/** Keeps full pages as long as there is room, and all others, and failures, for a moment. */
export function createLogPages(read: (jobId: string, place: LogPlace) => Promise<LogPage>): LogPages {
  const kept = new Map<string, Kept>(); // the one that was asked for last is the last
  let characters = 0;

  const drop = (key: string, entry: Kept): void => {
    if (kept.get(key) !== entry) return;
    kept.delete(key);
    characters -= entry.characters;
  };
  const settle = (key: string, entry: Kept, page: LogPage | null): void => {
    entry.untilMs = page?.isFull === true ? Infinity : performance.now() + lookEveryMs;
    if (page?.isFull !== true) setTimeout(() => drop(key, entry), lookEveryMs).unref();
    if (page === null || kept.get(key) !== entry) return;
    entry.characters = page.lines.reduce((sum, { line }) => sum + line.length, 0);
    characters += entry.characters;
    for (const [oldKey, old] of kept) {
      if (characters <= mostCharacters) break;
      if (old !== entry) drop(oldKey, old);
    }
  };

  return {
    page: (jobId, place) => {
      const key = JSON.stringify([jobId, place.after ?? null, place.open]);
      const before = kept.get(key);
      if (before !== undefined && before.untilMs > performance.now()) {
        kept.delete(key);
        kept.set(key, before);
        return before.page;
      }
      if (before !== undefined) drop(key, before);
      const entry: Kept = { page: read(jobId, place), untilMs: Infinity, characters: 0 };
      kept.set(key, entry);
      entry.page.then(
        (page) => settle(key, entry, page),
        () => settle(key, entry, null),
      );
      return entry.page;
    },
  };
}
