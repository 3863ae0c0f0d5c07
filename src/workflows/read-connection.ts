/** Reads what a worker with the credential of a connection is asked. It changes nothing, and is no run. */
import type { ConnectionProbe, JobLogAsked, JobLogPart } from '../run/connection-readings.js';
import { fail, failureOf } from '../steps/failures.js';
import { proxyConnectionReadings } from './kernel/effects.js';

/** A part of the log of a job. Fails as the activity does, or as `WORKER_SILENT` when no worker took it. */
export const readJobLog = (asked: JobLogAsked): Promise<JobLogPart> =>
  told(proxyConnectionReadings(asked.connection).getJobLog(asked));

/** Whether a connection works. Fails as `WORKER_SILENT` when no worker took it. */
export const lookAtConnection = (asked: { connection: string }): Promise<ConnectionProbe> =>
  told(proxyConnectionReadings(asked.connection).getConnectionProbe(asked));

async function told<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    const failure = failureOf(error);
    throw failure === null ? error : fail(failure);
  }
}
