/** Reads the audit log of all processes. */
import { open, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LonghaulError } from '../run/failures/errors.js';
import { type Checkpoint, type Head, headSuffix, readHead } from './head.js';
import { type AuditLine, type Sealing, chainStart, checkLine, createSealing, parseLine } from './line.js';
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
  /** How many alike it stands for. */
  readonly count?: number;
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
  const endings: Endings = new Map();
  for (const { path, writtenMs } of await writtenFiles(directory)) {
    if (filter.since && isOlder(writtenMs, filter.since.getTime())) break;
    // What is left was written before the last of those that are wanted.
    const last = newest.length >= limit ? newest.at(-1) : undefined;
    if (last !== undefined && isOlder(writtenMs, Date.parse(last.at))) break;
    const records = [...newest].reverse().concat(await recordsOf(path, filter, endings));
    newest = newestFirst(records).slice(0, limit);
  }
  yield* newest;
}

const newestFirst = (records: readonly AuditRecord[]): AuditRecord[] =>
  [...records]
    .reverse() // of the same millisecond too, the later one first
    .sort((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0));

type Ending = Extract<AuditLine, { phase: 'outcome' }>;

/** What came of actions that were meant in a file that is older than the one that says so, and is read later. */
type Endings = Map<string, Ending>;

/** More than are under way while a process begins another file. */
const mostEndings = 10_000;

/** Read piece by piece, so that a server does other things between. */
async function recordsOf(path: string, filter: AuditFilter, endings: Endings): Promise<AuditRecord[]> {
  const found = new Map<string, AuditRecord>();
  const unwanted = new Set<string>();
  const file = await orNone(path, () => open(path), null);
  if (file === null) return [];
  for await (const text of file.readLines()) {
    const line = parseLine(text);
    if (line?.phase === 'outcome') end(line, { found, unwanted, endings });
    else if (line !== null) {
      const record = recordOf(line);
      if (fits(record, filter)) found.set(line.id, ended(record, endings.get(line.id)));
      else if (line.phase === 'intended' && !endings.has(line.id)) unwanted.add(line.id);
      endings.delete(line.id);
    }
  }
  return [...found.values()].filter(
    ({ outcome }) => filter.outcome === undefined || outcome === filter.outcome,
  );
}

/** The files of one process are in the order in which it wrote them, so an intention comes before its outcome. */
function end(
  line: Ending,
  {
    found,
    unwanted,
    endings,
  }: {
    readonly found: Map<string, AuditRecord>;
    /** Meant in this file, and not asked for. */
    readonly unwanted: Set<string>;
    readonly endings: Endings;
  },
): void {
  const meant = found.get(line.id);
  if (meant !== undefined) found.set(line.id, ended(meant, line));
  else if (!unwanted.delete(line.id) && endings.size < mostEndings) endings.set(line.id, line);
}

const ended = (record: AuditRecord, ending: Ending | undefined): AuditRecord =>
  ending === undefined
    ? record
    : {
        ...record,
        outcome: ending.outcome,
        endedAt: ending.at,
        ...(ending.result !== undefined && { result: ending.result }),
        ...(ending.code !== undefined && { code: ending.code }),
      };

const recordOf = (line: Exclude<AuditLine, Ending>): AuditRecord => ({
  id: line.id,
  at: line.at,
  actor: line.actor,
  actorKind: line.actorKind,
  action: line.action,
  object: line.object,
  ...(line.reason !== undefined && { reason: line.reason }),
  ...(line.requestId !== undefined && { requestId: line.requestId }),
  ...(line.bodyDigest !== undefined && { bodyDigest: line.bodyDigest }),
  ...(line.phase === 'intended' ? { outcome: 'unknown' } : toldOf(line)),
});

