/** Jobs: started, followed, stopped, tagged. */
import type { domino } from '../../contract/domino/index.js';
import { Refusal, notFound } from '../errors.js';
import { archived, liveEnvironment, liveProject } from './world/live.js';
import { planOf } from './world/outcomes.js';
import { type Simulation, need } from './world/simulation.js';
import type { Environment, HardwareTier, Job, Project, Revision } from './world/state.js';
import { activeRevision, currentBuild, latestRevision } from './environment-views.js';
import { defaultEnvironment, revisionOf } from './environments.js';
import { type Handlers, iso, pageOf } from './handlers.js';
import { listJobs } from './job-list.js';
import { internalJob, jobSummary, jobView, logLines, progressOf } from './job-views.js';

/** The handlers of jobs. */
export const jobs: Handlers<typeof domino>['jobs'] = {
  list(simulation, { query, metadata }) {
    need(simulation.state.projects, query.projectId, 'project');
    const { items, paging } = pageOf(listJobs(simulation, query), query);
    return { jobs: items.map((job) => jobSummary(simulation, job)), metadata: { ...metadata, ...paging } };
  },
  get: (simulation, { path, metadata }) => ({ job: jobView(simulation, jobOf(simulation, path)), metadata }),
  logs(simulation, { path, query, metadata }) {
    const job = jobOf(simulation, path);
    const { isCompleted } = progressOf(simulation, job);
    const { logType = 'complete', limit = 1000, latestTimeNano } = query;
    const after = cursorOf(latestTimeNano);
    const lines = logLines(simulation, job).filter(
      (line) => line.timeNano > after && (logType === 'complete' || line.logType === logType),
    );
    const shown = lines.slice(0, limit);
    const last = shown.at(-1)?.timeNano.toString() ?? latestTimeNano;
    return {
      logs: {
        logContent: shown.map(({ log, logType: type, timeNano }) => ({
          log,
          logType: type,
          size: log.length,
          timestamp: iso(Number(timeNano / 1_000_000n)),
        })),
        isComplete: isCompleted && shown.length === lines.length,
      },
      metadata: { ...metadata, pagination: { limit, ...(last !== undefined && { latestTimeNano: last }) } },
    };
  },
  start(simulation, { body, metadata, note }) {
    const job = startJob(simulation, body);
    note('created', 'job', job.id, job.title);
    return { job: jobView(simulation, job), metadata };
  },
  addTag(simulation, { path, body, metadata, note }) {
    const job = jobOf(simulation, path);
    need(simulation.state.projects, body.projectId, 'project');
    const tag = [...job.tags.values()].find(({ name }) => name === body.tagName) ?? {
      id: simulation.ids.next(),
      name: body.tagName,
      createdAt: simulation.clock.now(),
    };
    job.tags.set(tag.id, tag);
    note('changed', 'job', job.id, job.title);
    const { id, name, createdAt } = tag;
    return { tag: { id, name, createdAt: iso(createdAt), creatorId: simulation.state.user.id }, metadata };
  },
  removeTag(simulation, { path, metadata, note }) {
    const job = jobOf(simulation, path);
    if (!job.tags.delete(path.tagId)) throw notFound('tag', path.tagId);
    note('changed', 'job', job.id, job.title);
    return { success: true, metadata };
  },
  listGoals(simulation, { query, metadata }) {
    const job = jobOf(simulation, query);
    return { goals: [...job.goalIds].map((goalId) => linkedGoal(job, goalId)), metadata };
  },
  linkGoal(simulation, { query, body, metadata, note }) {
    const job = jobOf(simulation, query);
    need(job.project.goals, body.goalId, 'goal');
    job.goalIds.add(body.goalId);
    note('changed', 'job', job.id, job.title);
    return { goal: linkedGoal(job, body.goalId), metadata };
  },
  unlinkGoal(simulation, { path, query, metadata, note }) {
    const job = jobOf(simulation, query);
    if (!job.goalIds.delete(path.goalId)) throw notFound('goal', path.goalId);
    note('changed', 'job', job.id, job.title);
    return { success: true, metadata };
  },
  inspect: (simulation, { path }) => internalJob(simulation, jobOf(simulation, path)),
  runtime(simulation, { path }) {
    const { environment, revision, revisionSpec, hardwareTierId } = jobOf(simulation, path);
    return {
      environment: {
        environmentId: environment.id,
        environmentName: environment.name,
        environmentRevisionId: revision.id,
        environmentRevisionSpec: revisionSpec.startsWith('Some') ? { revisionId: revision.id } : revisionSpec,
        revisionNumber: revision.number,
      },
      hardwareTier: {
        id: hardwareTierId,
        name: simulation.state.hardwareTiers.get(hardwareTierId)?.name ?? hardwareTierId,
        isArchived: false,
      },
    };
  },
  stop(simulation, { body, note }) {
    const job = jobOf(simulation, body);
    if (progressOf(simulation, job).isCompleted)
      throw new Refusal(400, `Job ${job.id} has already completed`);
    if (job.stop === undefined) {
      job.stop = { at: simulation.clock.now(), discard: !body.commitResults };
      simulation.execution?.stop(job);
      note('changed', 'job', job.id, job.title);
    }
    return internalJob(simulation, job);
  },
  restart(simulation, { body, note }) {
    const job = jobOf(simulation, body);
    const again = startJob(simulation, {
      projectId: job.project.id,
      runCommand: job.command,
      title: job.title,
      environmentId: job.environment.id,
      environmentRevisionSpec: job.revisionSpec,
      hardwareTier: job.hardwareTierId,
      commitId: body.shouldUseOriginalInputCommit ? job.inputCommitId : undefined,
    });
    note('created', 'job', again.id, again.title);
    return internalJob(simulation, again);
  },
};

