/** Looks up what an input names, where the worker with the credential is. It changes nothing, and is no run. */
import type { Finding, PreflightAsked } from '../run/inputs/preflight.js';
import { proxyReadings } from './kernel/effects.js';
import { fail, failureOf } from '../steps/failures.js';

/** Fails as the activity does, or as `WORKER_SILENT` when no worker took it. */
export async function lookUp(asked: PreflightAsked): Promise<readonly Finding[]> {
  try {
    return await proxyReadings(asked.connection).lookUp(asked);
  } catch (error) {
    const failure = failureOf(error);
    throw failure === null ? error : fail(failure);
  }
}
