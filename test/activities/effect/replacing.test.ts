/** Which run may replace another that has its model, told by what both were started with. */
import { expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { replaceHolder } from '../../../src/activities/effect/replacing.js';
import type { AnyStart } from '../../../src/client/starting.js';
import { documentOf } from '../../support/documents.js';

const job = (connection: string) =>
  `{ uses: job, connection: ${connection}, with: { project: a/b, command: go } }`;
const on = (...connections: string[]): AnyStart => ({
  ...{ input: {}, trigger: { kind: 'http', by: 'ada' } },
  document: documentOf('dev', connections.map((name, at) => `  s${at}: ${job(name)}\n`).join(''), {
    name: 'churn',
  }),
});

/** Temporal, as far as it is asked: what each run was started with, and whom it is told to cancel. */
function temporalOf(starts: Readonly<Record<string, AnyStart>>) {
  const cancelled: string[] = [];
  const historyOf = (runId: string) => ({
    events: [
      {
        workflowExecutionStartedEventAttributes: {
          input: { payloads: [defaultPayloadConverter.toPayload(starts[runId])] },
        },
      },
    ],
  });
  const getHandle = (workflowId: string) => ({
    workflowId,
    describe: () => Promise.resolve({ runId: `${workflowId}-1` }),
    fetchHistory: () => Promise.resolve(historyOf(workflowId)),
  });
  const workflowService = {
    getWorkflowExecutionHistory: ({ execution }: { execution: { workflowId: string } }) =>
      Promise.resolve({ history: historyOf(execution.workflowId) }),
    requestCancelWorkflowExecution: ({
      workflowExecution,
    }: {
      workflowExecution: { workflowId: string };
    }) => {
      cancelled.push(workflowExecution.workflowId);
      return Promise.resolve({});
    },
  };
  const client = { options: { namespace: 'n' }, workflow: { getHandle }, workflowService };
  return { client: client as unknown as Client, cancelled }; // nothing else of it is asked
}

async function replaces(asking: AnyStart, holder: AnyStart): Promise<boolean> {
  const { client, cancelled } = temporalOf({ 'churn.new': asking, 'churn.old': holder });
  const record = (_: unknown, perform: () => Promise<void>) => perform();
  const isReplaced = await replaceHolder(client, { holder: 'churn.old', asking: 'churn.new' }, record);
  expect(cancelled).toEqual(isReplaced ? ['churn.old'] : []);
  return isReplaced;
}

it('is one whose starter may cancel runs of that pipeline, on every connection that the other uses', async () => {
  const may = (mayCancel: string[], ...connections: string[]) => ({ ...on(...connections), mayCancel });
  expect(await replaces(may(['churn'], 'dev', 'prod'), on('prod'))).toBe(true);
  expect(await replaces(may(['other'], 'dev', 'prod'), on('prod'))).toBe(false);
  // The right was decided on its own connections.
  expect(await replaces(may(['churn'], 'dev'), on('dev', 'prod'))).toBe(false);
  expect(await replaces(may(['*'], 'dev'), on('dev', 'prod'))).toBe(true);
});

it('is another run of the same pipeline, where nothing is said of its right', async () => {
  expect(await replaces(on('dev'), on('dev'))).toBe(true);
  expect(await replaces(on('dev'), on('dev', 'prod'))).toBe(false);
});
