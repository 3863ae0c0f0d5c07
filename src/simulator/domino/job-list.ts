/** Filtering and sorting of the list of jobs. */
import type { z } from 'zod';
import type { jobs } from '../../contract/domino/jobs.js';
import type { Simulation } from './world/simulation.js';
import type { Job } from './world/state.js';
import { jobSummary, progressOf } from './job-views.js';

type Query = z.output<typeof jobs.list.query>;

const queued = ['Queued', 'Scheduled', 'Pending', 'Preparing', 'Building', 'Pulling'];

/** The jobs of a project that a query asks for, newest first unless it says otherwise. */
export function listJobs(simulation: Simulation, query: Query): Job[] {
  const wanted = [...simulation.state.jobs.values()].filter(
    (job) =>
      job.project.id === query.projectId &&
      isInGroup(simulation, job, query.statusFilter ?? 'all') &&
      (query.tagFilter === undefined || [...job.tags.values()].some(({ name }) => name === query.tagFilter)),
  );
  const key = sortKey(simulation, query);
  wanted.sort((a, b) => compare(key(a), key(b)) || a.number - b.number);
  return query.ascending === true ? wanted : wanted.reverse();
}

function isInGroup(simulation: Simulation, job: Job, group: NonNullable<Query['statusFilter']>): boolean {
  const { status, isCompleted } = progressOf(simulation, job);
  switch (group) {
    case 'all':
      return true;
    case 'queued':
      return queued.includes(status);
    case 'running':
      return !isCompleted && !queued.includes(status);
    case 'completed':
      return isCompleted;
    case 'active':
      return !isCompleted;
    case 'archived':
      return false;
  }
}

function sortKey(
  simulation: Simulation,
  { sortBy, dominoStatsSortFieldName: stat }: Query,
): (job: Job) => string | number {
  switch (sortBy) {
    case 'title':
      return ({ title }) => title ?? '';
    case 'command':
      return ({ command }) => command;
    case 'status':
      return (job) => progressOf(simulation, job).status;
    case 'startedTime':
      return (job) => progressOf(simulation, job).startedAt ?? 0;
    case 'duration':
      return (job) => {
        const { startedAt = 0, completedAt = simulation.clock.now() } = progressOf(simulation, job);
        return completedAt - startedAt;
      };
    case 'dominoStatsField':
      return (job) =>
        Number(jobSummary(simulation, job).dominoStats.find(({ name }) => name === stat)?.value ?? 0);
    default:
      return ({ number }) => number;
  }
}

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);
