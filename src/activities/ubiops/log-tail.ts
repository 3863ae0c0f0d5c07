/** The end of a log: of a build, of a package, or of a request. */
import { afterLine } from '../../platform/ubiops/log-times.js';
import type { UbiOpsDependencies } from './dependencies.js';

const longestLine = 300;
/** Longer ones are cut before they are masked. */
const mostOfLine = 10_000;
/** As many lines as one answer may have. */
const pageSize = 5_000;
const usuallyWithinMs = 20_000;
/** Before the end: where a log of more than one page is read from, if need be from earlier on. */
const windowsMs = [60_000, 3_600_000, 86_400_000] as const;

export interface LogTail {
  /** Oldest first, without secrets. */
  readonly lines: readonly string[];
  /** Why they are not the end of the log. */
  readonly notice?: string;
}

interface Wanted {
  readonly project: string;
  /** Selects the lines, in the language of the platform. */
  readonly query: string;
  /** How many of the last ones. */
  readonly lines: number;
  /** Those before it are of something else; ISO 8601. */
  readonly from?: string | undefined;
  /** About when the last one was written, in milliseconds since the epoch. */
  readonly endedMs: number;
  /** How long to read; 20 seconds, unless stated: one try of an await has a minute. */
  readonly withinMs?: number;
}

/** From one point of a log on. */
interface Part {
  readonly lines: readonly string[];
  readonly reached: 'end' | 'page' | 'time over';
  /** Where it goes on. */
  readonly next: string | undefined;
  /** How many lines more may belong to a private key that has begun. */
  readonly open: number;
}

/**
 * Reads the end. An answer has the first lines after a time: a log of more than a page is read from shortly before its end,
 * and from ever earlier while that gives too few lines.
 */
export async function readLogTail(deps: UbiOpsDependencies, wanted: Wanted): Promise<LogTail> {
  const { lines, from, endedMs, withinMs = usuallyWithinMs } = wanted;
  if (lines === 0) return { lines: [] };
  const untilMs = performance.now() + withinMs;
  const first = await readFrom(deps, wanted, { from, pages: 1, untilMs, open: 0 });
  if (first.reached === 'end') return { lines: first.lines };
  // The end itself, with fewer lines than are wanted: better than what comes before it, when there is no time for both.
  let end: Part | null = null;
  for (const windowMs of windowsMs) {
    const start = BigInt(Math.round(endedMs - windowMs)) * 1_000_000n;
    if (start <= BigInt(first.next ?? 0)) break; // the rest is no longer than that
    const part = await readFrom(deps, wanted, { from: String(start), untilMs, open: 0 });
    if (part.reached === 'time over') return tailOf(end ?? part, withinMs);
    if (part.lines.length >= lines) return tailOf(part, withinMs);
    if (part.lines.length > 0) end = part;
  }
  const rest = await readFrom(deps, wanted, { from: first.next, untilMs, open: first.open });
  if (rest.reached === 'time over' && end !== null) return tailOf(end, withinMs);
  return tailOf({ ...rest, lines: [...first.lines, ...rest.lines].slice(-lines) }, withinMs);
}

const tailOf = ({ lines, reached }: Part, withinMs: number): LogTail => ({
  lines,
  ...(reached === 'time over' && {
    notice: `the end of the log was not reached within ${withinMs / 1_000} s`,
  }),
});

interface From {
  readonly from: string | undefined;
  readonly pages?: number;
  /** By the monotonic clock. */
  readonly untilMs: number;
  readonly open: number;
}

async function readFrom(
  { ubiops, redactLines }: UbiOpsDependencies,
  { project: projectName, query, lines }: Wanted,
  { from, pages = Number.POSITIVE_INFINITY, untilMs, open: begun }: From,
): Promise<Part> {
  let [tail, start, open] = [[] as readonly string[], from, begun];
  for (let page = 1; ; page += 1) {
    const read = await ubiops.logs.list({
      path: { projectName },
      query: { query, ...(start !== undefined && { start }), limit: pageSize },
    });
    const sorted = read.toSorted((a, b) => a.timestamp - b.timestamp);
    // The whole page, and what the one before has left open: a private key has several lines.
    const redacted = redactLines(
      sorted.flatMap(({ log }) => log.slice(0, mostOfLine).split('\n')),
      open,
    );
    open = redacted.open;
    const last = redacted.lines.slice(-lines).map((line) => line.slice(0, longestLine));
    tail = [...tail, ...last].slice(-lines);
    const newest = sorted.at(-1);
    const next = newest === undefined ? undefined : afterLine(newest.timestamp);
    if (read.length < pageSize || next === undefined || next === start)
      return { lines: tail, reached: 'end', next, open };
    start = next;
    if (page >= pages) return { lines: tail, reached: 'page', next, open };
    if (performance.now() > untilMs) return { lines: tail, reached: 'time over', next, open };
  }
}
