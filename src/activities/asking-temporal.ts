/** What effects ask of Temporal itself: what it does not answer now, it answers later. */
import { isGrpcServiceError } from '@temporalio/client';
import { LonghaulError } from '../run/failures/errors.js';

/** What Temporal said, where an error is or holds one of its own; `null` for any other. */
export function grpcErrorIn(error: unknown) {
  const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
  return isGrpcServiceError(cause) ? cause : null;
}

/** An error of Temporal as one that is tried again, with what it could not do, such as “list runs”; any other as it is. */
export function translate(error: unknown, could: string): unknown {
  const cause = grpcErrorIn(error);
  if (cause === null) return error;
  return new LonghaulError('TEMPORAL_UNREACHABLE', `Temporal could not ${could}`, { cause });
}

/**
 * Asks Temporal.
 * @throws LonghaulError `TEMPORAL_UNREACHABLE`, and what else `ask` throws
 */
export async function askTemporal<T>(could: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw translate(error, could);
  }
}
