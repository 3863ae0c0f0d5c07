/** The logs of the jobs of a run: of some steps or of all, now or until they end. */
import { setTimeout as delay } from 'node:timers/promises';
import type { LogPartLine, JobLogPart, LogCursor } from '../../run/connection-readings.js';
import { type FailureCode, LonghaulError, failureKinds } from '../../run/failures/errors.js';
import type { Run, Step } from '../../run/steps.js';
import { wholeOf } from '../../steps/ends.js';

/** The job of a step, or of an item of one. */
interface StepJob {
  readonly jobId: string;
  readonly step: string;
  /** Of its effect. */
  readonly generation: number;
}

/** A line of the log of a step’s job. */
export interface RunLogLine extends LogPartLine {
  readonly step: string;
}

/** Which logs, and how much of them. */
export interface RunLogOptions {
  /** Steps, or items such as `train.1`; a step that is done for each item stands for all of them. Left out, all. */
  readonly steps?: readonly string[] | undefined;
  /** Until the jobs and what may start others have ended. */
  readonly follow?: boolean | undefined;
  /** Only this many lines from the end of each log. */
  readonly tail?: number | undefined;
  /** Told, each time that it begins, why nothing can be read for now; what is followed waits until that has passed. */
  readonly troubled?: ((error: LonghaulError) => void) | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** Whether a log can be read again without anybody’s doing: not by a process that lacks a key. */
export const isPassing = (code: FailureCode): boolean =>
  code !== 'PAYLOAD_UNREADABLE' && ['backoff', 'after'].includes(failureKinds[code].retry);

interface Means {
  /** The run as it stands. */
  readonly runOf: () => Promise<Run>;
  readonly read: (run: Run, job: StepJob, place: LogCursor, tail: number | undefined) => Promise<JobLogPart>;
}

/** How often it is looked for news: at first, and where there have been none for a while. */
const pace = { firstMs: 1_000, lastMs: 5_000, factor: 1.5 } as const;
/** How long Temporal may be out of reach before following gives up, as `run watch` does. */
const patienceMs = 120_000;
/** So many logs are read at once. */
const atOnce = 8;

/** One log, as far as it was read. */
interface Reading {
  /** The attempt that has started the job: it may have been replayed since. */
  readonly run: Run;
  readonly job: StepJob;
  place: LogCursor;
  /** Until the first lines are told. */
  tail: number | undefined;
  kept: readonly LogPartLine[];
  isDone: boolean;
}

/**
 * Lines as they come: of logs that are followed together, each in its order.
 * @throws LonghaulError `NOT_FOUND` where there is no such step, or no job; what reading throws
 */
export async function* linesOfRun(means: Means, options: RunLogOptions): AsyncGenerator<RunLogLine> {
  const { follow = false, troubled, signal } = options;
  const readings = new Map<string, Reading>();
  const trouble: { code: FailureCode | null; sinceMs: number } = { code: null, sinceMs: 0 };
  for (let waitMs: number = pace.firstMs; signal?.aborted !== true;) {
    let hasNews = false;
    try {
      const lines = linesNow(means, options, readings);
      for (let next = await lines.next(); ; next = await lines.next()) {
        trouble.code = null;
        if (next.done === true && next.value === 'over') return;
        if (next.done === true) break;
        hasNews = true;
        yield next.value;
      }
    } catch (error) {
      if (!follow || !(error instanceof LonghaulError) || !isPassing(error.code)) throw error;
      const { code } = error;
      if (trouble.code !== code) {
        troubled?.(error);
        [trouble.code, trouble.sinceMs] = [code, Date.now()];
      }
      if (code === 'TEMPORAL_UNREACHABLE' && Date.now() - trouble.sinceMs > patienceMs) throw error;
    }
    waitMs = hasNews ? pace.firstMs : Math.min(pace.lastMs, waitMs * pace.factor);
    await delay(waitMs, undefined, signal && { signal }).catch(() => undefined);
  }
}

/** What is there now; returns whether that is all that there will be. */
async function* linesNow(
  { runOf, read }: Means,
  { steps, follow = false, tail }: RunLogOptions,
  readings: Map<string, Reading>,
): AsyncGenerator<RunLogLine, 'over' | 'goes on'> {
  const run = await runOf();
  refuseUnknown(run, steps);
  for (const job of jobsOf(run, steps))
    if (!readings.has(job.jobId))
      readings.set(job.jobId, { run, job, place: { open: 0 }, tail, kept: [], isDone: false });
  const isOver = !follow || hasEnded(run, steps);
  if (readings.size === 0 && isOver) throw noJob(run, steps);
  yield* newLines([...readings.values()], read);
  return !follow || (isOver && [...readings.values()].every(({ isDone }) => isDone)) ? 'over' : 'goes on';
}

/** What has come since, of all logs: some at once, each to its present end. */
async function* newLines(readings: readonly Reading[], read: Means['read']): AsyncGenerator<RunLogLine> {
  const open = readings.filter(({ isDone }) => !isDone);
  for (let at = 0; at < open.length; at += atOnce) {
    let some = open.slice(at, at + atOnce);
    while (some.length > 0) {
      const parts = await Promise.all(some.map((one) => read(one.run, one.job, one.place, one.tail)));
      for (const [index, one] of some.entries()) {
        const part = parts[index];
        if (part === undefined) continue;
        for (const line of take(one, part)) yield { step: one.job.step, ...line };
      }
      some = some.filter((_, index) => parts[index]?.isMore === true);
    }
  }
}

/** What of a part is told now. Of a tail nothing is, before its end is known. */
function take(reading: Reading, { lines, next, isMore, isLast }: JobLogPart): readonly LogPartLine[] {
  reading.place = next;
  reading.isDone = isLast;
  if (reading.tail === undefined) return lines;
  reading.kept = [...reading.kept, ...lines].slice(-reading.tail);
  if (isMore) return [];
  const told = reading.kept;
  [reading.kept, reading.tail] = [[], undefined];
  return told;
}

/** Of each step the job that it has started last. */
const jobsOf = ({ steps }: Pick<Run, 'steps'>, wanted?: readonly string[]): StepJob[] =>
  steps
    .filter((step) => isWanted(step, wanted))
    .flatMap(({ name: step, references, generation = 1 }) => {
      const job = references.findLast(({ kind }) => kind === 'job');
      return job === undefined ? [] : [{ jobId: job.id, step, generation }];
    });

const isWanted = ({ name }: Pick<Step, 'name'>, wanted: readonly string[] | undefined): boolean =>
  wanted === undefined || wanted.includes(name) || wanted.includes(wholeOf(name));

/** Whether nothing may start another job. */
const hasEnded = (run: Run, wanted: readonly string[] | undefined): boolean =>
  run.endedAt !== undefined ||
  (wanted !== undefined &&
    run.steps.every(
      (step) =>
        !isWanted(step, wanted) || !['pending', 'running', 'waiting', 'parked'].includes(step.state.status),
    ));

function refuseUnknown({ runId, steps, notice }: Run, wanted: readonly string[] = []): void {
  if (notice !== undefined && steps.length === 0) throw new LonghaulError('WORKER_SILENT', notice);
  const unknown = wanted.find((name) => !steps.some((step) => isWanted(step, [name])));
  if (unknown === undefined) return;
  const names = [...new Set(steps.map(({ name }) => wholeOf(name)))].join(', ');
  throw new LonghaulError(
    'LOG_NOT_FOUND',
    `run ${runId} has no step "${unknown}" (or not yet: items begin with their step); its steps are ${names}`,
  );
}

const noJob = ({ runId }: Run, steps: readonly string[] | undefined): LonghaulError =>
  new LonghaulError(
    'LOG_NOT_FOUND',
    `${steps === undefined ? '' : `step ${steps.join(', ')} of `}run ${runId} has started no job, so there is no log`,
  );
