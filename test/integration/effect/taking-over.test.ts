/** Lookouts of a worker that was killed, on a real Temporal: others go on with them at once. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { takeOverLookouts } from '../../../src/activities/effect/lookout/taking-over.js';
import { lookoutIdOf, lookoutWorkflow, lookoutsQuery } from '../../../src/run/lookouts.js';
import { eventually } from '../../support/eventually.js';
import { connectByHand, schedule, startRun, takeTry, unique } from './temporal-by-hand.js';

let client: Client;
beforeAll(async () => {
  client = await connectByHand();
});
afterAll(() => client.connection.close());

it('the tries that a worker has begun are ended, and no others', async () => {
  const connection = unique('dev-');
  const lookout = async (scope: string) => {
    const workflowId = lookoutIdOf({ connection, effect: 'awaitJob', scope, shard: 0 });
    const run = await startRun(client, { type: lookoutWorkflow, workflowId });
    await schedule(client, run, 'look.1');
    return run;
  };
  const [begun, waiting] = [await lookout('begun'), await lookout('waiting')];
  await takeTry(client, begun);
  const query = lookoutsQuery(connection, 'Running');
  await eventually(async () => (await client.workflow.count(query)).count === 2);
  const { identity } = client.options;
  expect(await takeOverLookouts(client, connection, `not-${identity}`)).toBe(0);
  expect(await takeOverLookouts(client, connection, identity)).toBe(1);
  expect(await takeTry(client, begun)).toMatchObject({ activityId: 'look.1', attempt: 2 });
  expect(await takeTry(client, waiting)).toMatchObject({ activityId: 'look.1', attempt: 1 });
});
