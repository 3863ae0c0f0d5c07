/** Reads the audit log of all processes. */
import { readFile, readdir, stat } from 'node:fs/promises';
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
  const found = new Map<string, AuditRecord>();
  for (const name of await filesOf(directory)) {
    const path = join(directory, name);
    if (filter.since && (await isOlder(path, filter.since))) continue;
    for (const text of await linesOf(path)) {
      const line = text === '' ? null : parseLine(text);
      if (line !== null) fold(found, line, filter);
    }
  }
  const records = [...found.values()]
    .filter(({ outcome }) => filter.outcome === undefined || outcome === filter.outcome)
    .reverse() // of the same millisecond too, the later one first
    .sort((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0));
  yield* records.slice(0, limit);
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

/** Whether nothing was written to it since. */
const isOlder = async (path: string, since: Date): Promise<boolean> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs + clockMarginMs < since.getTime(),
    () => false,
  );

/** Oldest first: their names begin with the time. None where nothing was ever written. */
const filesOf = (directory: string): Promise<string[]> =>
  orNone(directory, async () => (await readdir(directory)).filter((name) => name.endsWith('.jsonl')).sort());

/** The last one is empty unless it is cut off. None of a file that was put away meanwhile. */
const linesOf = (path: string): Promise<string[]> =>
  orNone(path, async () => (await readFile(path, 'utf8')).split('\n'));

async function orNone(path: string, read: () => Promise<string[]>): Promise<string[]> {
  try {
    return await read();
  } catch (cause) {
    if (typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new LonghaulError('AUDIT_UNAVAILABLE', `${path} cannot be read`, { cause });
  }
}
