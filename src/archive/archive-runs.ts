/** Writes to an archive what Temporal knows of runs, before it forgets them. */
import type { LonghaulClient, RunFilter } from '../client.js';
import { LonghaulError } from '../run/failures/errors.js';
import type { RunStatus } from '../run/steps.js';
import { writeAttempt } from './attempt-files.js';
import { type ArchivedAttempt, dayOf, partsOf, readPart, writeEntries } from './entries.js';
import type { Store } from './store.js';

/** How attempts stand that nothing happens to any more. */
export const endedStatuses = [
  'succeeded',
  'failed',
  'cancelled',
  'terminated',
  'timed-out',
] as const satisfies readonly RunStatus[];

export interface Archiving {
  /** Which attempts; those that have not ended are left out, whatever it says. */
  readonly filter?: RunFilter;
  /** Writes nothing. */
  readonly isDryRun?: boolean;
  /** Is told of each attempt that was written, or would be. */
  readonly each?: (attempt: ArchivedAttempt) => void;
}

/** What came of it. */
export interface Archived {
  /** Attempts that were written, or would be. */
  readonly written: number;
  /** Attempts that were in the archive already. */
  readonly there: number;
  /** Attempts that Temporal has forgotten since it listed them. */
  readonly forgotten: number;
  /** The first attempts that could not be read, and why. */
  readonly failed: readonly { readonly runId: string; readonly attemptId: string; readonly reason: string }[];
  readonly failures: number;
}

/** Attempts that are read and written at once: each is held in memory as a whole. */
const atOnce = 4;
/** Attempts in a part of the manifest, and so how many are written again after a process was killed. */
const linesPerPart = 400;
const failuresTold = 20;

/** Reasons that hold for the other attempts too. */
const endsAll: readonly string[] = [
  'ARCHIVE_INVALID',
  'ARCHIVE_REFUSED',
  'ARCHIVE_UNAVAILABLE',
  'NAMESPACE_UNKNOWN',
  'TEMPORAL_UNREACHABLE',
];

type Source = Pick<LonghaulClient, 'list' | 'replays'>;

/**
 * Writes every attempt that has ended and is not in the archive yet. An attempt is there once a part of the manifest says so,
 * and its file is written before that part: whoever is killed leaves at most files that the next one writes again, as they are.
 * @throws LonghaulError `ARCHIVE_INVALID`, `ARCHIVE_REFUSED`, `ARCHIVE_UNAVAILABLE`, `NAMESPACE_UNKNOWN`, `TEMPORAL_UNREACHABLE`
 */
export async function archiveRuns(client: Source, store: Store, archiving: Archiving): Promise<Archived> {
  const { filter = {} } = archiving;
  const known = createKnown(store);
  const writer = createWriter(client, store, archiving);
  let there = 0;
  const listed = client.list({ ...filter, status: filter.status ?? endedStatuses });
  try {
    for await (const batch of batchesOf(endedOf(listed))) {
      const missing: ArchivedAttempt[] = [];
      for (const attempt of batch) if (await known.add(attempt)) missing.push(attempt);
      there += batch.length - missing.length;
      const done = await Promise.allSettled(missing.map(writer.archive));
      for (const one of done) if (one.status === 'rejected') throw one.reason;
      await writer.flush(linesPerPart);
    }
  } catch (error) {
    // What is written is said to be there, unless it is the archive that has failed.
    await writer.flush().catch(() => undefined);
    throw error;
  }
  await writer.flush();
  return { there, ...writer.counts(), failed: writer.failed };
}

/** Writes attempts, and keeps count. */
function createWriter(client: Source, store: Store, { isDryRun = false, each = () => undefined }: Archiving) {
  const counts = { written: 0, forgotten: 0, failures: 0 };
  const failed: Archived['failed'][number][] = [];
  let lines: ArchivedAttempt[] = [];
  const fail = (error: unknown, { runId, attemptId }: ArchivedAttempt): void => {
    if (!(error instanceof LonghaulError) || endsAll.includes(error.code)) throw error;
    if (error.code === 'RUN_NOT_FOUND') {
      counts.forgotten += 1;
      return;
    }
    counts.failures += 1;
    if (failed.length < failuresTold) failed.push({ runId, attemptId, reason: error.message });
  };
  const write = async (attempt: ArchivedAttempt): Promise<void> => {
    const { runId, attemptId } = attempt;
    await writeAttempt(store, attempt, await client.replays.export(runId, { attemptId }));
    lines.push(attempt);
  };
  return {
    failed,
    counts: () => counts,
    archive: async (attempt: ArchivedAttempt): Promise<void> => {
      try {
        if (!isDryRun) await write(attempt);
      } catch (error) {
        fail(error, attempt);
        return;
      }
      counts.written += 1;
      each(attempt);
    },
    /** Says in the manifest what was written, if it is at least so much. */
    flush: async (atLeast = 1): Promise<void> => {
      if (lines.length < atLeast) return;
      const complete = lines;
      lines = [];
      await writeEntries(store, complete);
    },
  };
}

/** A filter may ask for those that go on, and a list may be older than its attempts. */
async function* endedOf(listed: ReturnType<LonghaulClient['list']>): AsyncGenerator<ArchivedAttempt> {
  for await (const { endedAt, ...attempt } of listed)
    if (endedAt !== undefined) yield { ...attempt, endedAt };
}

async function* batchesOf(
  attempts: AsyncIterable<ArchivedAttempt>,
): AsyncGenerator<readonly ArchivedAttempt[]> {
  let batch: ArchivedAttempt[] = [];
  for await (const attempt of attempts) {
    batch.push(attempt);
    if (batch.length < atOnce) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Attempts are listed in the order in which they ended, so that few days are looked at again and again. */
const daysInMemory = 3;

function createKnown(store: Store) {
  const days = new Map<string, Set<string>>();
  const read = async (day: string): Promise<Set<string>> => {
    const ids = new Set<string>();
    for (const key of await partsOf(store, day))
      for (const { attemptId } of await readPart(store, key)) ids.add(attemptId);
    return ids;
  };
  return {
    /** Whether it is neither in the archive nor was added before. */
    add: async (attempt: ArchivedAttempt): Promise<boolean> => {
      const day = dayOf(attempt);
      const ids = days.get(day) ?? (await read(day));
      days.set(day, ids);
      const [oldest] = days.keys();
      if (days.size > daysInMemory && oldest !== undefined) days.delete(oldest);
      if (ids.has(attempt.attemptId)) return false;
      ids.add(attempt.attemptId);
      return true;
    },
  };
}
