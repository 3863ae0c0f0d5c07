/** Limits of time. */
import { CancellationScope, isCancellation } from '@temporalio/workflow';

/** What was done was not done in time, and has been cancelled. */
export class Expired extends Error {}

/**
 * Does something within a time; left out, however long it takes.
 * @throws Expired when the time is over, once what was done has ended by its cancellation
 */
export async function withinLimit<T>(limitMs: number | undefined, perform: () => Promise<T>): Promise<T> {
  if (limitMs === undefined) return perform();
  const scope = new CancellationScope({ cancellable: true, timeout: Math.max(1, limitMs) });
  const outer = CancellationScope.current();
  try {
    return await scope.run(perform);
  } catch (error) {
    if (isCancellation(error) && scope.consideredCancelled && !outer.consideredCancelled) throw new Expired();
    throw error;
  }
}
