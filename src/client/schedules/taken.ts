/** Ticks that could not start: the id of their run was taken by one that the schedule has not started. */
import type { Client } from '@temporalio/client';
import { quote } from '../../run/search-attributes.js';
import type { CheckedSchedule } from './door.js';
import { scheduledIdOf } from './spec.js';

/** A tick that started nothing, because a run has its id. */
export interface TakenTick {
  readonly runId: string;
  readonly scheduledAt: string;
  readonly reason: string;
}

/** The newest; Longhaul itself starts none under such ids. */
const mostLooked = 20;
/** Of what begins in the same way, replays and runs of a schedule whose name is longer are nothing that is looked at. */
const mostRead = 500;
const tickPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/**
 * Newest first, as far back as Temporal keeps runs. Temporal drops such a tick without a word. A replay of a run of the
 * schedule has its id as well, and takes nothing from it.
 */
export async function takenTicksOf(client: Client, definition: CheckedSchedule): Promise<TakenTick[]> {
  const prefix = `${scheduledIdOf(definition)}-`;
  const own = `TemporalScheduledById = ${quote(definition.name)}`;
  const taken = new Map<string, TakenTick>();
  const query = `WorkflowId STARTS_WITH ${quote(prefix)} AND TemporalScheduledById IS NULL`;
  let [read, looked] = [0, 0];
  for await (const { workflowId: runId, memo } of client.workflow.list({ query, pageSize: mostRead / 5 })) {
    const tick = runId.slice(prefix.length);
    const isTick = tickPattern.test(tick) && Date.parse(tick) <= Date.now();
    if (isTick && memo?.['lineage'] === undefined && !taken.has(runId)) {
      const { count } = await client.workflow.count(`WorkflowId = ${quote(runId)} AND ${own}`);
      const scheduledAt = new Date(tick).toISOString();
      if (count === 0) taken.set(runId, { runId, scheduledAt, reason: 'another run has its id' });
      looked += 1;
    }
    read += 1;
    if (read >= mostRead || looked >= mostLooked) break;
  }
  return [...taken.values()];
}
