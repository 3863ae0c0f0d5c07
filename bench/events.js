/** History events and Temporal actions of one run, for a short and for a long time of waiting. */
import { Client, Connection } from '@temporalio/client';
import { actionsElsewhere, actionsIn } from './actions.js';
import { fullInput, withStage } from './stage.js';

async function countRun({ client, temporal }, key) {
  const { runId } = await client.start(
    'train-and-deploy',
    { ...fullInput, gate: { conditions: ['accuracy >= baseline'], baseline: 'live' } },
    { key },
  );
  const run = await client.wait(runId);
  if (run.status !== 'succeeded') throw new Error(JSON.stringify(run.failure));
  const connection = await Connection.connect({ address: temporal.address });
  const { workflow } = new Client({ connection });
  const { events } = await workflow.getHandle(runId).fetchHistory();
  const { signals, holds } = await actionsElsewhere(workflow);
  await connection.close();
  return { events: events.length, actions: actionsIn(events) + signals, holds };
}

export async function measureEvents() {
  const short = await withStage({ speed: 240 }, (stage) => countRun(stage, 'short'));
  const long = await withStage({ speed: 10, waits: { firstLookMs: 50, lastLookMs: 50 } }, (stage) =>
    countRun(stage, 'long'),
  );
  return [
    ['history events of one run, seven steps, short waits', short.events, '≤ 60'],
    ['history events of one run, seven steps, long waits', long.events, '≤ 60'],
    ['Temporal actions of one run, seven steps, short waits', short.actions, ''],
    ['Temporal actions of one run, seven steps, long waits', long.actions, ''],
    ['starts of its holds: new environment, new model API, its model', short.holds, ''],
  ];
}