const jobOf = ({ state }: Simulation, { jobId }: { readonly jobId: string }): Job =>
  need(state.jobs, jobId, 'job');

function cursorOf(latestTimeNano: string | undefined): bigint {
  if (latestTimeNano === undefined) return 0n;
  if (!/^\d{1,30}$/.test(latestTimeNano))
    throw new Refusal(400, 'latestTimeNano must be a number of nanoseconds');
  return BigInt(latestTimeNano);
}

const linkedGoal = (job: Job, goalId: string) => ({
  goalId,
  jobId: job.id,
  projectId: job.project.id,
  title: job.project.goals.get(goalId)?.title ?? '',
  currentStage: 'Ideation',
});

/**
 * Starts a job.
 *
 * @throws Refusal 400, 404
 */
export function startJob(simulation: Simulation, body: Parameters<typeof jobs.start>[1]['body']): Job {
  const { state, ids, clock, world } = simulation;
  const project = liveProject(simulation, body.projectId);
  const environment =
    body.environmentId === undefined
      ? defaultEnvironment(simulation)
      : liveEnvironment(simulation, body.environmentId);
  const revisionSpec = body.environmentRevisionSpec ?? 'ActiveRevision';
  const revision = chosenRevision(simulation, environment, revisionSpec);
  const id = ids.next();
  const job: Job = {
    id,
    number: [...state.jobs.values()].filter((one) => one.project === project).length + 1,
    project,
    title: body.title,
    command: body.runCommand,
    environment,
    revision,
    revisionSpec,
    build: currentBuild(revision),
    hardwareTierId: chosenTier(simulation, body.hardwareTier).id,
    submittedAt: clock.now(),
    inputCommitId: chosenCommit(simulation, project, body.commitId),
    outputCommitId: ids.commit(id),
    mlflowRunId: ids.mlflowRun(id),
    queueMs: ids.durationMs(`queue ${id}`, world.durations.queue),
    plan: planOf(simulation, id, body.runCommand),
    real: simulation.execution === null ? undefined : { ending: 'Error', reason: '', stats: {}, lines: [] },
    tags: new Map(),
    goalIds: new Set(),
  };
  state.jobs.set(id, job);
  if (job.real === undefined)
    state.commits.set(job.outputCommitId, state.commits.get(job.inputCommitId) ?? null);
  simulation.execution?.launch(job);
  return job;
}

function chosenRevision(simulation: Simulation, environment: Environment, spec: string): Revision {
  if (spec === 'LatestRevision') return latestRevision(environment);
  const pinned = /^SomeRevision\((\w+)\)$/.exec(spec)?.[1];
  if (pinned !== undefined) return revisionOf(environment, pinned);
  if (spec !== 'ActiveRevision')
    throw new Refusal(400, 'Json validation error: /environmentRevisionSpec error.invalid');
  return activeRevision(simulation, environment) ?? latestRevision(environment);
}

/** The tier with this id, or the default one. */
export function chosenTier({ state }: Simulation, id: string | undefined): HardwareTier {
  if (id !== undefined) {
    const tier = need(state.hardwareTiers, id, 'hardware tier');
    if (tier.flags.isArchived) throw archived('hardware tier', id);
    return tier;
  }
  const found = [...state.hardwareTiers.values()].find(({ flags }) => flags.isDefault && !flags.isArchived);
  if (found === undefined) throw notFound('hardware tier', 'default');
  return found;
}

/** A commit that exists, or the project's newest one. */
export function chosenCommit({ state }: Simulation, project: Project, commitId: string | undefined): string {
  if (commitId === undefined) return project.commitIds[0];
  if (!state.commits.has(commitId)) throw new Refusal(400, `Commit ${commitId} was not found in the project`);
  return commitId;
}
