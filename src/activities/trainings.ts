/** The job that trained a model, by the MLflow run that its stats name. */
import { PlatformError } from '../platform/errors.js';
import type { ActivityDependencies } from './dependencies.js';
import { type ListedJob, newestJobs } from './newest-jobs.js';

/** The job; `null` when the project has none of this run. Asked again, it goes on where its time was over. */
export type FindTraining = (projectId: string, experimentRunId: string) => Promise<ListedJob | null>;

/** One try of an activity has less than a minute. */
const searchForMs = 20_000;
/** Where a search goes on that was cut short, some jobs are read twice: the list may have moved meanwhile. */
const overlap = 20;
const rememberedAtMost = 1_000;

/** Searches the jobs of a project, newest first, to the end of the list however long it is. */
export function createTrainings({ domino }: Pick<ActivityDependencies, 'domino'>): FindTraining {
  const reached = new Map<string, number>();
  return async (projectId, experimentRunId) => {
    const key = `${projectId} ${experimentRunId}`;
    const endMs = performance.now() + searchForMs;
    const from = Math.max(0, (reached.get(key) ?? 0) - overlap);
    let [offset, isCut] = [from, false];
    const goesOn = (): boolean => !(isCut = performance.now() >= endMs);
    for await (const job of newestJobs(domino, projectId, { from, goesOn })) {
      offset += 1;
      if (!job.dominoStats.some(({ value }) => value === experimentRunId)) continue;
      reached.delete(key);
      return job;
    }
    reached.delete(key);
    if (!isCut) return null;
    if (reached.size >= rememberedAtMost) reached.clear();
    reached.set(key, offset);
    throw new PlatformError('PLATFORM_UNAVAILABLE', `searched ${offset} jobs for a training, and goes on`);
  };
}
