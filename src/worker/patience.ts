/** Temporal may start after its workers, or be restarted while they start. */
import { setTimeout as delay } from 'node:timers/promises';
import { TransportError } from '@temporalio/worker';
import { unreachable } from '../client/translating.js';
import type { Logger } from '../observability/logger.js';
import { LonghaulError } from '../run/failures/errors.js';

const [tries, everyMs] = [20, 3_000];

/**
 * Does a part of a worker’s start, again where Temporal does not answer.
 *
 * @throws LonghaulError `TEMPORAL_UNREACHABLE` when it has not answered any of the tries, and what else `begin` throws
 */
export async function patiently<T>(
  begin: () => Promise<T>,
  { address, logger }: { readonly address: string; readonly logger: Logger },
): Promise<T> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await begin();
    } catch (error) {
      if (!isAway(error)) throw error;
      if (attempt >= tries) throw unreachable(address, error);
      logger.warn({ address, attempt }, 'Temporal does not answer; trying again');
      await delay(everyMs);
    }
}

/** Whether Temporal did not answer, rather than refuse. */
export const isAway = (error: unknown): boolean =>
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells an outage from a mistake
  error instanceof TransportError ||
  (error instanceof LonghaulError && error.code === 'TEMPORAL_UNREACHABLE');
