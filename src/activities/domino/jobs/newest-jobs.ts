/** The jobs of a project as the platform lists them, the newest first. */
import { domino as contract } from '../../../contract/domino/index.js';
import { itemsOf } from '../../../platform/lists.js';
import type { Reading } from '../../../platform/pages.js';
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
  const query = { projectId, sortBy: 'number' as const, ascending: false, statusFilter };
  return itemsOf(contract.jobs.list, domino.jobs.list, { query }, reading);
}

/**
 * Whether nothing that was made at a time or later can be behind this page. A platform that does not know how it was
 * asked to sort may list such a job anywhere.
 */
export const isBehind = (page: readonly ListedJob[], earliestMs: number): boolean =>
  page.every((job, at) => isInOrder(page[at - 1] ?? job, job)) &&
  page.every(({ stageTimes }) => isBefore(stageTimes.submissionTime, earliestMs));

/** By their numbers, or by their times where the platform tells none. */
const isInOrder = (before: ListedJob, { number, stageTimes: { submissionTime: time } }: ListedJob): boolean =>
  number < before.number ||
  (number === before.number && !(timeOf(time) > timeOf(before.stageTimes.submissionTime)));

const timeOf = (time: string | null | undefined): number =>
  typeof time === 'string' ? Date.parse(time) : Number.NaN;

/** A time that is not told is not before anything. */
const isBefore = (time: string | null | undefined, atMs: number): boolean => timeOf(time) < atMs;