const toldOf = ({
  outcome,
  code,
  count,
}: Extract<AuditLine, { phase: 'noted' }>): Pick<AuditRecord, 'outcome' | 'code' | 'count'> => ({
  outcome,
  ...(code !== undefined && { code }),
  ...(count !== undefined && { count }),
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

export interface VerifyOptions {
  /** The key that seals the log. With it, a file that is not sealed is a fault. */
  readonly key?: string | undefined;
  /** What the log went as far as when this was taken. */
  readonly checkpoint?: Checkpoint | undefined;
}

/**
 * Checks the chain of each file and, where a key seals it, that it goes as far as its head says. Without a key whoever can
 * write to the directory can write a chain that is whole; and a file that is gone or emptied with its head is missed by a
 * checkpoint alone, or by who keeps the lines elsewhere.
 *
 * @throws LonghaulError `AUDIT_UNAVAILABLE` when the directory cannot be read
 */
export async function verifyAudit(
  directory: string,
  { key, checkpoint }: VerifyOptions = {},
): Promise<AuditVerification> {
  const sealing = createSealing(key);
  const names = await filesOf(directory);
  const broken: Fault[] = [];
  const truncated: string[] = [];
  let count = 0;
  for (const file of names) {
    const path = join(directory, file);
    const head = key === undefined ? null : await readHead(path, sealing); // before the lines, which may grow
    const lines = await linesOf(path);
    if ((lines.pop() ?? '') !== '') truncated.push(file);
    count += lines.length;
    const hashes = chainFaults(file, lines, sealing, broken);
    if (key !== undefined) broken.push(...headFaults(file, head, hashes));
    const known = checkpoint?.heads.find((one) => one.file === file);
    if (known !== undefined) broken.push(...headFaults(file, known, hashes));
  }
  for (const file of key === undefined ? [] : await orphansOf(directory, sealing))
    broken.push({ file, line: 1, fault: 'is gone, and its head is there' });
  const gone = checkpoint?.heads.filter(({ file, lines }) => lines > 0 && !names.includes(file)) ?? [];
  broken.push(
    ...gone.map(({ file }) => ({ file, line: 1, fault: 'is gone, and was there at the checkpoint' })),
  );
  return { files: names.length, lines: count, broken, truncated };
}

type Fault = AuditVerification['broken'][number];

/** The hash of each line, as it stands there; faults are added to `broken`. */
function chainFaults(
  file: string,
  lines: readonly string[],
  sealing: Sealing,
  broken: Fault[],
): readonly (string | null)[] {
  let previous = chainStart(file, sealing);
  return lines.map((text, index) => {
    const checked = checkLine(text, previous, sealing);
    if ('fault' in checked) broken.push({ file, line: index + 1, fault: checked.fault });
    previous = checked.hash ?? previous;
    return checked.hash;
  });
}

function headFaults(file: string, head: Head | 'forged' | null, hashes: readonly (string | null)[]): Fault[] {
  // Without a line nothing is missed by its head: who empties a file could take it away as well.
  if (head === null && hashes.length === 0) return [];
  if (head === null) return [{ file, line: hashes.length, fault: 'has no head, so its end may be missing' }];
  if (head === 'forged' || head.file !== file)
    return [{ file, line: hashes.length, fault: 'has a head that is not of this key' }];
  if (head.lines <= hashes.length && (head.lines === 0 || hashes[head.lines - 1] === head.last)) return [];
  return [{ file, line: hashes.length, fault: `is cut off: ${head.lines} lines were written` }];
}

/**
 * How far each file goes now, to be kept elsewhere and held against the log later.
 * @throws LonghaulError `AUDIT_UNAVAILABLE` when the directory cannot be read
 */
export async function checkpointOf(directory: string): Promise<Checkpoint> {
  const heads: Head[] = [];
  for (const file of await filesOf(directory)) {
    const lines = await linesOf(join(directory, file));
    lines.pop();
    const [, last = ''] = /"(?:hash|mac)":"([0-9a-f]{64})"\}$/.exec(lines.at(-1) ?? '') ?? [];
    heads.push({ file, lines: lines.length, last });
  }
  return { heads };
}

/** A file system’s clock is coarser than ours, and may be another machine’s. */
const clockMarginMs = 60_000;

const isOlder = (writtenMs: number, thanMs: number): boolean => writtenMs + clockMarginMs < thanMs;

/** The files of heads that are there without them. A head that says of no line is there before its file, and after it. */
async function orphansOf(directory: string, sealing: Sealing): Promise<string[]> {
  const names = await orNone(directory, () => readdir(directory), []);
  const orphans = names
    .filter((name) => name.endsWith(headSuffix))
    .map((name) => name.slice(0, -headSuffix.length))
    .filter((name) => !names.includes(name));
  const heads = await Promise.all(orphans.map((name) => readHead(join(directory, name), sealing)));
  const suspects = orphans.filter((_, index) => saysOfLines(heads[index] ?? null));
  const files = suspects.length === 0 ? [] : await filesOf(directory); // one may have been begun meanwhile
  return suspects.filter((name) => !files.includes(name)).sort();
}

const saysOfLines = (head: Head | 'forged' | null): boolean =>
  head === 'forged' || (head !== null && head.lines > 0);

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
