/** The job that trained a model, by the MLflow run that its stats name. */
import { PlatformError } from '../platform/errors.js';
import { pageSize } from '../platform/pages.js';
import type { ActivityDependencies } from './dependencies.js';

type Job = Awaited<ReturnType<ActivityDependencies['domino']['jobs']['list']>>['jobs'][number];

/** The job; `null` when the project has none of this run. Asked again, it goes on where its time was over. */
export type FindTraining = (projectId: string, experimentRunId: string) => Promise<Job | null>;

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
    const seen = new Set<string>();
    const endMs = performance.now() + searchForMs;
    for (let offset = Math.max(0, (reached.get(key) ?? 0) - overlap); ;) {
      const query = { projectId, sortBy: 'number', ascending: false, offset, limit: pageSize };
      const { jobs } = await domino.jobs.list({ query });
      const found = jobs.find(({ dominoStats }) =>
        dominoStats.some(({ value }) => value === experimentRunId),
      );
      const isEnd = jobs.every(({ id }) => seen.has(id)); // also of a server that ignores the offset
      if (found !== undefined || isEnd) {
        reached.delete(key);
        return found ?? null;
      }
      for (const { id } of jobs) seen.add(id);
      offset += jobs.length;
      if (performance.now() < endMs) continue;
      if (reached.size >= rememberedAtMost) reached.clear();
      reached.set(key, offset);
      throw new PlatformError('PLATFORM_UNAVAILABLE', `searched ${offset} jobs for a training, and goes on`);
    }
  };
}
