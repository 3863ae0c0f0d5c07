/** What a worker of any connection answers outside of runs: parts of the logs of jobs, and whether the connection works. */
import { hostname } from 'node:os';
import { isMadeBy } from '../client/markers.js';
import type {
  ConnectionReadingEffects,
  JobLogAsked,
  LogPartLine,
  JobLogPart,
  LogCursor,
} from '../run/connection-readings.js';
import { LonghaulError } from '../run/failures/errors.js';
import type { Probe } from '../platform/probe.js';
import type { ConnectionReadings } from '../platform/readings.js';
import type { ActivityDependencies } from './dependencies.js';
import { type Attempting, attempted } from './effect/attempt.js';

/** What is read of a connection, and what it is read with. */
interface ReadingDependencies extends Attempting, Pick<ActivityDependencies, 'redactLines' | 'url'> {
  readonly reading: Pick<ConnectionReadings, 'logPage' | 'markedText'>;
  readonly probe: () => Promise<Probe>;
  /** Of this installation. */
  readonly version: string;
}

/** Bounds of what passes through Temporal. */
const mostLines = 1_000;
const mostBytes = 200_000;
/** Of a line that is wider than all that may pass. */
const longestLine = 50_000;
/** Reading on to the end of a long log is left to another try before this one is given up. */
const readsForMs = 15_000;

/** Builds the activities from their dependencies. */
export const createConnectionReadings = (deps: ReadingDependencies): ConnectionReadingEffects => ({
  getJobLog: attempted(deps, async (asked: JobLogAsked) => {
    if (asked.place.after === undefined) await requireOwn(deps, asked);
    return asked.tail === undefined ? partOf(deps, asked, asked.place) : tailOf(deps, asked, asked.tail);
  }),
  getConnectionProbe: attempted(deps, async () => ({
    ...(await deps.probe()),
    ...{ version: deps.version, host: hostname(), url: deps.url, nowMs: Date.now() },
  })),
});

/** Anybody may have supplied another job, or named it in a file. */
async function requireOwn({ reading }: ReadingDependencies, { jobId, madeBy }: JobLogAsked): Promise<void> {
  if (isMadeBy(await reading.markedText(jobId), madeBy)) return;
  throw new LonghaulError(
    'NOT_FOUND',
    `job ${jobId} does not carry the marker of this run, so its log is not shown: look at it on the platform`,
  );
}

/** As many lines as may pass, of those that come next. */
async function partOf(
  { reading, redactLines }: ReadingDependencies,
  { jobId }: Pick<JobLogAsked, 'jobId'>,
  place: LogCursor,
): Promise<JobLogPart> {
  for (let limit = mostLines; ; limit = Math.max(1, Math.floor(limit / 4))) {
    const read = await reading.logPage({ jobId, after: place.after, limit });
    const redacted = redactLines(
      read.lines.map(({ text }) => text),
      place.open,
    );
    const lines = read.lines.map(({ at }, index): LogPartLine => ({
      ...(at !== undefined && { at }),
      line: redacted.lines[index] ?? '',
    }));
    if (limit > 1 && bytesOf(lines) > mostBytes) continue;
    const hasMoved = read.after !== undefined && read.after !== place.after;
    const isMore = hasMoved && read.lines.length >= limit;
    return {
      lines: lines.map(shortened),
      next: hasMoved ? { after: read.after, open: redacted.open } : place,
      ...{ isMore, isLast: read.isComplete && !isMore },
    };
  }
}

/** The last lines of what comes next, of a long log as far as there is time. */
async function tailOf(deps: ReadingDependencies, asked: JobLogAsked, most: number): Promise<JobLogPart> {
  const untilMs = performance.now() + readsForMs;
  let lines: readonly LogPartLine[] = [];
  let { place } = asked;
  for (;;) {
    const part = await partOf(deps, asked, place);
    lines = lastOf([...lines, ...part.lines], most);
    place = part.next;
    if (!part.isMore || performance.now() > untilMs) return { ...part, lines };
  }
}

/** The last of these, as far as they may pass. */
function lastOf(lines: readonly LogPartLine[], most: number): readonly LogPartLine[] {
  let from = Math.max(0, lines.length - most);
  while (from < lines.length - 1 && bytesOf(lines.slice(from)) > mostBytes)
    from += Math.ceil((lines.length - from) / 8);
  return lines.slice(from);
}

const bytesOf = (lines: readonly LogPartLine[]): number =>
  lines.reduce((sum, { line }) => sum + Buffer.byteLength(line), 0);

const shortened = ({ line, ...more }: LogPartLine): LogPartLine => ({
  ...more,
  line: line.length > longestLine ? `${line.slice(0, longestLine)}…` : line,
});
