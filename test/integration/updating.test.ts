/** Updates beside the end of a run: this file plays the worker, to say what Temporal is told and when. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { type Stage, createStage } from '../support/stage.js';

const queue = 'by-hand';
let stage: Stage;
let temporal: Client;
beforeAll(async () => {
  stage = await createStage();
  const connection = await Connection.connect({ address: stage.temporalAddress });
  temporal = new Client({ connection, namespace: stage.namespace });
});
afterAll(async () => {
  await temporal.connection.close();
  await stage.close();
});

const poll = () =>
  temporal.withDeadline(Date.now() + 60_000, () =>
    temporal.workflowService.pollWorkflowTaskQueue({
      namespace: stage.namespace,
      taskQueue: { name: queue },
    }),
  );
type Task = Awaited<ReturnType<typeof poll>>;
/** Temporal's COMPLETE_WORKFLOW_EXECUTION. */
const end = { commandType: 4, completeWorkflowExecutionCommandAttributes: {} };
const answer = ({ taskToken }: Task, commands: (typeof end)[] = []) =>
  temporal.workflowService.respondWorkflowTaskCompleted({ namespace: stage.namespace, taskToken, commands });

it('sends an update again, as the same one, when Temporal failed the task that was to take it', async () => {
  const runId = 'train-and-deploy.ending';
  const handle = await temporal.workflow.start('trainAndDeploy', { taskQueue: queue, workflowId: runId });
  await answer(await poll());

  const resolution = { step: 'train', action: 'retry', actor: 'ada', reason: 'r' } as const;
  const resolved = stage.client.resolve(runId, resolution).then(String, String);
  const first = await poll();
  expect(first.messages).toHaveLength(1);
  await handle.signal('beside');
  await expect(answer(first, [end])).rejects.toThrow(/UnhandledCommand/);

  let again = await poll();
  while (again.messages.length === 0) {
    await answer(again);
    again = await poll();
  }
  expect(again.messages.map(({ protocolInstanceId }) => protocolInstanceId)).toEqual(
    first.messages.map(({ protocolInstanceId }) => protocolInstanceId),
  );
  // What a worker does not take, Temporal refuses: that is what shows here that it was asked.
  await answer(again);
  expect(await resolved).toMatch(/it wasn't processed by worker/);
});
