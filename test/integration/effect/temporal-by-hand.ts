/**
 * A real Temporal in which tests are the workers: runs that nothing works at, activities that come to rest, and tries of
 * effects that ask it. Each of these is a request or two, so that a test takes milliseconds.
 */
import { randomBytes } from 'node:crypto';
import { Context, type Info, asyncLocalStorage } from '@temporalio/activity';
import { Client, Connection, type WorkflowStartOptions, defaultPayloadConverter } from '@temporalio/client';
import { ApplicationFailure, noopMetricMeter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { searchAttributes, typeNumbers } from '../../../src/run/search-attributes.js';
import { eventually } from '../../support/eventually.js';
import { createNamespace, temporalAddress } from '../../support/stage.js';

/** One execution of a run. */
export interface Execution {
  readonly workflowId: string;
  readonly runId: string;
}

/** A name that nothing else in the namespace has. */
export const unique = (name: string): string => `${name}${randomBytes(4).toString('hex')}`;

let prepared: Promise<string> | undefined;

/** Connects to a namespace of this process, with the search attributes of runs. */
export async function connectByHand(): Promise<Client> {
  const address = temporalAddress();
  const connection = await Connection.connect({ address });
  prepared ??= prepare(connection, address);
  return new Client({ connection, namespace: await prepared });
}

async function prepare({ operatorService }: Connection, address: string): Promise<string> {
  const namespace = unique('by-hand-');
  await createNamespace(address, namespace);
  const types = Object.entries(searchAttributes).map(([name, type]) => [name, typeNumbers[type]] as const);
  await operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(types) });
  await eventually(async () => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    return Object.keys(searchAttributes).every((name) => name in customAttributes);
  });
  return namespace;
}

type Starting = Partial<Omit<WorkflowStartOptions, 'args'>> & {
  readonly type?: string;
  readonly args?: unknown[];
};

/** Starts a run that nothing works at; its queue is named after it. */
export async function startRun(
  { workflow }: Client,
  { type = 'by-hand', workflowId = unique('run.'), args = [], ...more }: Starting = {},
): Promise<Execution> {
  const handle = await workflow.start(type, { taskQueue: workflowId, workflowId, args, ...more });
  return { workflowId, runId: handle.firstExecutionRunId };
}

const { CommandType } = proto.temporal.api.enums.v1;

/** What Temporal has to do comes at once, or never. */
const polled = <T>(client: Client, poll: () => Promise<T>): Promise<T> =>
  client.withDeadline(Date.now() + 8_000, poll);

type Commands = NonNullable<
  Parameters<Client['workflowService']['respondWorkflowTaskCompleted']>[0]['commands']
>;

/** Works at a run once: it gives these commands. */
async function command(client: Client, { workflowId }: Execution, commands: Commands): Promise<void> {
  const { namespace, identity } = client.options;
  const taskQueue = { name: workflowId };
  const { taskToken } = await polled(client, () =>
    client.workflowService.pollWorkflowTaskQueue({ namespace, identity, taskQueue }),
  );
  await client.workflowService.respondWorkflowTaskCompleted({ namespace, identity, taskToken, commands });
}

/** Has a run succeed. */
export const succeed = (client: Client, run: Execution): Promise<void> =>
  command(client, run, [
    {
      commandType: CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
      completeWorkflowExecutionCommandAttributes: {},
    },
  ]);

/** Has a run schedule an activity. */
export const schedule = (client: Client, run: Execution, activityId: string): Promise<void> =>
  command(client, run, [
    {
      commandType: CommandType.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK,
      scheduleActivityTaskCommandAttributes: {
        ...{ activityId, activityType: { name: 'awaitJob' }, taskQueue: { name: run.workflowId } },
        startToCloseTimeout: msToTs('1 minute'),
        scheduleToCloseTimeout: msToTs('3 days'),
        retryPolicy: { initialInterval: msToTs('1 second') },
      },
    },
  ]);

/** Takes the next try of an activity of a run. */
export async function takeTry(client: Client, { workflowId }: Execution) {
  const { namespace, identity } = client.options;
  const taskQueue = { name: workflowId };
  return polled(client, () =>
    client.workflowService.pollActivityTaskQueue({ namespace, identity, taskQueue }),
  );
}

/** Completes one that was taken. */
export const completeTry = (
  client: Client,
  { taskToken }: Awaited<ReturnType<typeof takeTry>>,
  output: unknown,
): Promise<unknown> =>
  client.workflowService.respondActivityTaskCompleted({
    ...{ namespace: client.options.namespace, identity: client.options.identity, taskToken },
    result: { payloads: [defaultPayloadConverter.toPayload(output)] },
  });

/** An activity of a run of its own that has handed its wait over, and rests until tomorrow. */
export async function restingActivity(client: Client, activityId = 'train.1') {
  const run = await startRun(client);
  await schedule(client, run, activityId);
  const { taskToken } = await takeTry(client, run);
  await client.workflowService.respondActivityTaskFailed({
    ...{ namespace: client.options.namespace, identity: client.options.identity, taskToken },
    failure: { message: 'handed over', applicationFailureInfo: { nextRetryDelay: msToTs('1 day') } },
  });
  return { ...run, activityId };
}

/** The one activity of a run that is pending. */
export async function pendingOf({ workflow }: Client, { workflowId, runId }: Execution) {
  const { raw } = await workflow.getHandle(workflowId, runId).describe();
  return raw.pendingActivities?.[0];
}

/** What the one activity of a run was completed with. */
export async function outputOf({ workflow }: Client, { workflowId, runId }: Execution): Promise<unknown> {
  const { events } = await workflow.getHandle(workflowId, runId).fetchHistory();
  const [payload] =
    events?.flatMap((event) => event.activityTaskCompletedEventAttributes?.result?.payloads ?? []) ?? [];
  return payload && defaultPayloadConverter.fromPayload(payload);
}

interface Try {
  readonly client: Client;
  readonly info?: Partial<Info>;
  readonly heartbeat?: (details: unknown) => void;
  readonly signal?: AbortSignal;
}

/** Performs a try as a worker does: what it returns, or its failure. */
export async function inTry<T>(
  { client, info, heartbeat = () => undefined, signal = new AbortController().signal }: Try,
  perform: () => Promise<T>,
): Promise<T | ApplicationFailure> {
  const nowMs = Date.now();
  const of = {
    ...{ attempt: 1, activityId: 'by-hand.1', scheduledTimestampMs: nowMs, heartbeatTimeoutMs: 10_000 },
    ...{ currentAttemptScheduledTimestampMs: nowMs, startToCloseTimeoutMs: 60_000 },
    ...info,
  } as Info; // of all of it, what effects read
  const never = new Promise<never>(() => undefined);
  const context = new Context(of, never, signal, heartbeat, client, console, noopMetricMeter, {});
  try {
    return await asyncLocalStorage.run(context, perform);
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    throw error;
  }
}
