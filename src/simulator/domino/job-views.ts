/** Jobs as the platform shows them. */
import type { Simulation } from './world/simulation.js';
import type { Job, LogLine } from './world/state.js';
import { type Course, type Progress, buildSucceeds, jobProgress, readyAt } from './world/timelines.js';
import { iso } from './handlers.js';

/** What decides where a job is. */
export function courseOf(job: Job): Course {
  const { real, plan } = job;
  const course = {
    submittedAt: job.submittedAt,
    build: job.build,
    queueMs: job.queueMs,
    stop: job.stop,
    ending: real?.ending ?? plan.ending,
  };
  if (real === undefined) return { ...course, runEndsAt: readyAt({ ...course, runEndsAt: 0 }) + plan.runMs };
  // A command that really runs has no other end than its own.
  return { ...course, startedAt: real.startedAt, runEndsAt: real.endedAt ?? Number.POSITIVE_INFINITY };
}

/** Where a job is. */
export const progressOf = ({ clock }: Simulation, job: Job): Progress =>
  jobProgress(courseOf(job), clock.now());

/** The commit of what a job has left; there is none while it runs, or of one that never did. */
export const outputCommit = (job: Job, { isCompleted, startedAt }: Progress): string | undefined =>
  isCompleted && startedAt !== undefined && job.stop?.discard !== true ? job.outputCommitId : undefined;

const statsOf = (job: Job, { isCompleted, startedAt }: Progress) =>
  isCompleted && startedAt !== undefined
    ? Object.entries(job.real?.stats ?? (job.stop ? {} : job.plan.stats)).map(([name, value]) => ({
        name,
        value,
      }))
    : [];

/** `JobV1`, an item of a list. */
export function jobSummary(simulation: Simulation, job: Job) {
  const { user } = simulation.state;
  const progress = progressOf(simulation, job);
  const { status, isCompleted, startedAt, completedAt } = progress;
  const outputCommitId = outputCommit(job, progress);
  return {
    id: job.id,
    number: job.number,
    ...(job.title !== undefined && { title: job.title }),
    runCommand: job.command,
    status: { executionStatus: status, isCompleted, isArchived: false, isScheduled: false },
    stageTimes: {
      submissionTime: iso(job.submittedAt),
      ...(startedAt !== undefined && { startTime: iso(startedAt) }),
      ...(completedAt !== undefined && { completedTime: iso(completedAt) }),
    },
    commitDetails: { inputCommitId: job.inputCommitId, ...(outputCommitId && { outputCommitId }) },
    startedById: user.id,
    runLauncherId: user.id,
    dominoStats: statsOf(job, progress),
    gitRepos: [],
    projects: [],
    datasetMounts: [],
    externalVolumeMounts: [],
    netAppVolumeMounts: [],
  };
}

/** `JobDetailsV1`: a job with its tags, its goals and its place in the queue. */
export function jobView(simulation: Simulation, job: Job) {
  const summary = jobSummary(simulation, job);
  return {
    ...summary,
    commentsCount: 0,
    goalIds: [...job.goalIds],
    tags: [...job.tags.values()].map(({ id, name, createdAt }) => ({
      id,
      name,
      createdAt: iso(createdAt),
      creatorId: simulation.state.user.id,
    })),
    ...(summary.status.executionStatus === 'Queued' && {
      queuedJobStatusDetails: {
        expectedWait: 'Soon',
        explanation: 'Waiting for the image of the environment and a machine',
        helpText: 'It starts by itself',
      },
    }),
  };
}

/** The `/v4` job: times are milliseconds, and a failure has a reason. */
export function internalJob(simulation: Simulation, job: Job) {
  const progress = progressOf(simulation, job);
  const { status, isCompleted, startedAt, completedAt } = progress;
  const { user } = simulation.state;
  const outputCommitId = outputCommit(job, progress);
  const reason = abnormal(job, status);
  return {
    id: job.id,
    number: job.number,
    projectId: job.project.id,
    ...(job.title !== undefined && { title: job.title }),
    jobRunCommand: job.command,
    statuses: { executionStatus: status, isCompleted, isArchived: false, isScheduled: false },
    stageTime: {
      submissionTime: job.submittedAt,
      ...(startedAt !== undefined && { runStartTime: startedAt }),
      ...(completedAt !== undefined && { completedTime: completedAt }),
    },
    commitDetails: { inputCommitId: job.inputCommitId, ...(outputCommitId && { outputCommitId }) },
    startedBy: { id: user.id, username: user.name },
    dominoStats: statsOf(job, progress),
    tags: [...job.tags.values()].map(({ id, name, createdAt }) => ({
      tagId: id,
      name,
      createdAt,
      createdBy: user.id,
      projectId: job.project.id,
    })),
    goalIds: [...job.goalIds],
    commentsCount: 0,
    dependentRepositories: [],
    dependentDatasetMounts: [],
    dependentProjects: [],
    dependentExternalVolumeMounts: [],
    dependentNetAppVolumeMounts: [],
    suggestDatasets: false,
    snapshotDatasetsOnCompletion: false,
    snapshotNetAppVolumesOnCompletion: false,
    ...(reason && { abnormalStatus: reason }),
  };
}

function abnormal(job: Job, status: string) {
  if (status === 'Failed')
    return {
      runFailureReason: 'UserCodeFailed',
      runFailureMessage: job.real?.reason || 'The command ended with a status other than 0',
    };
  if (status !== 'Error') return undefined;
  return buildSucceeds(job.build)
    ? { runFailureReason: 'InternalError', runFailureMessage: job.real?.reason || 'The machine was lost' }
    : {
        runFailureReason: 'EnvironmentNotBuilt',
        runFailureMessage: `Revision ${job.revision.number} of the environment was not built`,
      };
}

/** The lines of a job's log up to now. Those of a command that does not really run are spread over its time. */
export function logLines({ clock }: Simulation, job: Job): LogLine[] {
  const now = clock.now();
  const course = courseOf(job);
  const ready = readyAt(course);
  const end = job.stop?.at ?? Number.POSITIVE_INFINITY;
  const built = buildSucceeds(job.build);
  const planned: { at: number; log: string; logType: LogLine['logType'] }[] = [
    {
      at: Math.round(ready - job.queueMs / 2),
      log: `Pulling the image of revision ${job.revision.number}`,
      logType: 'prepareOutput',
    },
    { at: ready, log: 'The container started', logType: 'prepareOutput' },
  ];
  const told = job.real === undefined ? job.plan.log : [];
  for (const [index, log] of told.entries())
    planned.push({ at: ready + Math.round((job.plan.runMs * index) / told.length), log, logType: 'stdOut' });
  const visible = built ? planned.filter(({ at }) => at <= now && at <= end) : [];
  const timed = visible.map(({ at, ...line }, index) => ({ ...line, timeNano: nano(at, index) }));
  return [...timed, ...(job.real?.lines ?? [])].sort((a, b) => (a.timeNano < b.timeNano ? -1 : 1));
}

/** Nanoseconds since the epoch; the order tells lines of the same millisecond apart. */
export const nano = (ms: number, order: number): bigint =>
  BigInt(Math.round(ms)) * 1_000_000n + BigInt(order);
