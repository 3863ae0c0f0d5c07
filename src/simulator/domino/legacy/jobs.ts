/** Jobs as `/v4` starts and lists them. */
import { z } from 'zod';
import { listJobs } from '../job-list.js';
import { internalJob } from '../job-views.js';
import { chosenTier, startJob } from '../jobs.js';
import { need } from '../world/simulation.js';
import { type Routes, route } from './route.js';

/** `Information`: some clients wrap an id. */
const tierId = z.union([z.string(), z.object({ value: z.string() }).transform(({ value }) => value)]);

const StartJob = z.strictObject({
  projectId: z.string(),
  commandToRun: z.string(),
  title: z.string().optional(),
  commitId: z.string().optional(),
  environmentId: z.string().optional(),
  environmentRevisionSpec: z.union([z.string(), z.object({ revisionId: z.string() })]).optional(),
  overrideHardwareTierId: tierId.optional(),
});

const JobsQuery = z.strictObject({
  projectId: z.string(),
  order_by: z
    .enum([
      'number',
      'numberAsDouble',
      'queued',
      'duration',
      'dominoStatsField',
      'command',
      'commentCount',
      'status',
      'title',
      'user',
    ])
    .default('number'),
  sort_by: z.enum(['asc', 'desc']).default('desc'),
  page_size: z.number().int().positive().default(3),
  page_no: z.number().int().positive().default(1),
  show_archived: z.boolean().optional(),
  status: z.enum(['all', 'queued', 'running', 'completed', 'archived', 'active']).default('all'),
  tag: z.string().optional(),
});

/** The routes of jobs. */
export const jobs: Routes = {
  'v4Jobs.start': route({
    method: 'POST',
    path: '/v4/jobs/start',
    body: StartJob,
    answer(simulation, { body, note }) {
      const { commandToRun, overrideHardwareTierId, environmentRevisionSpec: revision, ...same } = body;
      const job = startJob(simulation, {
        ...same,
        runCommand: commandToRun,
        hardwareTier: overrideHardwareTierId,
        environmentRevisionSpec:
          typeof revision === 'object' ? `SomeRevision(${revision.revisionId})` : revision,
      });
      note('created', 'job', job.id, job.title);
      return internalJob(simulation, job);
    },
  }),
  'v4Jobs.list': route({
    method: 'GET',
    path: '/v4/jobs',
    query: JobsQuery,
    answer(simulation, { query }) {
      need(simulation.state.projects, query.projectId, 'project');
      const { order_by: orderBy, sort_by: sortBy, page_size: limit, page_no: page } = query;
      const jobs = listJobs(simulation, {
        projectId: query.projectId,
        sortBy: orderBy === 'queued' || orderBy === 'numberAsDouble' ? 'number' : orderBy,
        ascending: sortBy === 'asc',
        statusFilter: query.status,
        tagFilter: query.tag,
      });
      const offset = (page - 1) * limit;
      return {
        jobs: jobs.slice(offset, offset + limit).map((job) => internalJob(simulation, job)),
        totalCount: jobs.length,
        pagination: { limit, offset, orderBy, sortBy },
        dominoStatColumns: [],
      };
    },
  }),
  'v4Jobs.defaultSparkSettings': route({
    method: 'GET',
    path: '/v4/jobs/project/{projectId}/defaultSparkSettings',
    answer(simulation, { path }) {
      need(simulation.state.projects, path.projectId, 'project');
      const { id } = chosenTier(simulation, undefined);
      return {
        executorCount: 1,
        executorHardwareTierId: id,
        masterHardwareTierId: id,
        maximumExecutionSlotsPerUser: 25,
      };
    },
  }),
};
