/** What the server itself reads from the platforms, with its own credentials: whether they answer, and logs of jobs. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Config, connectionOf } from '../../config.js';
import { isPassing } from '../../client/logs/run-logs.js';
import { type MadeBy, isMadeBy } from '../../client/markers.js';
import { secretValuesOf } from '../../config/secret-values.js';
import { type Mask, createMask } from '../../foreign-text/mask.js';
import { type FailureCode, LonghaulError } from '../../run/failures/errors.js';
import { type Probe, probeConnection } from '../../platform/probe.js';
import type { ConnectionReadings, Platform } from '../../platform/readings.js';
import type { PlatformConnection } from '../../platform/transport.js';
import { platforms } from '../../platform/wings.js';
import { createAskedOnce } from './asked-once.js';
import { type Asking, type Sharing, createAsking } from './asking.js';
import {
  type JobLogLine,
  type LogPage,
  type LogPages,
  type LogPlace,
  createLogPages,
  lookEveryMs,
} from '../following/log-pages.js';
import { createPace } from './pace.js';
import { isForLog } from '../problem.js';

export interface ConnectionHealth {
  readonly ok: boolean;
  readonly detail: string;
  readonly code?: FailureCode;
  readonly checkedAt: string;
}

export interface Platforms {
  /** Asked at most every 15 s, however many callers ask. */
  health(connection: string): Promise<ConnectionHealth>;
  /**
   * Makes sure that a step of the run, or of one that it was forked from, has made the job: anybody may have supplied
   * another, or named it in a file. Asked once for all who want to know, at the pace of the logs.
   * @throws LonghaulError `NOT_FOUND`, `SERVER_BUSY`, `CREDENTIALS_MISSING` or what the platform answered
   */
  requireOwnJob(connection: string, jobId: string, by: MadeBy): Promise<void>;
  /**
   * The lines of a job's log, oldest first, without secrets; with `follow`, until the job has ended.
   * @throws LonghaulError `CREDENTIALS_MISSING` or what the platform answered
   */
  log(
    connection: string,
    jobId: string,
    options: { readonly follow: boolean; readonly signal: AbortSignal },
  ): AsyncIterable<JobLogLine>;
}

const healthForMs = 15_000;
const pageSize = 1_000;

/** Logs have this share of what a connection's workers may ask a second, in each server. */
const shareOfLogs = 1 / 4;

/** Reads the platforms of the configured connections, as their workers may. */
export function createPlatforms(config: Config, sharing: Sharing): Platforms {
  const askOnce = createAskedOnce();
  const known = new Map<string, { readonly untilMs: number; readonly health: Promise<ConnectionHealth> }>();
  const readers = new Map<string, Reader>();
  const mask = createMask(secretValuesOf(config));
  const askings = new Map<string, AskedPlatform>();
  const askingOf = (name: string): AskedPlatform => {
    const asking = askings.get(name) ?? askPlatform(config, name, { mask, sharing });
    askings.set(name, asking);
    return asking;
  };
  const readerOf = (name: string): Reader => {
    const reader =
      readers.get(name) ?? createReader(askingOf(name), { mask, perSecond: rateOf(config, name) });
    readers.set(name, reader);
    return reader;
  };
  return {
    health: (name) => {
      const before = known.get(name);
      if (before !== undefined && before.untilMs > Date.now()) return before.health;
      const health = probe(askingOf(name), sharing.logger);
      known.set(name, { untilMs: Date.now() + healthForMs, health });
      health.catch(() => known.delete(name));
      return health;
    },
    requireOwnJob: (name, jobId, by) =>
      // a job does not change hands
      askOnce(JSON.stringify([name, jobId, by]), async () => readerOf(name).requireOwn(jobId, by)),
    log: (name, jobId, options) => linesOf(readerOf(name).pages, jobId, options),
  };
}

/** A connection, and what it leads to. */
interface AskedPlatform extends Asking {
  readonly kind: Platform;
}

