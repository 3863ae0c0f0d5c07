/** Since when the platform of a connection gives no usable answer, as its lookouts tell: they look while anything waits there. */
import type { Client } from '@temporalio/client';
import { type LookoutWord, lookoutsQuery } from '../../run/lookouts.js';
import { wordOf } from '../runs/told-by-lookouts.js';
import { untakenOf } from '../runs/progress.js';

/** An outage of a platform, as far as it has been noticed. */
export interface Outage {
  /** ISO 8601, of Temporal’s clock. */
  readonly since: string;
  /** What came in place of an answer. */
  readonly message: string;
}

/** A connection with many projects has many lookouts, and an outage is noticed by each. */
const mostAsked = 20;

/** `null` where there is none, or nobody waits for anything. */
export async function outageOf(
  client: Client,
  connection: string,
  nowMs = Date.now(),
): Promise<Outage | null> {
  const query = lookoutsQuery(connection, 'Running');
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query, pageSize: mostAsked }))
    if (ids.push(workflowId) >= mostAsked) break;
  const words = await Promise.all(
    ids.map(async (id) => {
      const lookout = await client.workflow
        .getHandle(id)
        .describe()
        .catch(() => null); // it may have ended since, and others tell the same
      const keeping = lookout?.raw.pendingActivities?.[0];
      // What one has said that no worker keeps any more is no news.
      return keeping === undefined || untakenOf(keeping, nowMs).untakenSince ? null : wordOf(keeping);
    }),
  );
  return outageIn(words.filter((word) => word !== null));
}

/** None where the platform has answered another lookout since; what it asks to be sent nothing by is none either. */
export function outageIn(words: readonly LookoutWord[]): Outage | null {
  const answeredMs = Math.max(0, ...words.flatMap((word) => (word.failing ? [] : [word.lookedAtMs])));
  const [longest] = words
    .flatMap(({ failing }) => failing ?? [])
    .filter(({ sinceMs, heldUntilMs }) => sinceMs > answeredMs && heldUntilMs === undefined)
    .sort((a, b) => a.sinceMs - b.sinceMs);
  return longest === undefined
    ? null
    : { since: new Date(longest.sinceMs).toISOString(), message: longest.message };
}
