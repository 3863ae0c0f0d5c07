/** What a job that has ended leaves: commits, image, metrics, the end of its log, the reason of its failure. */
import type { JobOutput, JobStart } from '../pipeline/effects.js';
import { PlatformError } from '../platform/errors.js';
import type { ActivityDependencies } from './dependencies.js';
import type { WholeJob } from './job-looks.js';

/** The stat by which a training says which MLflow run holds its model. */
const experimentRunStat = 'mlflow_run_id';
/** Bounds of the log’s tail: what a person reads first, small enough for Temporal’s history. */
const maxLineLength = 300;
const maxLogPages = 20;
const logPageSize = 10_000;

export type JobRecord = Omit<JobOutput, keyof JobStart | 'duplicatesStopped'> & {
  readonly reason: string | null;
};

/** What is known of the job so far, and how much of its log to read. */
interface ReadOptions {
  /** The job as it was read when it had ended; `null` reads it. */
  readonly whole: WholeJob | null;
  /** Whether to ask for a reason: a success has none. */
  readonly succeeded: boolean;
  readonly logLines: number;
}

/** Reads all of it. The log and the reason are for people: without them the record is still good. */
export async function readJobRecord(
  deps: ActivityDependencies,
  { jobId }: JobStart,
  { whole, succeeded, logLines }: ReadOptions,
): Promise<JobRecord> {
  const { domino } = deps;
  const [job, runtime, reason, logTail] = await Promise.all([
    whole ?? domino.jobs.get({ path: { jobId } }).then((answer) => answer.job),
    domino.jobs.runtime({ path: { jobId } }),
    succeeded ? null : optional(failureReason(deps, jobId), null),
    optional(readLogTail(deps, jobId, logLines), []),
  ]);
  const stats = job.dominoStats;
  const experimentRun = stats.find(({ name }) => name === experimentRunStat)?.value;
  return {
    commitId: job.commitDetails?.inputCommitId ?? null,
    outputCommitId: job.commitDetails?.outputCommitId ?? null,
    revisionId: runtime.environment.environmentRevisionId ?? null,
    metrics: numbersOf(stats),
    experimentRunId:
      experimentRun !== undefined && /^[0-9a-f]{32}$/.test(experimentRun) ? experimentRun : null,
    startedAt: job.stageTimes.startTime ?? null,
    completedAt: job.stageTimes.completedTime ?? null,
    logTail,
    reason,
  };
}

/** The stats of a job that are numbers: its metrics. */
export const numbersOf = (stats: readonly { name: string; value: string }[]): Record<string, number> =>
  Object.fromEntries(
    stats.flatMap(({ name, value }) =>
      value.trim() !== '' && Number.isFinite(Number(value)) ? [[name, Number(value)] as const] : [],
    ),
  );

async function optional<T>(reading: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof PlatformError && !error.code.startsWith('CREDENTIALS')) return otherwise;
    throw error;
  }
}

async function failureReason(
  { domino, redact }: ActivityDependencies,
  jobId: string,
): Promise<string | null> {
  const { abnormalStatus } = await domino.jobs.inspect({ path: { jobId } });
  const said = abnormalStatus?.runFailureMessage ?? abnormalStatus?.runFailureReason;
  return said ? redact(said).slice(0, maxLineLength) : null;
}

/** The log comes oldest first and is read to its end; only the last lines are kept. */
async function readLogTail(
  { domino, redact }: ActivityDependencies,
  jobId: string,
  lines: number,
): Promise<string[]> {
  let tail: string[] = [];
  let latestTimeNano: string | undefined;
  if (lines === 0) return tail;
  for (let page = 0; page < maxLogPages; page += 1) {
    const { logs, metadata } = await domino.jobs.logs({
      path: { jobId },
      query: { logType: 'complete', limit: logPageSize, latestTimeNano },
    });
    tail = [...tail, ...logs.logContent.map(({ log }) => redact(log).slice(0, maxLineLength))].slice(-lines);
    const next = metadata?.pagination?.latestTimeNano ?? undefined;
    if (logs.isComplete || logs.logContent.length === 0 || next === undefined || next === latestTimeNano)
      break;
    latestTimeNano = next;
  }
  return tail;
}
