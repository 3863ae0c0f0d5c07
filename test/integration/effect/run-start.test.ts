/** Since when what a run makes can be there, as a real Temporal says. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '@temporalio/client';
import { startOfCreation, startOfRun } from '../../../src/activities/effect/run-start.js';
import { connectByHand, inTry, startRun } from './temporal-by-hand.js';

let client: Client;
beforeAll(async () => {
  client = await connectByHand();
});
afterAll(() => client.connection.close());

const originOf = (runId: string, firstAttemptId: string) => ({
  ...{ runId, firstAttemptId, step: 'train', generation: 1 },
});
const gone = originOf('train-and-deploy.gone', 'ffffffff-ffff-4fff-8fff-ffffffffffff');

describe('a run', () => {
  it('started when its first attempt did, also where another one goes on', async () => {
    const first = await startRun(client);
    const handle = client.workflow.getHandle(first.workflowId);
    const { startTime } = await handle.describe();
    await handle.terminate();
    await startRun(client, { workflowId: first.workflowId });
    const origin = originOf(first.workflowId, first.runId);
    expect(await inTry({ client }, () => startOfRun(origin))).toBe(startTime.getTime());
    expect(await inTry({ client }, () => startOfRun(gone))).toBe(0);
  });

  it('makes what it makes since its activity was scheduled, unless the step was begun before', async () => {
    const run = await startRun(client);
    const { startTime } = await client.workflow.getHandle(run.workflowId).describe();
    const effect = { connection: 'dev', origin: originOf(run.workflowId, run.runId) };
    const info = { scheduledTimestampMs: 5 };
    const startOf = (begunBefore: boolean) =>
      inTry({ client, info }, () => startOfCreation({ ...effect, begunBefore }));
    expect([await startOf(false), await startOf(true)]).toEqual([5, startTime.getTime()]);
  });

  it('is asked for again where Temporal cannot say it', async () => {
    const elsewhere = new Client({ connection: client.connection, namespace: 'not-there' });
    await expect(
      inTry({ client: elsewhere }, () => startOfRun({ ...gone, runId: '' })),
    ).rejects.toMatchObject({
      code: 'TEMPORAL_UNREACHABLE',
    });
  });
});
