/** Parts of the log of a job, read by a worker that holds the credential of its connection. */
import type { Client } from '@temporalio/client';
import {
  type JobLogAsked,
  type JobLogPart,
  jobLogPrefix,
  jobLogWorkflow,
} from '../../run/connection-readings.js';
import { LonghaulError, isFailureCode } from '../../run/failures/errors.js';
import type { Run } from '../../run/steps.js';
import { askWorker } from '../ask-worker.js';
import { placeOf } from '../attempts.js';
import { type RunLogLine, type RunLogOptions, linesOfRun } from './run-logs.js';

interface Means {
  readonly get: (runId: string) => Promise<Run>;
  readonly guard: <T>(runId: string, perform: () => Promise<T>, moreMs?: number) => Promise<T>;
}

/** A worker reads the platform meanwhile. */
const partMs = 50_000;

/** The logs of runs by way of a client. */
export const createRunLogs =
  (client: Client, { get, guard }: Means) =>
  (runId: string, options: RunLogOptions = {}): AsyncIterable<RunLogLine> =>
    linesOfRun(
      {
        runOf: () => get(runId),
        read: (run, { jobId, ...made }, place, tail) =>
          guard(
            runId,
            async () => {
              const { connection, origins } = await placeOf(client, run, made.step);
              const madeBy = { origins, ...made };
              return readLogPart(client, { connection, jobId, madeBy, place, ...(tail && { tail }) });
            },
            partMs,
          ),
      },
      options,
    );

/**
 * Asks for one part.
 * @throws LonghaulError `WORKER_SILENT`, or what the worker was answered
 */
async function readLogPart(client: Client, asked: JobLogAsked): Promise<JobLogPart> {
  const answer = await askWorker<JobLogAsked, JobLogPart>(client, {
    ...{ workflow: jobLogWorkflow, prefix: jobLogPrefix, asked },
    summary: `the log of job ${asked.jobId}`,
  });
  if ('value' in answer) return answer.value;
  const [, code] = / \(([A-Z_]+)\)$/.exec(answer.missing) ?? [];
  if (!isFailureCode(code)) throw new LonghaulError('WORKER_SILENT', answer.missing);
  throw new LonghaulError(code, answer.missing.slice(0, -` (${code})`.length));
}
