/** Looks at jobs: one list call serves every wait for a job of the same project. */
import { credentialCodes } from '../../../run/connections.js';
import { PlatformError } from '../../../platform/errors.js';
import { pageSize } from '../../../platform/pages.js';
import type { DominoDependencies } from '../dependencies.js';
import { createSharedLooks } from '../../effect/looks.js';
import { newestJobs } from './newest-jobs.js';

/**
 * As many pages as the waits would fill, newest first, and no more than this. A job that is on none of them is
 * looked at by itself.
 */
const maxPages = 10;
/** A wait that has not looked for this long has ended or moved to another worker. */
const forgetAfterMs = 150_000;

/** A job as a list has it. */
export interface JobLook {
  readonly id: string;
  readonly title?: string | null | undefined;
  readonly status: { readonly executionStatus: string; readonly isCompleted?: boolean | undefined };
}

/** A job read by itself. */
export type WholeJob = Awaited<ReturnType<DominoDependencies['domino']['jobs']['get']>>['job'];

/** With the whole job, if it was read by itself: then the record of a job that has ended needs no second reading. */
interface OneJobLook extends JobLook {
  readonly whole: WholeJob | null;
}

export interface JobLooks {
  /** The job’s status, not older than `maxAgeMs`. */
  look(projectId: string, jobId: string, maxAgeMs: number): Promise<OneJobLook>;
  /** The newest jobs of the project, not older than `maxAgeMs`. */
  newest(projectId: string, maxAgeMs: number): Promise<readonly JobLook[]>;
}

/** Looks of one worker process at the jobs of one connection. */
export function createJobLooks(domino: DominoDependencies['domino']): JobLooks {
  const shared = createSharedLooks();
  const waits = new Map<string, Map<string, number>>();

  const companyOf = (projectId: string, jobId: string): number => {
    const jobs = waits.get(projectId) ?? new Map<string, number>();
    waits.set(projectId, jobs.set(jobId, performance.now()));
    for (const [id, atMs] of jobs) if (performance.now() - atMs > forgetAfterMs) jobs.delete(id);
    return jobs.size;
  };

  const newest = (projectId: string, maxAgeMs: number): Promise<readonly JobLook[]> =>
    shared.share(projectId, maxAgeMs, async () => {
      const waiting = waits.get(projectId)?.size ?? 0;
      const pages = Math.min(maxPages, Math.max(1, Math.ceil(waiting / pageSize)));
      const jobs: JobLook[] = [];
      // Kept for a minute: without the metrics, of which each may have megabytes.
      for await (const { id, title, status } of newestJobs(domino, projectId, { pages }))
        jobs.push({ id, title, status });
      return jobs;
    });

  const alone = async (jobId: string): Promise<OneJobLook> => {
    const { job } = await domino.jobs.get({ path: { jobId } });
    return { id: job.id, status: job.status, whole: job };
  };

  return {
    look: async (projectId, jobId, maxAgeMs) => {
      const isAlone = companyOf(projectId, jobId) === 1;
      const jobs = isAlone ? [] : await newest(projectId, maxAgeMs).catch(unlisted);
      const listed = jobs.find(({ id }) => id === jobId);
      const seen = listed === undefined ? await alone(jobId) : { ...listed, whole: null };
      if (seen.id !== jobId)
        throw new PlatformError('ANSWER_UNEXPECTED', `asked for job ${jobId}, got job ${seen.id}`);
      if (seen.status.isCompleted === true) waits.get(projectId)?.delete(jobId);
      return seen;
    },
    newest,
  };
}

/** A list that cannot be read says nothing of the job; what holds for the whole connection is thrown. */
function unlisted(error: unknown): readonly JobLook[] {
  if (!(error instanceof PlatformError) || error.code === 'PLATFORM_THROTTLED') throw error;
  if (credentialCodes.some((code) => code === error.code)) throw error;
  return [];
}
