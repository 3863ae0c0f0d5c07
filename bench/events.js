/** History events and Temporal actions of one run, for a short and for a long time of waiting. */
import { Client, Connection } from '@temporalio/client';
import { fullInput, withStage } from './stage.js';

/** Events that are billed as one action each; every further attempt of an activity is one more. */
const actionEvents = [
  'workflowExecutionStarted',
  'activityTaskScheduled',
  'upsertWorkflowSearchAttributes',
  'timerStarted',
];

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
  const handedOver = await countSignals(workflow);
  await connection.close();
  const retries = events.reduce(
    (sum, event) => sum + Math.max(0, (event.activityTaskStartedEventAttributes?.attempt ?? 1) - 1),
    0,
  );
  const kinds = events.filter((event) => actionEvents.some((kind) => event[`${kind}EventAttributes`]));
  return { events: events.length, actions: kinds.length + retries + handedOver };
}

/** Waits that the run has handed to lookouts: each is a signal, and one action more. */
async function countSignals(workflow) {
  let signals = 0;
  for await (const { workflowId } of workflow.list({ query: "WorkflowType = 'lookout'" })) {
    const { events } = await workflow.getHandle(workflowId).fetchHistory();
    signals += events.filter((event) => event.workflowExecutionSignaledEventAttributes).length;
  }
  return signals;
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
  ];
}
