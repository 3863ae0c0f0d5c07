/** How a job is awaited, and what it comes to when it has ended. */
import type { JobOutput, JobStart } from '../../../run/undoing/effects.js';
import type { DominoEffects } from '../../../steps/domino/effects.js';
import { PlatformError } from '../../../platform/errors.js';
import { type Attempt, markerOf } from '../../effect/attempt.js';
import { atWork, ended } from '../../effect/failures.js';
import { ofKnown } from '../../effect/known-objects.js';
import type { Watching } from '../../effect/lookout/watching.js';
import { createSharedLooks, nextLookMs } from '../../effect/looks.js';
import { type Phase, sayStatus, stillEnding } from '../../effect/phases.js';
import { createSideReadings } from '../../effect/side-readings.js';
import type { DominoDependencies } from '../dependencies.js';
import { jobPhase, unclearEnd } from '../statuses.js';
import { type JobRecord, readJobRecord } from './job-record.js';
import { type ListedJob, newestJobs } from './newest-jobs.js';
import { stopWithin } from './stop-job.js';

type Waiting = Parameters<DominoEffects['awaitJob']>[0];

/** A job as a list has it: without the metrics, of which each may have megabytes. */
type JobLook = Pick<ListedJob, 'id' | 'title' | 'status'>;

/** As many as a page may have: one tells of all that a project has at work. */
const longPage = 1_000;

/** Builds it. */
export function createJobWatching(deps: DominoDependencies): Watching<Waiting, JobOutput> {
  const { domino } = deps;
  const shared = createSharedLooks();
  const newest = (projectId: string, maxAgeMs: number): Promise<readonly JobLook[]> =>
    shared.share(projectId, maxAgeMs, async () => {
      const jobs: JobLook[] = [];
      for await (const { id, title, status } of newestJobs(domino, projectId, { pages: 1 }))
        jobs.push({ id, title, status });
      return jobs;
    });
  return {
    effect: 'awaitJob',
    look: ofKnown((of: Waiting, attempt: Attempt) => lookAtJob({ deps, newest }, of, attempt)),
    idOf: ({ job }) => job.jobId,
    scopeOf: ({ job }) => job.projectId,
    list: {
      of: ({ job }) => job.projectId,
      read: async function* (projectId, goesOn) {
        const reading = { goesOn, limit: longPage, statusFilter: 'active' } as const;
        for await (const { id, status } of newestJobs(domino, projectId, reading))
          yield { id, status: sayStatus(status.executionStatus), isAtWork: isOpen(jobPhaseOf({ status })) };
      },
    },
    withinMs: ({ withinMs }) => withinMs,
  };
}

interface Looking {
  readonly deps: DominoDependencies;
  /** The newest jobs of a project, not older than `maxAgeMs`. */
  readonly newest: (projectId: string, maxAgeMs: number) => Promise<readonly JobLook[]>;
}

async function lookAtJob(
  { deps, newest }: Looking,
  { job, origin, revisionId, logLines, metrics, isItem }: Waiting,
  attempt: Attempt,
): Promise<JobOutput> {
  const { domino, waits } = deps;
  const wait = nextLookMs(attempt.elapsedMs, waits);
  const { job: whole } = await domino.jobs.get({ path: { jobId: job.jobId } });
  if (whole.id !== job.jobId)
    throw new PlatformError('ANSWER_UNEXPECTED', `asked for job ${job.jobId}, got job ${whole.id}`);
  const phase = jobPhaseOf(whole);
  if (isOpen(phase)) throw notEnded(job, whole.status, { attempt, pauseMs: wait });

  const marker = markerOf(origin);
  const pauseMs = Math.min(wait, waits.settleMs);
  const side = createSideReadings(attempt, { what: `job ${job.number}`, pauseMs });
  // What is in doubt is swept in any case.
  const listed = await side.optional<readonly JobLook[]>(
    () => newest(job.projectId, wait),
    () => [],
  );
  const duplicates = listed.filter(({ id, title }) => id !== job.jobId && title?.includes(marker) === true);
  const stopped = await stopWithin(
    deps,
    { ids: duplicates.map(({ id }) => id), marker, projectId: () => job.projectId },
    waits.settleMs,
  );
  const record = await readJobRecord(deps, job, {
    ...{ whole, logLines, metrics, isItem: isItem === true, attempt, pauseMs },
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

const isOpen = (phase: Phase): phase is 'waiting' | 'unknown' => phase === 'waiting' || phase === 'unknown';

/** That a job goes on; or that it is said to have ended, but has no status of an end. */
function notEnded(
  { number, link }: JobStart,
  { executionStatus, isCompleted }: JobLook['status'],
  { attempt, pauseMs }: { readonly attempt: Attempt; readonly pauseMs: number },
): Error {
  const work = { what: `job ${number}`, status: sayStatus(executionStatus) };
  if (isCompleted !== true) return atWork(work, pauseMs);
  const said = `${work.what} is ${work.status}`;
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