function askPlatform(
  config: Config,
  name: string,
  { mask, sharing }: { readonly mask: Mask; readonly sharing: Sharing },
): AskedPlatform {
  const settings = config.connections[name];
  if (settings === undefined)
    throw new LonghaulError('CONNECTION_UNKNOWN', `this server has no connection "${name}"`);
  const connection: PlatformConnection = { ...connectionOf(name, settings), redact: mask.text };
  return { kind: platforms[settings.platform], ...createAsking(connection, sharing) };
}

async function probe(
  { kind, platform, ask }: AskedPlatform,
  logger: Sharing['logger'],
): Promise<ConnectionHealth> {
  const checkedAt = new Date().toISOString();
  const found = await ask(() => probeConnection(kind, platform)).catch(refusedProbe);
  if (found.ok) return { ok: true, detail: found.line, checkedAt };
  const { code, line } = found;
  if (!isForLog({ code })) return { ok: false, detail: line, code, checkedAt };
  logger.error({ connection: platform.name, fault: line }, 'a connection cannot be asked');
  const detail = `${code}: the server is not set up to ask this connection; its log says why`;
  return { ok: false, detail, code, checkedAt };
}

/** That it is not asked now is an answer too. */
function refusedProbe(error: unknown): Probe {
  if (!isHold(error)) throw error;
  return { ok: false, line: `${error.code}: ${error.message}`, code: error.code };
}

const isHold = (error: unknown): error is LonghaulError =>
  error instanceof LonghaulError && error.code === 'PLATFORM_THROTTLED';

async function* linesOf(
  pages: LogPages,
  jobId: string,
  { follow, signal }: { readonly follow: boolean; readonly signal: AbortSignal },
): AsyncGenerator<JobLogLine> {
  let place: LogPlace = { open: 0 };
  let hasBegun = false;
  while (!signal.aborted) {
    const { lines, next, isLast } = await pages.page(jobId, place).catch((error: unknown) => {
      if (!(hasBegun && follow && error instanceof LonghaulError && isPassing(error.code))) throw error;
      return { lines: [], next: place, isLast: false }; // who follows waits with all the others
    });
    hasBegun = true;
    yield* lines;
    const hasMoved = next.after !== place.after;
    place = next;
    if (lines.length > 0 && hasMoved) continue;
    if (isLast || !follow) return;
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

const rateOf = (config: Config, name: string): number => config.connections[name]?.requestsPerSecond ?? 1;

/** What is read of the jobs of one connection, all at one pace. */
interface Reader {
  readonly pages: LogPages;
  requireOwn(jobId: string, by: MadeBy): Promise<void>;
}

/** One client for all logs of a connection. */
function createReader(
  { kind, platform, ask }: AskedPlatform,
  { mask, perSecond }: { readonly mask: Mask; readonly perSecond: number },
): Reader {
  const reading = kind.read(platform);
  const pace = createPace(Math.max(1, perSecond * shareOfLogs));
  const inTurn = async <T>(read: () => Promise<T>): Promise<T> => {
    await pace.turn();
    return ask(read);
  };
  return {
    pages: createLogPages((jobId, place) => inTurn(() => readPage(reading, { jobId, place, mask }))),
    requireOwn: async (jobId, by) => {
      const text = await inTurn(() => reading.markedText(jobId));
      if (!isMadeBy(text, by))
        throw new LonghaulError(
          'NOT_FOUND',
          `job ${jobId} does not carry the marker of this run, so its log is not shown: look at it on the platform`,
        );
    },
  };
}

async function readPage(
  reading: ConnectionReadings,
  { jobId, place, mask }: { readonly jobId: string; readonly place: LogPlace; readonly mask: Mask },
): Promise<LogPage> {
  const read = await reading.logPage({ jobId, after: place.after, limit: pageSize });
  const masked = mask.lines(
    read.lines.map(({ text }) => text),
    place.open,
  );
  const { after = place.after } = read;
  return {
    lines: read.lines.map(({ at }, index) => ({ at, line: masked.lines[index] ?? '' })),
    next: after === place.after ? place : { after, open: masked.open },
    isFull: read.lines.length >= pageSize && after !== place.after,
    isLast: read.isComplete,
  };
}
