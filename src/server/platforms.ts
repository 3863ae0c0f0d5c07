/** What the server itself reads from the platforms, with its own credentials: whether they answer, and logs of jobs. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Config, connectionOf } from '../config.js';
import { type MadeBy, isMadeBy } from '../client/markers.js';
import { domino } from '../contract/domino/index.js';
import { type FailureCode, LonghaulError } from '../pipeline/errors.js';
import { type PlatformClient, createPlatformClient } from '../platform/client.js';
import { PlatformError } from '../platform/errors.js';
import { probeConnection } from '../platform/probe.js';

export interface Health {
  readonly ok: boolean;
  readonly detail: string;
  readonly code?: FailureCode;
  readonly checkedAt: string;
}

export interface Platforms {
  /** Asked at most every 15 s, however many callers ask. */
  health(connection: string): Promise<Health>;
  /**
   * Makes sure that a step of the run, or of one that it was forked from, has made the job: anybody may have supplied
   * another, or named it in a file.
   * @throws LonghaulError `NOT_FOUND`, `CREDENTIALS_MISSING` or what the platform answered
   */
  requireOwnJob(connection: string, jobId: string, by: MadeBy): Promise<void>;
  /**
   * The lines of a job's log, oldest first; with `follow`, until the job has ended.
   * @throws LonghaulError `CREDENTIALS_MISSING` or what the platform answered
   */
  log(
    connection: string,
    jobId: string,
    options: { readonly follow: boolean; readonly signal: AbortSignal },
  ): AsyncIterable<LogLine>;
}

export interface LogLine {
  readonly at?: string | undefined;
  readonly line: string;
}

const healthForMs = 15_000;
const lookEveryMs = 2_000;
const pageSize = 1_000;
const rememberedAtMost = 10_000;

/** Reads the platforms of the configured connections. */
export function createPlatforms(config: Config): Platforms {
  const own = new Set<string>();
  const known = new Map<string, { readonly untilMs: number; readonly health: Promise<Health> }>();
  return {
    health: (name) => {
      const before = known.get(name);
      if (before !== undefined && before.untilMs > Date.now()) return before.health;
      const health = probe(config, name);
      known.set(name, { untilMs: Date.now() + healthForMs, health });
      return health;
    },
    requireOwnJob: async (name, jobId, by) => {
      const asked = JSON.stringify([name, jobId, by]);
      if (own.has(asked)) return;
      await requireOwnJob(config, { name, jobId, by });
      if (own.size >= rememberedAtMost) own.clear();
      own.add(asked); // a job does not change hands
    },
    log: (name, jobId, options) => linesOf(config, name, jobId, options),
  };
}

function platformOf(config: Config, name: string) {
  const connection = config.connections[name];
  if (connection === undefined)
    throw new LonghaulError('CONNECTION_UNKNOWN', `this server has no connection "${name}"`);
  return connectionOf(name, connection);
}

async function probe(config: Config, name: string): Promise<Health> {
  const checkedAt = new Date().toISOString();
  const { ok, line, ...more } = await probeConnection(platformOf(config, name));
  return { ok, detail: line, checkedAt, ...('code' in more && { code: more.code }) };
}

async function requireOwnJob(
  config: Config,
  { name, jobId, by }: { readonly name: string; readonly jobId: string; readonly by: MadeBy },
): Promise<void> {
  const client = createPlatformClient(domino, platformOf(config, name));
  const { job } = await client.jobs.get({ path: { jobId } }).catch(refuse);
  if (!isMadeBy(job.title, by))
    throw new LonghaulError(
      'NOT_FOUND',
      `job ${jobId} does not carry the marker of this run, so its log is not shown: look at it on the platform`,
    );
}

async function* linesOf(
  config: Config,
  name: string,
  jobId: string,
  { follow, signal }: { readonly follow: boolean; readonly signal: AbortSignal },
): AsyncGenerator<LogLine> {
  const platform = platformOf(config, name);
  const client = createPlatformClient(domino, platform);
  const redact = (text: string): string => text.replaceAll(platform.credential().value, '[redacted]');
  let latestTimeNano: string | undefined;
  while (!signal.aborted) {
    const { lines, next, isComplete } = await pageOf(client, jobId, latestTimeNano);
    for (const { log, timestamp } of lines) yield { at: timestamp, line: redact(log) };
    const moved = next !== undefined && next !== latestTimeNano;
    if (moved) latestTimeNano = next;
    if (lines.length > 0 && moved) continue;
    if (isComplete || !follow) return;
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

async function pageOf(client: PlatformClient<typeof domino>, jobId: string, latestTimeNano?: string) {
  try {
    const { logs, metadata } = await client.jobs.logs({
      path: { jobId },
      query: { logType: 'complete', limit: pageSize, latestTimeNano },
    });
    const next = metadata?.pagination?.latestTimeNano ?? undefined;
    return { lines: logs.logContent, next, isComplete: logs.isComplete };
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  if (error instanceof PlatformError) throw new LonghaulError(error.code, error.message, { cause: error });
  throw error;
}
