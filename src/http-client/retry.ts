/** When a call is made again, and how long the pause before is. */
import { LonghaulHttpError } from './errors.js';

/** The first pause is short, for most answers are lost by a restart; then callers must not come all at once. */
const pauses = { firstMs: 250, lastMs: 10_000, factor: 2 } as const;

/** The pause after so many failures in a row: full jitter above a floor, and never less than the server asked for. */
export function pauseMs(failures: number, retryAfterMs = 0): number {
  const most = Math.min(pauses.lastMs, pauses.firstMs * pauses.factor ** (failures - 1));
  const jittered = most * (0.5 + Math.random() / 2);
  return retryAfterMs + jittered;
}

/** Resolves after the time; rejects with the reason of `signal` when that aborts before. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error); // whatever the caller aborted with, as fetch does
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Makes the call until it succeeds, fails for good, or another try would begin after `forMs`. */
export async function repeated<T>(
  call: () => Promise<T>,
  { forMs, signal }: { readonly forMs: number; readonly signal: AbortSignal | undefined },
): Promise<T> {
  const endMs = Date.now() + forMs;
  for (let failures = 1; ; failures += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof LonghaulHttpError) || !error.retryable) throw error;
      const waitMs = pauseMs(failures, error.retryAfterMs);
      if (Date.now() + waitMs > endMs) throw error;
      await pause(waitMs, signal);
    }
  }
}
