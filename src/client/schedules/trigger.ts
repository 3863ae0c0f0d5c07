/** Letting a schedule tick now. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, ScheduleDescription as TemporalDescription } from '@temporalio/client';
import type { Overlap } from '../../run/schedules/overlaps.js';
import { overlapOf } from './spec.js';
import { noteAsker } from './askers.js';
import { type OwnSchedule, heldBackOf } from './view.js';

/** What came of letting a schedule tick now. */
export interface Triggered {
  /** `skipped`, `waiting`: by the overlap policy. `unknown`: Temporal did not say in time. */
  readonly outcome: 'started' | 'skipped' | 'waiting' | 'unknown';
  readonly runId?: string;
}

/** How long to wait for Temporal to say what came of a tick. */
const triggerWithinMs = 5_000;

/** Lets a schedule tick now, and waits for what comes of it. */
export async function triggered(
  client: Client,
  { description: before, definition }: OwnSchedule,
  {
    overlap = definition.overlap,
    ids,
  }: { readonly overlap: Overlap | undefined; readonly ids: readonly string[] },
): Promise<Triggered> {
  const handle = client.schedule.getHandle(before.scheduleId);
  // Runs are named by the second: of two in one, Temporal would drop the second without a word.
  const last = before.info.recentActions.at(-1)?.takenAt.getTime() ?? 0;
  await delay(Math.min(1_000, Math.max(0, last + 1_000 - Date.now())));
  await noteAsker(client, before.scheduleId, { ids, ...around(Date.now()) });
  const { lastUpdatedAt } = (await handle.describe()).info; // when that was, by Temporal’s clock
  if (lastUpdatedAt !== undefined && isOtherTime(lastUpdatedAt))
    await noteAsker(client, before.scheduleId, { ids, ...around(lastUpdatedAt.getTime()) });
  await handle.trigger(overlapOf(overlap));
  for (const endMs = Date.now() + triggerWithinMs; Date.now() < endMs;) {
    const outcome = outcomeOf(before, await handle.describe());
    if (outcome !== null) return outcome;
    await delay(100);
  }
  return { outcome: 'unknown' };
}

/** The tick is of Temporal’s clock, which does not quite agree with the one of this machine. */
const clocksDifferMs = 10 * 60_000;
/** Where they do not agree at all, the asker is noted by the other clock too. */
const isOtherTime = (other: Date): boolean => Math.abs(other.getTime() - Date.now()) > clocksDifferMs / 2;
const around = (nowMs: number) => ({
  from: new Date(nowMs - clocksDifferMs).toISOString(),
  to: new Date(nowMs + clocksDifferMs).toISOString(),
});

function outcomeOf(before: TemporalDescription, now: TemporalDescription): Triggered | null {
  if (now.info.numActionsTaken > before.info.numActionsTaken) {
    const run = now.info.recentActions.at(-1)?.action.workflow.workflowId;
    return { outcome: 'started', ...(run !== undefined && { runId: run }) };
  }
  if (now.info.numActionsSkippedOverlap > before.info.numActionsSkippedOverlap) return { outcome: 'skipped' };
  return heldBackOf(now) > heldBackOf(before) ? { outcome: 'waiting' } : null;
}
