/** Questions to a platform whose answer stays: each is asked once for all who want to know. */
import { type FailureCode, LonghaulError } from '../../run/failures/errors.js';

/** For how long a refusal is told again without asking. */
const refusedForMs = 15_000;
const rememberedAtMost = 10_000;

/** What came of asking the platform. Where it was not asked, who comes next may be luckier. */
const answers: readonly FailureCode[] = [
  'NOT_FOUND',
  'PERMISSION_DENIED',
  'QUOTA_EXCEEDED',
  'CREDENTIALS_REJECTED',
  'REQUEST_REJECTED',
  'CONFLICT',
  'PROXY_PAGE',
  'ANSWER_UNEXPECTED',
  'PLATFORM_UNAVAILABLE',
  'PLATFORM_UNREACHABLE',
];

/** Asks, or tells what was answered to the same question before. Rejects with what `ask` rejects with. */
export type AskedOnce = (question: string, ask: () => Promise<void>) => Promise<void>;

/** Remembers what was answered, as long as there is room, and for a while what the platform refused. */
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
      if (error instanceof LonghaulError && answers.includes(error.code))
        setTimeout(forget, refusedForMs).unref();
      else forget();
    });
    return asked;
  };
}
