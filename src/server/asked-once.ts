/** Questions to a platform whose answer stays: each is asked once for all who want to know. */
import { LonghaulError } from '../pipeline/errors.js';

/** For how long a refusal is told again without asking. */
const refusedForMs = 15_000;
const rememberedAtMost = 10_000;

/** Refused before the platform was asked: who comes next may be luckier. */
const unasked: readonly string[] = ['SERVER_BUSY', 'PLATFORM_THROTTLED', 'TEMPORAL_UNREACHABLE'];

/** Asks, or tells what was answered to the same question before. Rejects with what `ask` rejects with. */
export type AskedOnce = (question: string, ask: () => Promise<void>) => Promise<void>;

/** Remembers what was answered, as long as there is room, and for a while what was refused. */
export function createAskedOnce(): AskedOnce {
  const known = new Map<string, Promise<void>>();
  return (question, ask) => {
    const before = known.get(question);
    if (before !== undefined) return before;
    const asked = ask();
    const [oldest] = known.keys();
    if (oldest !== undefined && known.size >= rememberedAtMost) known.delete(oldest);
    known.set(question, asked);
    asked.catch((error: unknown) => {
      const forget = (): void => {
        if (known.get(question) === asked) known.delete(question);
      };
      if (error instanceof LonghaulError && unasked.includes(error.code)) forget();
      else setTimeout(forget, refusedForMs).unref();
    });
    return asked;
  };
}
