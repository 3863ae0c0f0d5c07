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
  connectionIdOf,
  connectionWorkflow,
  openConnection,
} from '../pipeline/connections.js';
import { pipelinesQueue } from '../pipeline/ids.js';

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
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Follows until it is told to end; what fails is tried again. */
export async function followConnection(client: Client, name: string, following: Following): Promise<void> {
  const { signal } = following;
  while (!signal.aborted)
    try {
      await client.workflow.start(connectionWorkflow, {
        ...connectionStartOf(name),
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
      await client.withAbortSignal(signal, () => followExecution(client, name, following));
    } catch {
      await delay(againAfterMs, undefined, { signal }).catch(() => undefined);
    }
}

/** Returns when the execution has ended: another one continues it. */
async function followExecution(client: Client, name: string, { changed, signal }: Following): Promise<void> {
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page: Page = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId: connectionIdOf(name) },
      waitNewEvent: true,
      nextPageToken,
    });
    const state = page.history?.events?.map(stateIn).findLast((one) => one !== null);
    if (state) changed(state);
    nextPageToken = page.nextPageToken;
  } while (!signal.aborted && nextPageToken.length > 0);
}

type Page = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistory']>>;
type HistoryEvent = NonNullable<NonNullable<Page['history']>['events']>[number];

function stateIn(event: HistoryEvent): ConnectionState | null {
  const memo =
    event.workflowPropertiesModifiedEventAttributes?.upsertedMemo ??
    event.workflowExecutionStartedEventAttributes?.memo;
  const payload = memo?.fields?.['connection'];
  return payload ? defaultPayloadConverter.fromPayload<ConnectionState>(payload) : null; // its workflow writes it
}
