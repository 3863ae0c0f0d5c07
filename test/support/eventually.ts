/** Waiting in tests. */
import { setTimeout as delay } from 'node:timers/promises';

/** Waits until something holds. */
export async function eventually(
  holds: () => Promise<boolean> | boolean,
  { withinMs = 60_000 }: { readonly withinMs?: number } = {},
): Promise<void> {
  const endMs = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`it did not come to that in ${withinMs} ms`);
    await delay(50);
  }
}
