/** Lists the runs in an archive by its manifest. */
import type { RunStatus } from '../run/steps.js';
import { type ArchivedAttempt, partsByDay, readPart } from './entries.js';
import type { Store } from './store.js';

/** Which runs. Every field narrows. */
export interface ArchivedFilter {
  readonly status?: RunStatus | undefined;
  readonly pipeline?: string | undefined;
  readonly connection?: string | undefined;
  readonly step?: string | undefined;
  readonly failure?: string | undefined;
  readonly startedAfter?: Date | undefined;
}

/**
 * Each run by its last attempt in the archive, the one that ended last first. Costs the parts of each day, one day after
 * the other, and the ids of the runs in memory.
 * @throws LonghaulError `ARCHIVE_INVALID`, `ARCHIVE_REFUSED`, `ARCHIVE_UNAVAILABLE`
 */
export async function* listArchived(store: Store, filter: ArchivedFilter): AsyncGenerator<ArchivedAttempt> {
  const seen = new Set<string>();
  const newestFirst = [...(await partsByDay(store))].sort(([a], [b]) => (a < b ? 1 : -1));
  const firstDay = filter.startedAfter?.toISOString().slice(0, 10) ?? '';
  for (const [day, parts] of newestFirst) {
    if (day < firstDay) return; // what ended before was started before
    const ended: ArchivedAttempt[] = [];
    for (const part of parts) ended.push(...(await readPart(store, part)));
    for (const attempt of ended.sort(byEnd)) {
      if (seen.has(attempt.runId)) continue;
      seen.add(attempt.runId);
      if (fits(attempt, filter)) yield attempt;
    }
  }
}

const byEnd = (a: ArchivedAttempt, b: ArchivedAttempt): number =>
  Date.parse(b.endedAt) - Date.parse(a.endedAt) || Date.parse(b.startedAt) - Date.parse(a.startedAt);

function fits(attempt: ArchivedAttempt, { startedAfter, ...same }: ArchivedFilter): boolean {
  const { status, pipeline, connection, step, failure } = attempt;
  const has = { status, pipeline, connection, step, failure };
  return (
    !(startedAfter && Date.parse(attempt.startedAt) < startedAfter.getTime()) &&
    Object.entries(same).every(
      ([key, wanted]) => wanted === undefined || has[key as keyof typeof has] === wanted, // of the filter's own keys
    )
  );
}
