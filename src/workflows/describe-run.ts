/** Reads what a platform tells of a run, where the worker with its credential is. It changes nothing, and is no run. */
import type { RunAsked, RunFacts } from '../run/run-facts.js';
import { proxyReadings } from './kernel/effects.js';
import { fail, failureOf } from '../steps/failures.js';

/** Fails as the activity does, or as `WORKER_SILENT` when no worker took it. */
export async function describeRun(asked: RunAsked): Promise<RunFacts> {
  try {
    return await proxyReadings(asked.connection).getRunFacts(asked);
  } catch (error) {
    const failure = failureOf(error);
    throw failure === null ? error : fail(failure);
  }
}
