/**
 * Times of log lines: nanoseconds since the epoch, of which a number keeps no more than the microseconds.
 *
 * UbiOps reads a log from `start` to `end`: forward where `end` is later, and backward from the newest line where it is
 * earlier. Left out, `start` is now and `end` is yesterday (`ubiops logs --help` of ubiops-cli 2.32.0): what states `start`
 * alone is told what came before it.
 */

/** From where a log goes on after a line. */
export const afterLine = (nanoseconds: number): string =>
  String((BigInt(Math.floor(nanoseconds / 1e3)) + 1n) * 1_000n);

const nanosecondsOf = (ms: number): string => String(BigInt(Math.round(ms)) * 1_000_000n);

/** The clocks of the API and of what writes a log differ. */
const earlierMs = 60_000;

/** What has a log. */
export interface Since {
  /** When it was made, by the platform’s clock: ISO 8601. Where that is not known, its log of the last day is read. */
  readonly begunAt: string | null | undefined;
}

/** The lines of all that has a log, the newest first. */
export function logsSince({ begunAt }: Since): { readonly end?: string } {
  const begunMs = Date.parse(begunAt ?? '');
  return Number.isNaN(begunMs) ? {} : { end: nanosecondsOf(begunMs - earlierMs) };
}

/** How much later than now a line may be, and where the platform’s clock is ahead, as that of a simulator is that runs fast. */
const laterMs = { usually: 60_000, ahead: 86_400_000 } as const;

/** The lines after those that were read, the oldest first. `knownAt` are times of the platform; `after` is of `afterLine`. */
export function logsAfter({
  begunAt,
  knownAt,
  after,
}: Since & {
  readonly knownAt: readonly (string | null | undefined)[];
  readonly after: string | undefined;
}): {
  readonly start: string;
  readonly end: string;
} {
  const nowMs = Date.now();
  const knownMs = [begunAt, ...knownAt].map((at) => Date.parse(at ?? '')).filter((ms) => !Number.isNaN(ms));
  const begunMs = Date.parse(begunAt ?? '');
  const latestMs = Math.max(0, Number(after ?? 0) / 1e6, ...knownMs);
  return {
    start: after ?? nanosecondsOf((Number.isNaN(begunMs) ? nowMs - laterMs.ahead : begunMs) - earlierMs),
    end: nanosecondsOf(latestMs > nowMs ? latestMs + laterMs.ahead : nowMs + laterMs.usually),
  };
}

/** Lines come later than the end of what writes them: so long, the platform’s own client goes on reading. */
const lateMs = 20_000;

/** For how long more lines may come of what has ended; 0 where none do, or where the platform’s clock is ahead. */
export function lateLinesMs(endedAt: string | null | undefined, nowMs: number): number {
  const sinceMs = nowMs - Date.parse(endedAt ?? '');
  return sinceMs >= 0 && sinceMs < lateMs ? lateMs - sinceMs : 0;
}
