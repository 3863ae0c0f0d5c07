/** Reads the audit log of all processes. */
import { open, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LonghaulError } from '../pipeline/errors.js';
import { type AuditLine, chainStart, checkLine, parseLine } from './line.js';
import type { AuditEntry } from './log.js';

/** `unknown`: it was meant, and the process ended before it wrote what came of it, or has not yet. */
export const auditOutcomes = ['ok', 'failed', 'unknown'] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

/** One action: what was meant and what came of it. */
export interface AuditRecord extends AuditEntry {
  readonly id: string;
  /** When it was meant, ISO 8601 in UTC. */
  readonly at: string;
  readonly outcome: AuditOutcome;
  readonly endedAt?: string;
  readonly result?: string;
  readonly code?: string;
}

/** All that are given must fit. */
export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly object?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly outcome?: AuditOutcome | undefined;
}

/**
 * Actions, newest first. Lines that cannot be read are passed over: `verifyAudit` finds them.
 *
 * @throws LonghaulError `AUDIT_UNAVAILABLE` when the directory cannot be read
 */
export async function* readAudit({
  directory,
  filter = {},
  limit = Infinity,
}: {
  readonly directory: string;
  readonly filter?: AuditFilter;
  readonly limit?: number;
}): AsyncGenerator<AuditRecord> {
  let newest: readonly AuditRecord[] = [];
  for (const { path, writtenMs } of await writtenFiles(directory)) {
    if (filter.since && isOlder(writtenMs, filter.since.getTime())) break;
    // What is left was written before the last of those that are wanted.
    const last = newest.length >= limit ? newest.at(-1) : undefined;
    if (last !== undefined && isOlder(writtenMs, Date.parse(last.at))) break;
    const records = [...newest].reverse().concat(await recordsOf(path, filter));
    newest = newestFirst(records).slice(0, limit);
  }
  yield* newest;
}

const newestFirst = (records: readonly AuditRecord[]): AuditRecord[] =>
  [...records]
    .reverse() // of the same millisecond too, the later one first
    .sort((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0));

/** Read piece by piece, so that a server does other things between. */
async function recordsOf(path: string, filter: AuditFilter): Promise<AuditRecord[]> {
  const found = new Map<string, AuditRecord>();
  const file = await orNone(path, () => open(path), null);
  if (file === null) return [];
  for await (const text of file.readLines()) {
    const line = parseLine(text);
    if (line !== null) fold(found, line, filter);
  }
  return [...found.values()].filter(
    ({ outcome }) => filter.outcome === undefined || outcome === filter.outcome,
  );
}

/** The files of one process are in the order in which it wrote them, so an intention comes before its outcome. */
function fold(found: Map<string, AuditRecord>, line: AuditLine, filter: AuditFilter): void {
  const meant = found.get(line.id);
  if (line.phase === 'intended') {
    const record = recordOf(line);
    if (fits(record, filter)) found.set(line.id, record);
  } else if (meant !== undefined) {
    const { at, outcome, result, code } = line;
    found.set(line.id, {
      ...meant,
      outcome,
      endedAt: at,
      ...(result !== undefined && { result }),
      ...(code !== undefined && { code }),
    });
  }
}

const recordOf = (line: Extract<AuditLine, { phase: 'intended' }>): AuditRecord => ({
  id: line.id,
  at: line.at,
  actor: line.actor,
  actorKind: line.actorKind,
  action: line.action,
  object: line.object,
  ...(line.reason !== undefined && { reason: line.reason }),
  ...(line.requestId !== undefined && { requestId: line.requestId }),
  ...(line.bodyDigest !== undefined && { bodyDigest: line.bodyDigest }),
  outcome: 'unknown',
});

const fits = (record: AuditRecord, { actor, action, object, since, until }: AuditFilter): boolean =>
  (actor === undefined || record.actor === actor) &&
  (action === undefined || record.action === action) &&
  (object === undefined || record.object === object) &&
  (since === undefined || record.at >= since.toISOString()) &&
  (until === undefined || record.at <= until.toISOString());

/** What was found out about the chains. */
export interface AuditVerification {
  readonly files: number;
  readonly lines: number;
  /** Lines that were changed, removed, put in or moved. Lines are counted from 1. */
  readonly broken: readonly { readonly file: string; readonly line: number; readonly fault: string }[];
  /** Files whose last line is cut off: a process died, or is writing just now. */
  readonly truncated: readonly string[];
}

/**
 * Checks the chain of each file. Lines cut from the end, and whole files that are gone, leave no trace here: who
 * must prove more ships the files elsewhere as they grow.
 *
 * @throws LonghaulError `AUDIT_UNAVAILABLE` when the directory cannot be read
 */
export async function verifyAudit(directory: string): Promise<AuditVerification> {
  const names = await filesOf(directory);
  const broken: { file: string; line: number; fault: string }[] = [];
  const truncated: string[] = [];
  let count = 0;
  for (const file of names) {
    const lines = await linesOf(join(directory, file));
    if ((lines.pop() ?? '') !== '') truncated.push(file);
    count += lines.length;
    let previous = chainStart(file);
    lines.forEach((text, index) => {
      const checked = checkLine(text, previous);
      if ('fault' in checked) broken.push({ file, line: index + 1, fault: checked.fault });
      previous = checked.hash ?? previous;
    });
  }
  return { files: names.length, lines: count, broken, truncated };
}

/** A file system’s clock is coarser than ours, and may be another machine’s. */
const clockMarginMs = 60_000;

const isOlder = (writtenMs: number, thanMs: number): boolean => writtenMs + clockMarginMs < thanMs;

/** Oldest first: their names begin with the time. None where nothing was ever written. */
const filesOf = (directory: string): Promise<string[]> =>
  orNone(
    directory,
    async () => (await readdir(directory)).filter((name) => name.endsWith('.jsonl')).sort(),
    [],
  );

/** The one that was last written to first; of those written at once, the newer. */
async function writtenFiles(
  directory: string,
): Promise<{ readonly path: string; readonly writtenMs: number }[]> {
  const files = [];
  for (const name of (await filesOf(directory)).reverse()) {
    const path = join(directory, name);
    const status = await orNone(path, () => stat(path), null);
    if (status !== null) files.push({ path, writtenMs: status.mtimeMs });
  }
  return files.sort((one, other) => other.writtenMs - one.writtenMs);
}

/** The last one is empty unless it is cut off. None of a file that was put away meanwhile. */
const linesOf = (path: string): Promise<string[]> =>
  orNone(path, async () => (await readFile(path, 'utf8')).split('\n'), []);

async function orNone<T>(path: string, read: () => Promise<T>, none: T): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ENOENT')
      return none;
    throw new LonghaulError('AUDIT_UNAVAILABLE', `${path} cannot be read`, { cause });
  }
}
