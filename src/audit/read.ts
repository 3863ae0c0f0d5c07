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
    if (filter.since && (await stat(path)).mtime < filter.since) continue; // nothing in it is newer
    for (const text of (await readFile(path, 'utf8')).split('\n')) {
      const line = text === '' ? null : parseLine(text);
      if (line !== null) fold(found, line, filter);
    }
  }
  const records = [...found.values()]
    .filter(({ outcome }) => filter.outcome === undefined || outcome === filter.outcome)
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
    const lines = (await readFile(join(directory, file), 'utf8')).split('\n');
    if (lines.pop() !== '') truncated.push(file);
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

/** Oldest first: their names begin with the time. None where nothing was ever written. */
async function filesOf(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.endsWith('.jsonl')).sort();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new LonghaulError('AUDIT_UNAVAILABLE', `${directory} cannot be read`, { cause });
  }
}
