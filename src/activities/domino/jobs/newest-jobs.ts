/** The jobs of a project as the platform lists them, the newest first. */
import { type Reading, eachItem, pageOf } from '../../../platform/pages.js';
import type { DominoDependencies } from '../dependencies.js';

type Domino = DominoDependencies['domino'];

/** A job of a list. */
export type ListedJob = Awaited<ReturnType<Domino['jobs']['list']>>['jobs'][number];

/** Each of them once; with a filter, those that are at work. */
export function newestJobs(
  domino: Domino,
  projectId: string,
  { statusFilter, ...reading }: Reading<ListedJob> & { readonly statusFilter?: 'active' } = {},
): AsyncGenerator<ListedJob> {
  const read = async (paging: { offset: number; limit: number }) => {
    const query = { projectId, sortBy: 'number' as const, ascending: false, statusFilter, ...paging };
    const { jobs, metadata } = await domino.jobs.list({ query });
    return pageOf(jobs, metadata);
  };
  return eachItem(read, reading);
}

/**
 * Whether nothing that was made at a time or later can be behind this page. A platform that does not know how it was
 * asked to sort may list such a job anywhere.
 */
export const isBehind = (page: readonly ListedJob[], earliestMs: number): boolean =>
  page.every(({ number }, at) => number <= (page[at - 1]?.number ?? number)) &&
  page.every(({ stageTimes }) => isBefore(stageTimes.submissionTime, earliestMs));

/** A time that is not told is not before anything. */
const isBefore = (time: string | null | undefined, atMs: number): boolean =>
  typeof time === 'string' && Date.parse(time) < atMs;
