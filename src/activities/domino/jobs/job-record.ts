/** What a job that has ended leaves: commits, image, metrics, the end of its log, the reason of its failure. */
import type { JobOutput, JobStart } from '../../../run/undoing/effects.js';
import { experimentRunStat } from '../../../run/retraining/metrics.js';
import type { Attempt } from '../../effect/attempt.js';
import type { DominoDependencies } from '../dependencies.js';
import { readLogTail } from './log-tail.js';
import { measuredOf } from '../../retrain/measured.js';
import { type SideReadings, createSideReadings } from '../../effect/side-readings.js';

const longestReason = 300;
/** Ids and times of the platform are shorter. */
const longestField = 200;
const longestRunName = 100;

export type JobRecord = Omit<JobOutput, keyof JobStart | 'duplicatesStopped'> & {
  readonly reason: string | null;
};

/** A job read by itself. */
type WholeJob = Awaited<ReturnType<DominoDependencies['domino']['jobs']['get']>>['job'];

/** What is known of the job so far, and what of it to read. */
interface ReadOptions {
  /** The job as it was read when it had ended. */
  readonly whole: WholeJob;
  /** Whether to ask for a reason: a success has none. */
  readonly succeeded: boolean;
  readonly logLines: number;
  /** Stats that are kept before all others. One that is not there is looked for again: it may not be there yet. */
  readonly metrics: readonly string[] | undefined;
  /** Whether it is one of many: then less of what is not named is kept. */
  readonly isItem: boolean;
  /** Whether the revision that it ran on must be known, for it was pinned. */
  readonly isPinned: boolean;
  readonly attempt: Pick<Attempt, 'unsettled' | 'remember' | 'endsMs'>;
  /** Before another look at what could not be read. */
  readonly pauseMs: number;
}

/** Reads all of it. The log and the reason are for people: without them the record is still good. */
export async function readJobRecord(
  deps: DominoDependencies,
  { jobId, number }: JobStart,
  { whole: job, succeeded, logLines, metrics, isItem, isPinned, attempt, pauseMs }: ReadOptions,
): Promise<JobRecord> {
  const side = createSideReadings(attempt, { what: `job ${number}`, pauseMs });
  const completedAt = textOf(job.stageTimes.completedTime);
  const [revisionId, reason, log] = await Promise.all([
    readRevision(deps, jobId, isPinned && succeeded, side),
    succeeded
      ? null
      : side.optional<string | null>(
          () => failureReason(deps, jobId),
          () => null,
        ),
    side.optional(
      () => readLogTail(deps, { jobId, completedAt, lines: logLines }),
      (why) => ({ lines: [], whole: true, notice: `the log could not be read: ${why}` }),
    ),
  ]);
  if (!succeeded && !log.whole) side.lookAgain('the end of its log is not there yet');
  const logNotice =
    log.notice ?? (log.whole ? undefined : 'the platform has not said that this is the end of the log');
  const stats = job.dominoStats;
  const missing = metrics?.filter((metric) => !stats.some(({ name }) => name === metric)) ?? [];
  if (succeeded && missing.length > 0)
    side.lookAgain(`${missing.join(', ')} is not there yet`, deps.waits.settleMs);
  return {
    commitId: textOf(job.commitDetails?.inputCommitId),
    outputCommitId: textOf(job.commitDetails?.outputCommitId),
    revisionId,
    ...measuredOf(stats, deps.redact, metrics, { isItem }),
    ...experimentRunOf(stats, deps.redact),
    startedAt: textOf(job.stageTimes.startTime),
    completedAt,
    logTail: log.lines,
    ...(logNotice !== undefined && { logNotice }),
    reason,
  };
}

/** The MLflow run that a training names, or what it wrote in its place; of several, the last counts, as for metrics. */
function experimentRunOf(
  stats: WholeJob['dominoStats'],
  redact: DominoDependencies['redact'],
): Pick<JobOutput, 'experimentRunId' | 'notAnExperimentRun'> {
  const written = stats.findLast(({ name }) => name === experimentRunStat)?.value.trim();
  if (written === undefined) return { experimentRunId: null };
  if (/^[0-9a-f]{32}$/.test(written)) return { experimentRunId: written };
  return { experimentRunId: null, notAnExperimentRun: redact(written).slice(0, longestRunName) };
}

const textOf = (text: string | null | undefined): string | null => text?.slice(0, longestField) ?? null;

function readRevision(
  { domino }: DominoDependencies,
  jobId: string,
  isNeeded: boolean,
  side: SideReadings,
): Promise<string | null> {
  const read = async () =>
    textOf((await domino.jobs.runtime({ path: { jobId } })).environment.environmentRevisionId);
  return isNeeded ? side.needed(read) : side.optional(read, () => null);
}

async function failureReason({ domino, redact }: DominoDependencies, jobId: string): Promise<string | null> {
  const { abnormalStatus } = await domino.jobs.inspect({ path: { jobId } });
  const said = abnormalStatus?.runFailureMessage ?? abnormalStatus?.runFailureReason;
  return said ? redact(said).slice(0, longestReason) : null;
}
