/**
 * A lookout that somebody has ended by hand has left its waits: their activities would rest for a day. What it knew is in its
 * history, and is handed to a new one.
 */
import type { Client } from '@temporalio/client';
import { lookoutsQuery } from '../../../run/lookouts.js';
import { describedIfKnown } from '../../../client/attempts.js';
import { tellLookout } from './handing-over.js';
import { readWaits } from './waits-in-history.js';

/** A signal holds less than 2 MiB. */
const atOnce = 100;

const unwanted = ['TERMINATED', 'FAILED', 'TIMED_OUT', 'CANCELLED'];

/** Hands over what lookouts of a connection knew that were ended; answers how many waits these were. */
export async function reviveLookouts(client: Client, connection: string): Promise<number> {
  const query = lookoutsQuery(connection, 'Terminated', 'Failed', 'TimedOut', 'Canceled');
  const ids = new Set<string>();
  for await (const { workflowId } of client.workflow.list({ query })) ids.add(workflowId);
  let revived = 0;
  for (const id of ids) revived += await revive(client, id);
  return revived;
}

async function revive(client: Client, workflowId: string): Promise<number> {
  const latest = await describedIfKnown(client, workflowId);
  if (latest === null || !unwanted.includes(latest.status.name)) return 0;
  const { of, waits } = await readWaits(client, { workflowId, runId: latest.runId });
  if (of === undefined) return 0;
  const left = [...waits.values()];
  for (let from = 0; from < left.length; from += atOnce)
    await tellLookout(client, of, left.slice(from, from + atOnce));
  return left.length;
}
