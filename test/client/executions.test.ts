/** Which execution of Temporal an attempt is in. */
import { describe, expect, it } from '@jest/globals';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { attemptIdOf, describeAttempt, legIn } from '../../src/client/executions.js';

const leg = { attemptId: 'a1', startedAt: '2026-11-30T12:00:00.000Z' };
/** Executions of one run, the newest last, each with how it went on. */
const executions = [
  { runId: 'a1', status: { name: 'CONTINUED_AS_NEW' }, next: 'a1-2' },
  { runId: 'a1-2', status: { name: 'CONTINUED_AS_NEW' }, memo: { leg }, next: 'a1-3' },
  { runId: 'a1-3', status: { name: 'TERMINATED' }, memo: { leg } },
  { runId: 'a2', status: { name: 'RUNNING' } },
];
const clientOf = (known: readonly (typeof executions)[number][]): Client => {
  const found = (runId: string | undefined): (typeof executions)[number] => {
    const one = runId === undefined ? known.at(-1) : known.find((execution) => execution.runId === runId);
    if (one === undefined) throw new WorkflowNotFoundError('not there', 'long.one', runId);
    return one;
  };
  const last = ({ execution }: { readonly execution: { readonly runId: string } }) =>
    Promise.resolve({
      history: {
        events: [
          {
            workflowExecutionContinuedAsNewEventAttributes: {
              newExecutionRunId: found(execution.runId).next,
            },
          },
        ],
      },
    });
  return {
    options: { namespace: 'default' },
    workflow: {
      getHandle: (_: string, runId?: string) => ({
        describe: () => Promise.resolve().then(() => found(runId)),
      }),
    },
    workflowService: { getWorkflowExecutionHistoryReverse: last },
  } as unknown as Client; // of all of it, what is asked here
};

describe('an attempt', () => {
  it('has the id of its first execution, and was started with that', () => {
    expect(executions.map(attemptIdOf)).toEqual(['a1', 'a1', 'a1', 'a2']);
    expect(executions.map(legIn)).toEqual([null, leg, leg, null]);
  });

  it('is in its last execution, also when another has followed it', async () => {
    const client = clientOf(executions);
    expect(await describeAttempt(client, 'long.one')).toMatchObject({ runId: 'a2' });
    expect(await describeAttempt(client, 'long.one', 'a1')).toMatchObject({ runId: 'a1-3' });
    expect(await describeAttempt(client, 'long.one', 'a2')).toMatchObject({ runId: 'a2' });
  });

  it('is found where Temporal has forgotten all of it but the last', async () => {
    const client = clientOf(executions.slice(2, 3));
    expect(await describeAttempt(client, 'long.one', 'a1')).toMatchObject({ runId: 'a1-3' });
    await expect(describeAttempt(client, 'long.one', 'a0')).rejects.toThrow(WorkflowNotFoundError);
  });
});
