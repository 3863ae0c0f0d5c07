/**
 * Following the state of a connection: the history of the workflow that keeps it is read to its end, and then waited on.
 * That costs a request every twenty seconds, and a change is known within milliseconds.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import {
  type ConnectionStart,
  type ConnectionState,
  type HoldReport,
  connectionIdOf,
  connectionWorkflow,
  holdSignalName,
  openConnection,
} from '../../run/connections.js';
import { pipelinesQueue } from '../../run/ids.js';

/** Temporal may be gone for a while. */
const againAfterMs = 1_000;

/** How the workflow of a connection is started, by whoever comes first. */
export const connectionStartOf = (name: string) => ({
  workflowId: connectionIdOf(name),
  taskQueue: pipelinesQueue,
  args: [{ name }] satisfies [ConnectionStart],
  memo: { connection: openConnection },
  staticSummary: `whether requests are sent to ${name}`,
});

interface Following {
  /** Called with the state as it is, and with each that follows. */
  readonly changed: (state: ConnectionState) => void;
  /** Called with what a worker reports from now on: it must not wait until the workflow has been run. */
  readonly heard: (report: HoldReport) => void;
  /** Called with what stands in the way, each time, also with its end; it is tried again. */
  readonly failed: (error: unknown) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Follows until it is told to end; what fails is tried again. */
export async function followConnection(client: Client, name: string, following: Following): Promise<void> {
  const { signal } = following;
  while (!signal.aborted)
    try {
      await unlessAborted(client, signal, () =>
        client.workflow.start(connectionWorkflow, {
          ...connectionStartOf(name),
          workflowIdConflictPolicy: 'USE_EXISTING',
        }),
      );
      await followExecution(client, name, following);
    } catch (error) {
      following.failed(error);
      await delay(againAfterMs, undefined, { signal }).catch(() => undefined);
    }
}

/** Each with a signal of its own: Temporal’s client listens to what it is given for ever. */
export const unlessAborted = <T>(client: Client, signal: AbortSignal, ask: () => Promise<T>): Promise<T> =>
  client.withAbortSignal(AbortSignal.any([signal]), ask);

/** Returns when the execution has ended: another one continues it. */
async function followExecution(client: Client, name: string, following: Following): Promise<void> {
  const { changed, signal } = following;
  const handle = client.workflow.getHandle(connectionIdOf(name));
  const { runId, historyLength, memo } = await unlessAborted(client, signal, () => handle.describe());
  changed((memo?.['connection'] ?? openConnection) as ConnectionState); // its workflow writes it
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page: Page = await unlessAborted(client, signal, () =>
      client.workflowService.getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution: { workflowId: connectionIdOf(name), runId },
        waitNewEvent: true,
        nextPageToken,
      }),
    );
    // What was before is no news, and would make the gate stand for a moment as it stood then.
    for (const event of page.history?.events ?? [])
      if (Number(event.eventId) > historyLength) tell(event, following);
    nextPageToken = page.nextPageToken;
  } while (!signal.aborted && nextPageToken.length > 0);
}

type Page = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistory']>>;
type HistoryEvent = NonNullable<NonNullable<Page['history']>['events']>[number];

function tell(event: HistoryEvent, { changed, heard }: Following): void {
  const state = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields?.['connection'];
  if (state) changed(defaultPayloadConverter.fromPayload<ConnectionState>(state)); // its workflow writes it
  const { signalName, input } = event.workflowExecutionSignaledEventAttributes ?? {};
  const report = signalName === holdSignalName ? input?.payloads?.[0] : undefined;
  if (report) heard(defaultPayloadConverter.fromPayload<HoldReport>(report)); // a worker has sent it
}
