/** The end of a job’s log. */
import type { DominoDependencies } from '../dependencies.js';

/** Bounds of what is kept: what a person reads first, small enough for Temporal’s history. */
const longestLine = 300;
const mostBytes = 48_000;
const pageSize = 10_000;
const usuallyWithinMs = 20_000;
/** Before the end of the job: where a log that has more than one page is read from, if need be from earlier on. */
const windowsMs = [60_000, 3_600_000, 86_400_000] as const;

export interface LogTail {
  /** Oldest first. */
  readonly lines: readonly string[];
  /** Whether the platform says that nothing is missing. */
  readonly whole: boolean;
  /** Why the lines are not the end of the log. */
  readonly notice?: string;
}

interface Wanted {
  readonly jobId: string;
  /** ISO 8601, by the clock of the platform. */
  readonly completedAt: string | null;
  readonly lines: number;
  /** How long to read; 20 seconds, unless stated: one try of an await has a minute. */
  readonly withinMs?: number;
}

/** From one point of a log on to its end, or as far as there was time. */
interface Part {
  readonly lines: readonly string[];
  readonly reached: 'end' | 'end so far' | 'page' | 'time over';
  readonly next: string | undefined;
  /** How many lines more may belong to a private key that has begun. */
  readonly open: number;
}

/**
 * Reads the end. The platform lists a log from a time on, oldest line first: one that has more than a page is read from
 * shortly before the end of the job, and from ever earlier while that gives too few lines.
 */
export async function readLogTail(
  deps: DominoDependencies,
  { jobId, completedAt, lines, withinMs = usuallyWithinMs }: Wanted,
): Promise<LogTail> {
  if (lines === 0) return { lines: [], whole: true };
  const read = (from: string | undefined, pages?: number, open = 0) =>
    readFrom(deps, { jobId, lines, from, endMs, pages, open });
  const endMs = performance.now() + withinMs;
  const first = await read(undefined, 1);
  const tail = (part: Part): LogTail => tailOf(part, { most: lines, withinMs });
  if (first.reached !== 'page') return tail(first);
  const completedMs = completedAt === null ? Number.NaN : Date.parse(completedAt);
  // The end itself, with fewer lines than are wanted: better than what comes before it, when there is no time for both.
  let end: Part | null = null;
  for (const windowMs of Number.isNaN(completedMs) ? [] : windowsMs) {
    const from = nanoOf(completedMs - windowMs);
    if (BigInt(from) <= cursorOf(first.next)) break; // the rest is no longer than that
    const part = await read(from);
    if (part.reached === 'time over') return tail(end ?? part);
    if (part.lines.length >= lines) return tail(part);
    if (part.lines.length > 0) end = part;
  }
  const rest = await read(first.next, undefined, first.open);
  if (rest.reached === 'time over' && end !== null) return tail(end);
  return tail({ ...rest, lines: [...first.lines, ...rest.lines] });
}

const nanoOf = (ms: number): string => String(BigInt(Math.round(ms)) * 1_000_000n);

/** A cursor that is no number is none that a time can be compared with. */
const cursorOf = (cursor: string | undefined): bigint =>
  cursor !== undefined && /^\d+$/.test(cursor) ? BigInt(cursor) : 0n;

function tailOf(
  { lines, reached }: Part,
  { most, withinMs }: { readonly most: number; readonly withinMs: number },
): LogTail {
  const kept = withinBytes(lines.slice(-most));
  if (reached !== 'time over') return { lines: kept, whole: reached === 'end' };
  const seconds = withinMs / 1_000;
  return { lines: kept, whole: true, notice: `the end of the log was not reached within ${seconds} s` };
}

/** The last lines that fit. */
function withinBytes(lines: readonly string[]): string[] {
  let bytes = 0;
  const from = lines.findLastIndex((line) => {
    bytes += Buffer.byteLength(JSON.stringify(line));
    return bytes > mostBytes;
  });
  return lines.slice(from + 1);
}

async function readFrom(
  { domino, redactLines }: DominoDependencies,
  {
    jobId,
    lines,
    from,
    endMs,
    pages = Number.POSITIVE_INFINITY,
    open: begun,
  }: {
    readonly jobId: string;
    readonly lines: number;
    readonly from: string | undefined;
    readonly endMs: number;
    readonly pages?: number | undefined;
    readonly open: number;
  },
): Promise<Part> {
  let [tail, next, open] = [[] as readonly string[], from, begun];
  for (let page = 1; ; page += 1) {
    const { logs, metadata } = await domino.jobs.logs({
      path: { jobId },
      query: { logType: 'complete', limit: pageSize, latestTimeNano: next },
    });
    // The whole page, and what the one before has left open: a private key has several lines.
    const redacted = redactLines(
      logs.logContent.flatMap(({ log }) => log.slice(0, 10 * longestLine).split('\n')),
      open,
    );
    open = redacted.open;
    const last = redacted.lines.slice(-lines).map((line) => line.slice(0, longestLine));
    tail = [...tail, ...last].slice(-lines);
    const cursor = metadata?.pagination?.latestTimeNano ?? undefined;
    const isEnd = logs.logContent.length === 0 || cursor === undefined || cursor === next;
    if (logs.isComplete) return { lines: tail, reached: 'end', next, open };
    if (isEnd) return { lines: tail, reached: 'end so far', next, open };
    next = cursor;
    if (page >= pages) return { lines: tail, reached: 'page', next, open };
    if (performance.now() > endMs) return { lines: tail, reached: 'time over', next, open };
  }
}
