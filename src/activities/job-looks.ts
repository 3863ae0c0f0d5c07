/** Looks at jobs: one list call serves every wait for a job of the same project. */
import { PlatformError } from '../platform/errors.js';
import type { ActivityDependencies } from './dependencies.js';
import { createSharedLooks } from './looks.js';

/** One page, newest first. A job that is not on it is looked at by itself. */
const pageSize = 100;
/** A wait that has not looked for this long has ended or moved to another worker. */
const forgetAfterMs = 150_000;

interface JobLook {
  readonly id: string;
  readonly title?: string | null | undefined;
  readonly status: { readonly executionStatus: string; readonly isCompleted?: boolean | undefined };
}

export interface JobLooks {
  /** The job’s status, not older than `maxAgeMs`. */
  look(projectId: string, jobId: string, maxAgeMs: number): Promise<JobLook>;
  /** The newest jobs of the project, not older than `maxAgeMs`. */
  newest(projectId: string, maxAgeMs: number): Promise<readonly JobLook[]>;
}

/** Looks of one worker process at the jobs of one connection. */
export function createJobLooks(domino: ActivityDependencies['domino']): JobLooks {
  const shared = createSharedLooks();
  const waits = new Map<string, Map<string, number>>();

  const companyOf = (projectId: string, jobId: string): number => {
    const jobs = waits.get(projectId) ?? new Map<string, number>();
    waits.set(projectId, jobs.set(jobId, Date.now()));
    for (const [id, atMs] of jobs) if (Date.now() - atMs > forgetAfterMs) jobs.delete(id);
    return jobs.size;
  };

  const newest = (projectId: string, maxAgeMs: number): Promise<readonly JobLook[]> =>
    shared.share(projectId, maxAgeMs, async () => {
      const query = { projectId, sortBy: 'number', ascending: false, offset: 0, limit: pageSize };
      return (await domino.jobs.list({ query })).jobs;
    });

  return {
    look: async (projectId, jobId, maxAgeMs) => {
      if (companyOf(projectId, jobId) > 1) {
        const listed = (await newest(projectId, maxAgeMs)).find(({ id }) => id === jobId);
        if (listed !== undefined) return listed;
      }
      const { job } = await domino.jobs.get({ path: { jobId } });
      if (job.id !== jobId)
        throw new PlatformError('ANSWER_UNEXPECTED', `asked for job ${jobId}, got job ${job.id}`);
      return job;
    },
    newest,
  };
}
