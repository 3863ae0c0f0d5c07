/** Jobs: start, follow, stop. Public API, and `/v4` where the public API has no equivalent. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { shellCommand } from '../shell-text.js';
import { enveloped, filled, page, paging } from './envelopes.js';

/** `{refType}` is plural on the wire: `branches`, not `branch`. */
export const GitRef = z.strictObject({
  refType: z.enum(['head', 'commitId', 'tags', 'branches']),
  value: z.string().optional(),
});

/** `ComputeClusterConfigV1`: a cluster that runs beside a job. */
const ComputeCluster = z.strictObject({
  clusterType: z.enum(['dask', 'mpi', 'ray', 'spark']),
  computeEnvironmentId: z.string(),
  computeEnvironmentRevisionSpec: z.string().optional(),
  masterHardwareTierId: z.string().optional(),
  workerCount: z.number().int(),
  maxWorkerCount: z.number().int().optional(),
  workerHardwareTier: z.string(),
  workerStorageMB: z.number().optional(),
});

/** `NewJobV1`. */
export const StartJob = z.strictObject({
  projectId: z.string(),
  runCommand: shellCommand,
  title: z.string().optional(),
  environmentId: z.string().optional(),
  /** `ActiveRevision`, `LatestRevision` or `SomeRevision(<revision id>)`. */
  environmentRevisionSpec: z.string().optional(),
  /** A hardware tier's id, not its name. */
  hardwareTier: z.string().optional(),
  /** For projects whose files Domino keeps itself. */
  commitId: z.string().optional(),
  /** For projects in Git, where `commitId` is refused. */
  mainRepoGitRef: GitRef.optional(),
  snapshotDatasetsOnCompletion: z.boolean().optional(),
  snapshotNetAppVolumesOnCompletion: z.boolean().optional(),
  capacityType: z.string().optional(),
  computeCluster: ComputeCluster.optional(),
  externalVolumeMountIds: z.array(z.string()).optional(),
  netAppVolumeIds: z.array(z.string()).optional(),
});

/** A job that somebody else has started may have written anything. */
const Stat = z.object({ name: z.string(), value: z.union([z.string(), z.number()]).transform(String) });

/** One job that lacks a field would make its whole list unreadable: what can be done without is. */
const JobFields = {
  id: z.string(),
  number: z.number().int(),
  title: z.string().nullish(),
  runCommand: z.string().nullish(),
  status: z.object({ executionStatus: z.string(), isCompleted: z.boolean().optional() }),
  stageTimes: z.object({
    submissionTime: z.string().nullish(),
    startTime: z.string().nullish(),
    completedTime: z.string().nullish(),
  }),
  commitDetails: z
    .object({ inputCommitId: z.string().nullish(), outputCommitId: z.string().nullish() })
    .nullish(),
  dominoStats: z
    .array(Stat)
    .nullish()
    .transform((stats) => stats ?? []),
};

/** `JobV1`, an item of a list. */
export const JobSummary = z.object(JobFields);
/** `JobDetailsV1`: as in a list, and its tags. */
export const Job = z.object({
  ...JobFields,
  tags: z.array(z.object({ id: z.string(), name: z.string() })).default([]),
});

/** The `/v4` job, without an envelope and with times in milliseconds since the epoch. */
export const InternalJob = z.object({
  id: z.string(),
  number: z.number().int(),
  projectId: z.string(),
  title: z.string().nullish(),
  statuses: z.object({ executionStatus: z.string(), isCompleted: z.boolean() }),
  /** Why the platform says that the job failed; nowhere else on the wire. */
  abnormalStatus: z
    .object({ runFailureReason: z.string().nullish(), runFailureMessage: z.string().nullish() })
    .nullish(),
});

/** What a job really ran on. The revision is absent until the job was assigned one. */
export const JobRuntime = z.object({
  environment: z.object({
    environmentId: z.string(),
    environmentName: z.string().optional(),
    environmentRevisionId: z.string().nullish(),
    revisionNumber: z.number().int().nullish(),
  }),
  hardwareTier: z.object({ id: z.string(), name: z.string().optional() }),
});

/** A slice of a job's log. The cursor is in nanoseconds and exceeds 2^53: it stays a string. */
export const JobLogs = z.object({
  logs: z.object({
    logContent: z.array(
      z.object({ log: z.string(), logType: z.string().optional(), timestamp: z.string().optional() }),
    ),
    isComplete: z.boolean(),
    problem: z.string().nullish(),
  }),
  metadata: z
    .object({ pagination: z.object({ latestTimeNano: z.string().nullish() }).optional() })
    .optional(),
});

/** By what jobs are sorted; by a statistic, `dominoStatsSortFieldName` names it. */
export const SortBy = z.enum([
  'number',
  'title',
  'command',
  'startedTime',
  'duration',
  'status',
  'user',
  'commentCount',
  'dominoStatsField',
]);

/** A project's goal that a job is linked to. */
const LinkedGoal = z.object({ goalId: z.string(), jobId: z.string(), title: z.string().optional() });
const removed = z.object({ success: z.boolean().optional() });

