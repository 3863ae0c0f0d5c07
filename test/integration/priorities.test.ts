/** What comes first where many wait. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { eventually } from '../support/eventually.js';
import { calls } from '../support/ledger.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

const world = new URL('../support/slow-job.yaml', import.meta.url).pathname;
const waits = 8;
let stage: Stage;
let client: Client;
beforeEach(async () => {
  stage = await createStage({
    world,
  });
  const connection = await Connection.connect({ address: stage.temporalAddress });
  client = new Client({ connection, namespace: stage.namespace });
});
afterEach(async () => {
  await client.connection.close();
  await stage.close();
});

const start = async (): Promise<string> => {
  const input = { connection: stage.connection, project: 'ada/iris', train: { command: 'python slow.py' } };
  return (await stage.client.start('train-and-deploy', input)).runId;
};
const isWaiting = (run: Parameters<typeof statuses>[0]): boolean => statuses(run)['train'] === 'waiting';

/** How often the activity of a run was tried, or is about to be. */
async function attemptOf(runId: string): Promise<number> {
  const { raw } = await client.workflow.getHandle(runId).describe();
  return raw.pendingActivities?.[0]?.attempt ?? 0;
}

describe('an effect that is asked for while many wait', () => {
  it('is taken by the one slot there is, for no wait holds it nor stands in its queue', async () => {
    await stage.startWorker([], { LONGHAUL_ACTIVITY_SLOTS: '1' });
    const waiting = await Promise.all(Array.from({ length: waits }, start));
    await Promise.all(waiting.map((runId) => until(stage.client, runId, isWaiting)));
    await eventually(async () =>
      (await Promise.all(waiting.map(attemptOf))).every((attempt) => attempt === 2),
    );
    const asked = calls(stage.simulator, 'jobs.list');
    await eventually(() => calls(stage.simulator, 'jobs.list') > asked + 3);
    await until(stage.client, await start(), isWaiting);
    expect(await Promise.all(waiting.map(attemptOf))).toEqual(waiting.map(() => 2));
  });
});
