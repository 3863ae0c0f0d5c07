/** Actions of one wait, by how long it lasts; events and actions of a whole run. */
import { actionsElsewhere, actionsIn, retriesOf } from '../actions.js';
import { fullInput } from '../stage.js';
import { connection, projectsOf, withWaitingStage } from './stage.js';

const hour = 3_600;
/** Simulated seconds for each real one: 24 hours pass in two minutes and a half. */
const speed = 600;
/** The defaults of before the lookout, and its bounds, as fast; 10 ms is the shortest that the configuration takes. */
const waits = { firstLookMs: 10, lastLookMs: 60_000 / speed, settleMs: 200 };

/** Rows for one Temporal server. */
export async function measureCost(on) {
  const [short, long] = [await costOfWait(on, 2 * hour), await costOfWait(on, 24 * hour)];
  const whole = await costOfRun(on);
  return [
    ['actions of a wait of 2 h / of 24 h', `${short.own} / ${long.own}`, '≤ 2'],
    ['actions of all other workflows meanwhile, 2 h / 24 h', `${short.others} / ${long.others}`, ''],
    ['history events / actions of a run of 7 steps', `${whole.events} / ${whole.actions}`, '≤ 55 / ≤ 15'],
    ['starts of its holds: new environment, new model API, its model', whole.holds, ''],
  ];
}

const costOfWait = (on, seconds) =>
  withWaitingStage(
    {
      ...{ on, speed, projects: projectsOf(1) },
      lasting: { build: 60, queue: 30, job: seconds, deploy: 60 },
    },
    async ({ client, sdk, startWorker }) => {
      await startWorker({ rate: { requestsPerSecond: 1_000 }, waits });
      const input = { connection, project: 'ada/iris-0', train: { command: 'python train.py' } };
      const { runId } = await client.start('train-and-deploy', input, { key: 'one' });
      const run = await client.wait(runId, { timeoutMs: 600_000 });
      if (run.status !== 'succeeded') throw new Error(JSON.stringify(run.failure));
      const { events } = await sdk.workflow.getHandle(runId).fetchHistory();
      const awaited = events.find(
        ({ activityTaskScheduledEventAttributes: one }) => one?.activityType.name === 'awaitJob',
      );
      const { signals } = await actionsElsewhere(sdk.workflow);
      return {
        own: actionsOf(events, awaited) + signals,
        others: await actionsOfOthers(sdk, runId),
      };
    },
  );

/** Of one activity: its schedule, and each try after the first. */
function actionsOf(events, scheduled) {
  const started = events.find(
    ({ activityTaskStartedEventAttributes: one }) =>
      String(one?.scheduledEventId) === String(scheduled.eventId),
  );
  return 1 + retriesOf(started.activityTaskStartedEventAttributes);
}

const isConnection = ({ workflowId }) => workflowId.startsWith('connection.');

async function actionsOfOthers(sdk, runId) {
  let actions = 0;
  for await (const execution of sdk.workflow.list()) {
    if (isConnection(execution) || execution.workflowId === runId) continue;
    const { events } = await sdk.workflow.getHandle(execution.workflowId, execution.runId).fetchHistory();
    actions += actionsIn(events);
  }
  return actions;
}

const costOfRun = (on) =>
  withWaitingStage({ on, projects: projectsOf(1) }, async ({ client, sdk, startWorker }) => {
    await startWorker({ rate: { requestsPerSecond: 1_000 }, waits: {} });
    const { runId } = await client.start(
      'train-and-deploy',
      { ...fullInput, project: 'ada/iris-0' },
      { key: 'whole' },
    );
    const run = await client.wait(runId, { timeoutMs: 600_000 });
    if (run.status !== 'succeeded') throw new Error(JSON.stringify(run.failure));
    const { events } = await sdk.workflow.getHandle(runId).fetchHistory();
    const { signals, holds } = await actionsElsewhere(sdk.workflow);
    return { events: events.length, actions: actionsIn(events) + signals, holds };
  });
