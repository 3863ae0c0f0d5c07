/** Jobs as effects: started once, followed to their end, stopped. */
import type { Effect, First, JobOutput, JobSpec, JobStart } from '../../../run/undoing/effects.js';
import type { DominoEffects } from '../../../steps/domino/effects.js';
import { PlatformError } from '../../../platform/errors.js';
import { adoptedOf } from '../../effect/adopting.js';
import { type Attempt, attempted, markerOf } from '../../effect/attempt.js';
import type { DominoDependencies } from '../dependencies.js';
import { creating, ensure, maySent } from '../../effect/ensure.js';
import { ended, notYet } from '../../effect/failures.js';
import type { Holds } from '../../effect/holds.js';
import { type JobLook, createJobLooks } from './job-looks.js';
import { type JobRecord, readJobRecord } from './job-record.js';
import { fromKnown, ofKnown, readKnown } from '../../effect/known-objects.js';
import { nextLookMs } from '../../effect/looks.js';
import { type FindMarked, createMarkedJobs } from './marked-jobs.js';
import type { ListedJob } from './newest-jobs.js';
import type { Preflights } from '../preflight.js';
import { type ProjectIds, createProjectIds, inProject, ofKnownProjects } from '../projects.js';
import { startOfCreation } from '../../effect/run-start.js';
import { createSideReadings } from '../../effect/side-readings.js';
import { type Phase, sayStatus, stillEnding } from '../../effect/phases.js';
import { jobPhase, unclearEnd } from '../statuses.js';
import { stopWithin } from './stop-job.js';

type JobEffects = Pick<DominoEffects, 'ensureJob' | 'awaitJob'>;

export function createJobActivities(
  deps: DominoDependencies,
  { ensureHold, check }: Pick<Holds, 'ensureHold'> & Pick<Preflights, 'check'>,
  projectIds: ProjectIds = createProjectIds(deps.domino),
): JobEffects {
  const { domino, waits } = deps;
  const looks = createJobLooks(domino);
  const findMarked = createMarkedJobs(deps);

  const awaitJob: (
    input: Parameters<DominoEffects['awaitJob']>[0],
    attempt: Attempt,
  ) => Promise<JobOutput> = async ({ job, origin, revisionId, logLines, metrics }, attempt) => {
    const wait = nextLookMs(attempt.elapsedMs, waits);
    const seen = await looks.look(job.projectId, job.jobId, wait / 2);
    if (isOpen(jobPhaseOf(seen))) throw notEnded(job, seen.status, { attempt, pauseMs: wait });
    // A job read by itself may lag behind the list that shows its end: its word counts, for all else is read from it.
    const whole = seen.whole ?? (await domino.jobs.get({ path: { jobId: job.jobId } })).job;
    const phase = jobPhaseOf(whole);
    if (isOpen(phase)) throw notEnded(job, whole.status, { attempt, pauseMs: wait });

    const marker = markerOf(origin);
    const pauseMs = Math.min(wait, waits.settleMs);
    const side = createSideReadings(attempt, { what: `job ${job.number}`, pauseMs });
    // What is in doubt is swept in any case.
    const listed = await side.optional<readonly JobLook[]>(
      () => looks.newest(job.projectId, wait),
      () => [],
    );
    const duplicates = listed.filter(({ id, title }) => id !== job.jobId && title?.includes(marker) === true);
    const stopped = await stopWithin(
      deps,
      { ids: duplicates.map(({ id }) => id), marker, projectId: () => job.projectId },
      waits.settleMs,
    );
    const record = await readJobRecord(deps, job, {
      ...{ whole, logLines, metrics, attempt, pauseMs },
      ...{ succeeded: phase === 'succeeded', isPinned: revisionId !== undefined },
    });
    if (phase !== 'succeeded') throw failureOf(job, phase, record);
    refuseOtherRevision(job, record, revisionId);
    const { reason: _reason, ...output } = record;
    return {
      ...job,
      ...output,
      // What the platform has not confirmed yet is swept on.
      ...(stopped.some(({ state }) => state === 'left') && { inDoubt: true as const }),
      duplicatesStopped: stopped.filter(({ state }) => state === 'undone').length,
    };
  };

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
    awaitJob: attempted(deps, ofKnown(awaitJob), { withinMs: ({ withinMs }) => withinMs }),
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

/** @throws LonghaulError `JOB_ON_OTHER_REVISION` */
function refuseOtherRevision(
  { number, link }: JobStart,
  { revisionId: ran }: JobRecord,
  pinned: string | undefined,
): void {
  if (pinned === undefined || ran === null || ran === pinned) return;
  throw ended('JOB_ON_OTHER_REVISION', `job ${number} ran on revision ${ran}, not on ${pinned}: ${link}`);
}

const jobPhaseOf = ({ status }: Pick<JobLook, 'status'>) =>
  jobPhase(status.executionStatus, status.isCompleted);

/** One that was asked to stop does not come back. */
const phaseOfMarked = (job: Pick<ListedJob, 'status'>): Phase =>
  /^stop/i.test(job.status.executionStatus) ? 'stopped' : jobPhaseOf(job);

const isOpen = (phase: Phase): phase is 'waiting' | 'unknown' => phase === 'waiting' || phase === 'unknown';

/** That a job goes on; or that it is said to have ended, but has no status of an end. */
function notEnded(
  { number, link }: JobStart,
  { executionStatus, isCompleted }: JobLook['status'],
  { attempt, pauseMs }: { readonly attempt: Attempt; readonly pauseMs: number },
): Error {
  const said = `job ${number} is ${sayStatus(executionStatus)}`;
  if (isCompleted !== true) return notYet(said, pauseMs);
  return unclearEnd(executionStatus) === 'lagging'
    ? stillEnding(attempt, { said: `${said}, and completed`, pauseMs })
    : ended('OUTCOME_UNKNOWN', `${said}, and completed, which is no end that Longhaul knows: ${link}`);
}

function failureOf(job: JobStart, phase: 'failed' | 'broken' | 'stopped', record: JobRecord): Error {
  const tail = record.logTail.slice(-3).join(' | ');
  const more = [record.reason, tail === '' ? null : `log: ${tail}`, record.logNotice ?? null, job.link]
    .filter((part) => part !== null)
    .join('; ');
  switch (phase) {
    case 'failed':
      return ended('JOB_FAILED', `job ${job.number} failed: ${more}`);
    case 'broken':
      return ended('JOB_BROKEN', `the platform ended job ${job.number} with an error: ${more}`);
    case 'stopped':
      return ended('JOB_STOPPED', `job ${job.number} was stopped on the platform: ${more}`);
  }
}
