/** Jobs as effects: started once, and awaited. */
import type { Effect, First, JobSpec, JobStart } from '../../../run/undoing/effects.js';
import type { DominoEffects } from '../../../steps/domino/effects.js';
import { PlatformError } from '../../../platform/errors.js';
import { adoptedOf } from '../../effect/adopting.js';
import { type Attempt, markerOf } from '../../effect/attempt.js';
import type { DominoDependencies } from '../dependencies.js';
import { creating, ensure, maySent } from '../../effect/ensure.js';
import type { Holds } from '../../effect/holds.js';
import { createJobWatching } from './job-watching.js';
import { fromKnown, readKnown } from '../../effect/known-objects.js';
import { awaiting } from '../../effect/lookout/handing-over.js';
import { type FindMarked, createMarkedJobs } from './marked-jobs.js';
import type { ListedJob } from './newest-jobs.js';
import type { Preflights } from '../../effect/preflights.js';
import { type ProjectIds, createProjectIds, inProject, ofKnownProjects } from '../projects.js';
import { startOfCreation } from '../../effect/run-start.js';
import type { Phase } from '../../effect/phases.js';
import { jobPhase } from '../statuses.js';

type JobEffects = Pick<DominoEffects, 'ensureJob' | 'awaitJob'>;

export function createJobActivities(
  deps: DominoDependencies,
  { ensureHold, check }: Pick<Holds, 'ensureHold'> & Pick<Preflights, 'check'>,
  projectIds: ProjectIds = createProjectIds(deps.domino),
): JobEffects {
  const { waits } = deps;
  const findMarked = createMarkedJobs(deps);

  const startJob = fromKnown(
    (spec: JobInProject, attempt: Attempt) => ensureJob({ deps, findMarked }, spec, attempt),
    ({ hardwareTier, commitId, gitRef }) => [hardwareTier, commitId, gitRef?.value],
  );

  return {
    ensureJob: creating(deps, async (spec: Effect & First & JobSpec, attempt) => {
      await check(spec, { tries: attempt.number, sent: maySent(attempt) });
      await ensureHold(spec);
      // A job that starts in a project which is archived is of no use, so its name is read anew for each.
      const { project } = spec;
      return inProject(ofKnownProjects(projectIds), { project, maxAgeMs: waits.settleMs }, (projectId) =>
        startJob({ ...spec, projectId }, attempt),
      );
    }),
    awaitJob: awaiting(deps, createJobWatching(deps)),
  };
}

type JobInProject = Effect & JobSpec & { readonly projectId: string };

function ensureJob(
  { deps, findMarked }: { readonly deps: DominoDependencies; readonly findMarked: FindMarked },
  spec: JobInProject,
  attempt: Attempt,
): Promise<JobStart> {
  const { projectId, origin, begunBefore, adopted, made } = spec;
  const marker = markerOf(origin);
  const started = (job: { id: string; number: number }): JobStart => {
    const link = `${deps.url}/jobs/${spec.project}/${job.id}`;
    return { projectId, jobId: job.id, number: job.number, link };
  };
  return ensure<JobStart>(attempt, {
    lookFirst: begunBefore,
    begunBefore,
    find: async () => {
      // One that is known is adopted whatever else there is, so no list is looked through for it.
      const found =
        made === undefined
          ? adoptedOf(await findMarked({ projectId, origin, since: () => startOfCreation(spec) }), {
              adopted,
              phaseOf: phaseOfMarked,
            })
          : (await readKnown(deps.domino.jobs.get({ path: { jobId: made.id } }))).job;
      if (found === undefined) return null;
      if (found.runCommand !== spec.command)
        throw new PlatformError(
          'CONFLICT',
          `job ${found.number} carries ${marker} but runs ${JSON.stringify(found.runCommand)}`,
          { marker },
        );
      return started(found); // the others are swept: what is found is in doubt
    },
    create: async () => {
      const body = requestOf(spec, projectId, marker);
      return started((await deps.domino.jobs.start({ body }, { deadlineMs: attempt.deadlineMs })).job);
    },
  });
}

function requestOf(spec: JobSpec, projectId: string, marker: string) {
  return {
    projectId,
    runCommand: spec.command,
    title: `${spec.title.slice(0, 80)} ${marker}`,
    environmentId: spec.environmentId,
    environmentRevisionSpec: spec.revisionId && `SomeRevision(${spec.revisionId})`,
    hardwareTier: spec.hardwareTier,
    commitId: spec.commitId,
    mainRepoGitRef: spec.gitRef && { refType: spec.gitRef.type, value: spec.gitRef.value },
  };
}

/** One that was asked to stop does not come back. */
const phaseOfMarked = ({ status }: Pick<ListedJob, 'status'>): Phase =>
  /^stop/i.test(status.executionStatus) ? 'stopped' : jobPhase(status.executionStatus, status.isCompleted);
