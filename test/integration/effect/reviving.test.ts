/** Lookouts that somebody has ended by hand, on a real Temporal: what they knew is handed over. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { tellLookout } from '../../../src/activities/effect/lookout/handing-over.js';
import { reviveLookouts } from '../../../src/activities/effect/lookout/reviving.js';
import { readWaits } from '../../../src/activities/effect/lookout/waits-in-history.js';
import { type LookoutOf, type Wait, lookoutWorkflow, lookoutsQuery } from '../../../src/run/lookouts.js';
import { eventually } from '../../support/eventually.js';
import { connectByHand, startRun, unique } from './temporal-by-hand.js';

let client: Client;
beforeAll(async () => {
  client = await connectByHand();
});
afterAll(() => client.connection.close());

const waitFor = (id: string): Wait => ({
  run: { workflowId: `run.${id}`, runId: `0000-${id}`, activityId: 'train.1' },
  ...{ attempt: 1, id, input: { id }, sinceMs: 1, atMs: 2 },
});
const lookoutOf = (connection: string, scope = 'p'): LookoutOf => ({
  ...{ connection, effect: 'awaitJob', scope, shard: 0 },
});
const waits = (count: number): Wait[] => Array.from({ length: count }, (_, at) => waitFor(`w${at}`));
/** A lookout with these waits that somebody has ended. */
async function ended(of: LookoutOf, given: readonly Wait[]): Promise<string> {
  const workflowId = await tellLookout(client, of, given);
  await client.workflow.getHandle(workflowId).terminate('by hand');
  return workflowId;
}
/** What is listed is listed a moment later. */
const listed = (connection: string, count: number, ...statuses: string[]): Promise<void> =>
  eventually(
    async () => (await client.workflow.count(lookoutsQuery(connection, ...statuses))).count === count,
  );
/** The present execution of a lookout. */
const present = async (workflowId: string) => {
  const { runId, status } = await client.workflow.getHandle(workflowId).describe();
  return { status: status.name, ...(await readWaits(client, { workflowId, runId })) };
};

describe('lookouts that were ended by hand', () => {
  it('are begun again with all that they knew', async () => {
    const connection = unique('dev-');
    const workflowId = await ended(lookoutOf(connection), waits(2));
    const other = await ended(lookoutOf(connection, 'q'), [waitFor('q')]);
    await listed(connection, 2, 'Terminated');
    expect(await reviveLookouts(client, connection)).toBe(3);
    const again = await present(workflowId);
    expect(again).toMatchObject({ status: 'RUNNING', of: lookoutOf(connection) });
    expect([...again.waits.values()]).toEqual(waits(2));
    expect([...(await present(other)).waits.values()]).toEqual([waitFor('q')]);
  });

  it('hand over many waits in parts that Temporal takes', async () => {
    const connection = unique('dev-');
    const workflowId = await ended(lookoutOf(connection), waits(250));
    await listed(connection, 1, 'Terminated');
    expect(await reviveLookouts(client, connection)).toBe(250);
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    expect(events?.filter((event) => event.workflowExecutionSignaledEventAttributes)).toHaveLength(3);
    const known = await present(workflowId);
    expect([...known.waits.values()]).toEqual(waits(250));
  });

  it('are left as they are where another goes on already, or their history says nothing', async () => {
    const connection = unique('dev-');
    const workflowId = await ended(lookoutOf(connection), waits(1));
    await tellLookout(client, lookoutOf(connection), [waitFor('new')]);
    const strange = `lookout.${connection}.strange`;
    await startRun(client, { type: lookoutWorkflow, workflowId: strange });
    await client.workflow.getHandle(strange).terminate();
    await listed(connection, 2, 'Terminated');
    expect(await reviveLookouts(client, connection)).toBe(0);
    expect([...(await present(workflowId)).waits.values()]).toEqual([waitFor('new')]);
    expect((await present(strange)).status).toBe('TERMINATED');
  });

  it('are those of the connection alone', async () => {
    const connection = unique('dev-');
    await ended(lookoutOf(connection), waits(1));
    await listed(connection, 1, 'Terminated');
    expect(await reviveLookouts(client, connection.slice(0, -1))).toBe(0);
    await listed(connection, 0, 'Running');
  });
});
