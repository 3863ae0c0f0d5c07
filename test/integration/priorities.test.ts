/** What comes first where the rate of a connection is used up. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { eventually } from '../support/eventually.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

const world = new URL('../support/slow-job.yaml', import.meta.url).pathname;
const waits = 12;
/** No wait looks twice while the test looks at when it did. */
const lookMs = 20_000;

let stage: Stage;
let client: Client;
beforeEach(async () => {
  stage = await createStage({
    world,
    settings: {
      waits: { firstLookMs: lookMs, lastLookMs: lookMs, settleMs: 200, patienceMs: 1_000 },
    },
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

/** The activity of a run that is not over: whether it stands in the queue, and when a worker was last done with it. */
async function pendingOf(runId: string) {
  const { raw } = await client.workflow.getHandle(runId).describe();
  const [one] = raw.pendingActivities ?? [];
  const { attempt, scheduledTime, lastAttemptCompleteTime } = one ?? {};
  const msOf = (time: typeof scheduledTime): number =>
    time ? Number(time.seconds) * 1_000 + Number(time.nanos) / 1e6 : 0;
  return { attempt: attempt ?? 0, dueMs: msOf(scheduledTime), doneMs: msOf(lastAttemptCompleteTime) };
}

/** When the first effect of a run was taken by a worker. */
async function effectTakenMs(runId: string): Promise<number> {
  const { events } = await client.workflow.getHandle(runId).fetchHistory();
  const { eventTime } =
    (events ?? []).find(({ activityTaskStartedEventAttributes: started }) => started) ?? {};
  return Number(eventTime?.seconds) * 1_000 + Number(eventTime?.nanos) / 1e6;
}

describe('an effect that was asked for after many looks', () => {
  it('is taken before all of them', async () => {
    const first = await stage.startWorker();
    const waiting = await Promise.all(Array.from({ length: waits }, start));
    await Promise.all(waiting.map((runId) => until(stage.client, runId, isWaiting)));
    await eventually(async () =>
      (await Promise.all(waiting.map(pendingOf))).every(({ attempt }) => attempt === 2),
    );
    first.kill('SIGTERM');
    await first.ended;
    await stage.startWorker(['--roles', 'pipelines']);
    const due = Math.max(...(await Promise.all(waiting.map(pendingOf))).map(({ dueMs }) => dueMs));
    await eventually(() => Date.now() > due + 1_000, { withinMs: 2 * lookMs });
    const late = await start();
    await eventually(async () => (await pendingOf(late)).attempt === 1);

    await stage.startWorker(['--roles', 'activities'], { LONGHAUL_ACTIVITY_SLOTS: '1' });
    await until(stage.client, late, isWaiting);
    await eventually(async () =>
      (await Promise.all(waiting.map(pendingOf))).every(({ attempt }) => attempt > 2),
    );
    const takenMs = await effectTakenMs(late);
    const looks = await Promise.all(waiting.map(pendingOf));
    // Without a priority it is taken after all of them; a slow machine lets some pass.
    expect(looks.filter((look) => look.doneMs < takenMs).length).toBeLessThan(waits - 2);
  }, 120_000);
});