/** The endpoints of jobs. */
export const jobs = {
  list: endpoint({
    method: 'GET',
    path: '/api/jobs/beta/jobs',
    summary: 'List the jobs of a project, newest first.',
    source: 'domino-rest-api-reference.md#list-jobs',
    replay: 'safe',
    query: z.strictObject({
      projectId: z.string(),
      ...paging,
      sortBy: SortBy.optional(),
      dominoStatsSortFieldName: z.string().optional(),
      ascending: z.boolean().optional(),
      statusFilter: z.enum(['all', 'queued', 'running', 'completed', 'archived', 'active']).optional(),
      tagFilter: z.string().optional(),
      showArchived: z.boolean().optional(),
    }),
    response: page('jobs', JobSummary),
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/jobs/beta/jobs/{jobId}',
    summary: 'Get a job.',
    source: 'domino-rest-api-reference.md#get-job-details',
    replay: 'safe',
    response: enveloped('job', Job),
  }),
  logs: endpoint({
    method: 'GET',
    path: '/api/jobs/beta/jobs/{jobId}/logs',
    summary: 'Read a slice of the log of a job.',
    source: 'domino-rest-api-reference.md#get-job-logs',
    replay: 'safe',
    query: z.strictObject({
      logType: z.enum(['stdOut', 'stdErr', 'prepareOutput', 'complete']).optional(),
      limit: z.number().int().max(10_000).optional(),
      latestTimeNano: z.string().optional(),
    }),
    response: JobLogs,
  }),
  start: endpoint({
    method: 'POST',
    path: '/api/jobs/v1/jobs',
    summary: 'Start a job.',
    source: 'domino-rest-api-reference.md#start-job',
    replay: 'creates',
    found: {
      in: 'list',
      items: 'jobs',
      pages: true,
      within: { projectId: 'projectId' },
      since: 'stageTimes.submissionTime',
      by: 'title',
      get: 'get',
      id: { jobId: 'id' },
    },
    body: StartJob,
    response: enveloped('job', Job),
  }),
  addTag: endpoint({
    method: 'POST',
    path: '/api/jobs/v1/jobs/{jobId}/tags',
    summary: 'Tag a job.',
    source: 'domino-rest-api-reference.md#job-tags',
    replay: 'idempotent',
    body: z.strictObject({ projectId: z.string(), tagName: filled }),
    response: enveloped('tag', z.object({ id: z.string(), name: z.string() })),
  }),
  removeTag: endpoint({
    method: 'DELETE',
    path: '/api/jobs/v1/jobs/{jobId}/tags/{tagId}',
    summary: 'Remove a tag from a job.',
    source: 'domino-rest-api-reference.md#job-tags',
    replay: 'idempotent',
    query: z.strictObject({ projectId: z.string() }),
    response: removed,
  }),
  listGoals: endpoint({
    method: 'GET',
    path: '/api/jobs/v1/goals',
    summary: 'List the goals that a job is linked to.',
    source: 'domino-rest-api-reference.md#job-goals',
    replay: 'safe',
    query: z.strictObject({ jobId: z.string() }),
    response: enveloped('goals', z.array(LinkedGoal)),
  }),
  linkGoal: endpoint({
    method: 'POST',
    path: '/api/jobs/v1/goals',
    summary: 'Link a job to a goal.',
    source: 'domino-rest-api-reference.md#job-goals',
    replay: 'idempotent',
    query: z.strictObject({ jobId: z.string() }),
    body: z.strictObject({ goalId: z.string() }),
    response: enveloped('goal', LinkedGoal),
  }),
  unlinkGoal: endpoint({
    method: 'DELETE',
    path: '/api/jobs/v1/goals/{goalId}',
    summary: 'Unlink a job from a goal.',
    source: 'domino-rest-api-reference.md#job-goals',
    replay: 'idempotent',
    query: z.strictObject({ jobId: z.string() }),
    response: removed,
  }),
  inspect: endpoint({
    method: 'GET',
    path: '/v4/jobs/{jobId}',
    summary: 'Get a job with the platform’s reason for its failure, which the public API does not have.',
    source: 'domino-v4-subset.openapi.json#/jobs/{jobId}',
    replay: 'safe',
    response: InternalJob,
  }),
  runtime: endpoint({
    method: 'GET',
    path: '/v4/jobs/{jobId}/runtimeExecutionDetails',
    summary: 'Get the environment revision and hardware tier that a job really ran on.',
    source: 'domino-v4-subset.openapi.json#/jobs/{jobId}/runtimeExecutionDetails',
    replay: 'safe',
    response: JobRuntime,
  }),
  stop: endpoint({
    method: 'POST',
    path: '/v4/jobs/stop',
    summary: 'Stop a job. A job that has ended refuses it.',
    source: 'domino-v4-subset.openapi.json#/jobs/stop',
    replay: 'idempotent',
    body: z.strictObject({
      projectId: z.string(),
      jobId: z.string(),
      commitResults: z.boolean(),
      source: z.string().optional(),
    }),
    /** A job by the document; what it is in the field varies, and nobody reads it. */
    response: z.unknown(),
  }),
  restart: endpoint({
    method: 'POST',
    path: '/v4/jobs/restart',
    summary: 'Start a job again, as a new job.',
    source: 'domino-v4-subset.openapi.json#/jobs/restart',
    replay: 'creates',
    found: 'none',
    body: z.strictObject({ jobId: z.string(), shouldUseOriginalInputCommit: z.boolean() }),
    response: InternalJob,
  }),
} as const;
