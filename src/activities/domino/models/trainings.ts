/** The job that trained a model, by the MLflow run that its stats name. */
import { experimentRunStat } from '../../../run/retraining/metrics.js';
import { PlatformError } from '../../../platform/errors.js';
import type { DominoDependencies } from '../dependencies.js';
import { type ListedJob, newestJobs } from '../jobs/newest-jobs.js';
import { jobPhase } from '../statuses.js';

/** What a project has of an MLflow run. */
export interface Trainings {
  /** The job that calls the run its own. */
  readonly own: ListedJob | null;
  /** The oldest of those that name it otherwise. */
  readonly other: ListedJob | null;
}

/**
 * Asked again, it goes on where its time was over. With `isAgain`, after a search to the end, only what is newest is looked
 * at once more: a project with many jobs would be searched for ever.
 */
export type FindTraining = (
  projectId: string,
  experimentRunId: string,
  options: { readonly isAgain: boolean },
) => Promise<Trainings>;

/** One try of an activity has less than a minute. */
const searchForMs = 20_000;
const againForMs = 5_000;
/** Where a search goes on that was cut short, some jobs are read twice: the list may have moved meanwhile. */
const overlap = 20;
const rememberedAtMost = 1_000;

/** How far a search has come, and the oldest job so far that names the run under another name. */
interface Reached {
  readonly offset: number;
  readonly other: ListedJob | null;
}

/**
 * Searches the jobs of a project, newest first, to the end of the list however long it is. Others than the training name
 * its run as well, such as evaluations of the model: the one that calls it its own counts, and without one the first.
 */
export function createTrainings(
  { domino }: Pick<DominoDependencies, 'domino'>,
  forMs = { search: searchForMs, again: againForMs },
): FindTraining {
  const reached = new Map<string, Reached>();
  return async (projectId, experimentRunId, { isAgain }) => {
    const key = `${projectId} ${experimentRunId}`;
    const endMs = performance.now() + (isAgain ? forMs.again : forMs.search);
    const before = isAgain ? undefined : reached.get(key);
    const from = Math.max(0, (before?.offset ?? 0) - overlap);
    let [offset, isCut, other] = [from, false, before?.other ?? null];
    const goesOn = (): boolean => !(isCut = performance.now() >= endMs);
    for await (const job of newestJobs(domino, projectId, { from, goesOn })) {
      offset += 1;
      const stat = nameOfRun(job, experimentRunId);
      if (stat === undefined) continue;
      if (stat === experimentRunStat) {
        reached.delete(key);
        return { own: job, other };
      }
      other = job;
    }
    if (isAgain) return { own: null, other };
    reached.delete(key);
    if (!isCut) return { own: null, other };
    if (reached.size >= rememberedAtMost) reached.clear();
    reached.set(key, { offset, other });
    throw new PlatformError('PLATFORM_UNAVAILABLE', `searched ${offset} jobs for a training, and goes on`);
  };
}

/** Under which name a job that has succeeded names the run; its own first. */
function nameOfRun({ status, dominoStats }: ListedJob, experimentRunId: string): string | undefined {
  if (jobPhase(status.executionStatus, status.isCompleted) !== 'succeeded') return undefined;
  const names = dominoStats.filter(({ value }) => value.trim() === experimentRunId).map(({ name }) => name);
  return names.find((name) => name === experimentRunStat) ?? names[0];
}
