/** With what a step starts a run of its own. */
import { describe, expect, it } from '@jest/globals';
import { type Client, WorkflowNotFoundError, defaultPayloadConverter } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { createChildActivities } from '../../../src/activities/steps/child-runs.js';
import type { ActivityDependencies } from '../../../src/activities/dependencies.js';
import type { PipelineDocument } from '../../../src/client.js';
import type { Json } from '../../../src/run/steps.js';
import { documentIn, documentOf } from '../../support/documents.js';
import { tried } from '../retraining-stage.js';

const inner = documentOf(
  'dev',
  `  train: { uses: job, connection: gpu, with: { project: a/b, command: go } }`,
  {
    name: 'inner',
    more: 'input: { properties: { month: { type: string }, depth: { type: integer, default: 3 } }, required: [month] }',
  },
);
const parent = documentIn(
  `longhaul: pipeline/v1
pipeline: mine
connection: dev
steps:
  child: { uses: pipeline, with: { pipeline: inner, input: { month: may } } }
`,
  inner,
);

/** A Temporal that knows the run of this document alone, and what was started there. */
function temporalWith(document: PipelineDocument | undefined) {
  const started: { readonly id: string; readonly start: unknown }[] = [];
  const absent = (): never => {
    throw new WorkflowNotFoundError('not found', 'x', undefined);
  };
  const start = { input: {}, trigger: { kind: 'client' }, ...(document && { document }) };
  const workflowExecutionStartedEventAttributes = {
    input: { payloads: [defaultPayloadConverter.toPayload(start)] },
  };
  const client = {
    options: { namespace: 'test' },
    workflow: {
      getHandle: () => ({ describe: absent }),
      start: (_type: string, { workflowId, args: [given] }: { workflowId: string; args: [unknown] }) => {
        started.push({ id: workflowId, start: given });
        return Promise.resolve({ firstExecutionRunId: 'a' });
      },
    },
    workflowService: {
      getWorkflowExecutionHistory: () =>
        Promise.resolve({ history: { events: [{ workflowExecutionStartedEventAttributes }] } }),
    },
  } as unknown as Client; // of all of it, what starting a child asks
  return { client, started };
}

const deps = { waits: { settleMs: 0, patienceMs: 0 } } as unknown as ActivityDependencies; // no platform is asked
const origin = { runId: 'mine.k', firstAttemptId: 'f', step: 'child', generation: 1 };

async function startedBy(document: PipelineDocument | undefined, pipeline: string, input: Json) {
  const { client, started } = temporalWith(document);
  const outcome = await tried({ number: 1, client }, () =>
    createChildActivities(deps).ensureChildRun({
      ...{ connection: 'dev', origin, begunBefore: false, pipeline, input },
      ...{ starters: ['ada'], notify: { 'run.failed': ['ops'] } },
    }),
  );
  return { outcome, started };
}

describe('a child run', () => {
  it('of a document has the definition that its parent brings along, and the defaults of its input', async () => {
    const { outcome, started } = await startedBy(parent, 'inner', { month: 'may' });
    const [only] = started;
    expect(outcome).toEqual({ runId: only?.id });
    expect(only?.id).toMatch(/^inner\._child\.[a-z2-7]{12}$/);
    expect(only?.start).toEqual({
      ...{ input: { month: 'may', depth: 3 }, document: inner },
      trigger: { kind: 'run', by: 'mine.k', ids: ['ada'] },
      notify: { 'run.failed': ['ops'] },
    });
  });

  it('of a pipeline that Longhaul brings along acts where its step does, or where its parent does as well', async () => {
    const input = { project: 'a/b', train: { command: 'go' } };
    const connectionOf = async (document: PipelineDocument | undefined, more: object) => {
      const { outcome, started } = await startedBy(document, 'train-and-deploy', { ...input, ...more });
      if (outcome instanceof ApplicationFailure) return outcome.type;
      return (started[0]?.start as { input: { connection: string } }).input.connection;
    };
    expect(await connectionOf(parent, {})).toBe('dev');
    expect(await connectionOf(parent, { connection: 'gpu' })).toBe('gpu');
    expect(await connectionOf(undefined, { connection: 'dev' })).toBe('dev');
    for (const document of [parent, undefined])
      expect(await connectionOf(document, { connection: 'prod' })).toBe('EXPRESSION_FAILED');
  });

  it('is not started by an input that does not fit, nor where its parent does not bring it along', async () => {
    for (const [pipeline, input, type] of [
      ['inner', { month: 3 }, 'EXPRESSION_FAILED'],
      ['train-and-deploy', { project: 'a/b' }, 'EXPRESSION_FAILED'],
      ['other', {}, 'PIPELINE_UNKNOWN'],
    ] as const) {
      const { outcome, started } = await startedBy(parent, pipeline, input);
      expect(outcome).toMatchObject({ type });
      expect(started).toEqual([]);
    }
  });
});

describe('a child run that is to stop', () => {
  const attempt = { runId: 'e', startTime: new Date(0), memo: {}, raw: {} };
  const runId = 'inner._mine.k.child.abc';

  /** What cancelling it comes to, where Temporal knows these executions. */
  async function cancelled(known: Readonly<Record<string, object>>) {
    const describe = (workflowId: string) => () => {
      const found = known[workflowId];
      if (found === undefined) throw new WorkflowNotFoundError('not found', workflowId, undefined);
      return Promise.resolve({ ...attempt, workflowId, ...found });
    };
    const client = {
      options: { namespace: 'test' },
      workflow: { getHandle: (workflowId: string) => ({ describe: describe(workflowId) }) },
    } as unknown as Client; // of all of it, what looks at a child ask
    const waits = { ...deps.waits, undoMs: 0, sweepMs: 0, firstLookMs: 1, lastLookMs: 1 };
    const { cancelChildRun } = createChildActivities({ ...deps, waits });
    const undoing = { connection: 'dev', origin, begunBefore: true, pipeline: 'inner', made: { id: runId } };
    return tried({ number: 1, client }, () => cancelChildRun(undoing));
  }
  const status = (name: string) => ({ status: { name } });
  const leftAs = (reason: string, more: object = {}) => ({
    undone: [],
    leftBehind: [{ kind: 'run', id: runId, reason, ...more }],
  });

  it('is not stopped while a replay is about to have it go on', async () => {
    const known = { [runId]: status('TERMINATED'), [`replay.${runId}`]: status('RUNNING') };
    expect(await cancelled(known)).toEqual(leftAs('it is about to go on'));
  });

  it('is not stopped while what it has left is not', async () => {
    const cleanup = { attemptId: 'e', undone: [], leftBehind: [], open: [] };
    const known = { [runId]: status('CANCELLED') };
    const goesOn = { [`cleanup.${runId}`]: { ...status('RUNNING'), memo: { cleanup } } };
    const ending = leftAs('it has ended, and its cleanup goes on', { ending: true });
    expect(await cancelled({ ...known, ...goesOn })).toEqual(ending);
    const done = { [`cleanup.${runId}`]: { ...status('COMPLETED'), memo: { cleanup } } };
    for (const more of [done, {}])
      expect(await cancelled({ ...known, ...more })).toEqual({
        undone: [{ kind: 'run', id: runId }],
        leftBehind: [],
      });
    expect(await cancelled({ [runId]: status('FAILED') })).toEqual({ undone: [], leftBehind: [] });
  });
});
