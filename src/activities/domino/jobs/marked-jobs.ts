/** The jobs of an effect, found by its marker, however many other jobs its project has had since. */
import type { Origin } from '../../../run/ids.js';
import { PlatformError } from '../../../platform/errors.js';
import { markerOf } from '../../effect/attempt.js';
import type { DominoDependencies } from '../dependencies.js';
import { type ListedJob, isBehind, newestJobs } from './newest-jobs.js';
import { startOfRun } from '../../effect/run-start.js';

/** How far the platform’s clock may be from Temporal’s. */
const skewMs = 3_600_000;
/** One try of an activity has two minutes, and more to do. */
const searchForUsuallyMs = 45_000;
/** Where a search goes on that was cut short, some jobs are read twice: the list may have moved meanwhile. */
const overlap = 20;
const rememberedAtMost = 1_000;

interface Sought {
  readonly projectId: string;
  readonly origin: Origin;
  /** None is older; left out, than the start of the run. */
  readonly since?: () => Promise<number>;
}

/** The jobs that carry the marker, the lowest number first. Asked again, it goes on where its time was over. */
export type FindMarked = (of: Sought) => Promise<readonly ListedJob[]>;

/** How far a search has come. */
interface Reached {
  readonly offset: number;
  /** The number of the newest job when it began. */
  readonly newest: number;
  readonly found: readonly ListedJob[];
}

/** Searches the jobs of a project, newest first, until they are older than any that can have been started. */
export function createMarkedJobs(
  { domino }: Pick<DominoDependencies, 'domino'>,
  { searchForMs = searchForUsuallyMs } = {},
): FindMarked {
  const reached = new Map<string, Reached>();
  return async ({ projectId, origin, since = () => startOfRun(origin) }) => {
    const marker = markerOf(origin);
    const key = `${projectId} ${marker}`;
    const endMs = performance.now() + searchForMs;
    const before = reached.get(key);
    const found = new Map(before?.found.map((job) => [job.id, job] as const));
    const keep = (job: ListedJob): void => {
      if (job.title?.includes(marker)) found.set(job.id, job);
    };
    let sinceMs: Promise<number> | undefined;
    const cut = { off: false };
    const isOver = (): boolean => (cut.off = performance.now() >= endMs);
    const goesOn = async (page: readonly ListedJob[]): Promise<boolean> =>
      !isBehind(page, (await (sinceMs ??= since())) - skewMs) && !isOver();
    const from = Math.max(0, (before?.offset ?? 0) - overlap);
    let [offset, newest] = [from, before?.newest ?? 0];
    for await (const job of newestJobs(domino, projectId, { from, goesOn })) {
      offset += 1;
      if (before === undefined) newest = Math.max(newest, job.number);
      keep(job);
    }
    reached.delete(key);
    if (cut.off) {
      if (reached.size >= rememberedAtMost) reached.clear();
      reached.set(key, { offset, newest, found: [...found.values()] });
      throw new PlatformError('PLATFORM_UNAVAILABLE', `searched ${offset} jobs for ${marker}, and goes on`);
    }
    // What was started since the search began is before where it went on.
    const isNew = (page: readonly ListedJob[]): boolean => page.every(({ number }) => number > newest);
    if (before !== undefined)
      for await (const job of newestJobs(domino, projectId, { goesOn: isNew })) keep(job);
    return [...found.values()].sort((a, b) => a.number - b.number);
  };
}
