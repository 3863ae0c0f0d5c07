/**
 * The waits of a lookout, as its history tells them: those that it began with, those that were handed to it, without those
 * that are over. Its activity reads them there and follows what comes: that needs no query, and costs no action.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import {
  type LookoutStart,
  type Wait,
  type Waits,
  addWaits,
  awaitedSignalName,
  dropWaits,
} from '../../../run/lookouts.js';

/** Temporal may be gone for a while. */
const againAfterMs = 1_000;

interface Execution {
  readonly workflowId: string;
  readonly runId: string;
}

/** What a history says up to an event. */
export interface KnownWaits {
  readonly of: LookoutStart['of'] | undefined;
  readonly waits: Waits;
  readonly lastEventId: number;
  /** When that was, by Temporal’s clock. */
  readonly atMs: number;
}

/** Reads it to its end. */
export async function readWaits(client: Client, execution: Execution): Promise<KnownWaits> {
  const waits: Waits = new Map();
  let [of, lastEventId, atMs]: [LookoutStart['of'] | undefined, number, number] = [undefined, 0, 0];
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page: Page = await readPage(client, execution, { nextPageToken, waitNewEvent: false });
    for (const event of page.history?.events ?? []) {
      const start = startIn(event);
      if (start !== undefined) {
        of = start.of;
        addWaits(waits, start.waits ?? []);
      }
      addWaits(waits, handedOverIn(event));
      dropWaits(waits, endedIn(event));
      [lastEventId, atMs] = [Number(event.eventId), event.eventTime ? tsToMs(event.eventTime) : atMs];
    }
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length > 0);
  return { of, waits, lastEventId, atMs };
}

interface Following {
  readonly afterEventId: number;
  /** Called with what is handed over, as it comes. */
  readonly heard: (waits: readonly Wait[]) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Follows it until it is told to end, or the execution has ended; what fails is tried again. */
export async function followWaits(
  client: Client,
  execution: Execution,
  { afterEventId, heard, signal }: Following,
): Promise<void> {
  let [last, nextPageToken]: [number, Uint8Array] = [afterEventId, new Uint8Array()];
  while (!signal.aborted)
    try {
      // Temporal’s client listens to the signal that it is given for ever.
      const page: Page = await client.withAbortSignal(AbortSignal.any([signal]), () =>
        readPage(client, execution, { nextPageToken, waitNewEvent: true }),
      );
      for (const event of page.history?.events ?? []) {
        if (Number(event.eventId) <= last) continue;
        last = Number(event.eventId);
        const more = handedOverIn(event);
        if (more.length > 0) heard(more);
      }
      if (page.nextPageToken.length === 0) return;
      nextPageToken = page.nextPageToken;
    } catch {
      nextPageToken = new Uint8Array();
      await delay(againAfterMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
}

const readPage = (
  client: Client,
  execution: Execution,
  how: { readonly nextPageToken: Uint8Array; readonly waitNewEvent: boolean },
) =>
  client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution,
    ...how,
  });

type Page = Awaited<ReturnType<typeof readPage>>;
type HistoryEvent = NonNullable<NonNullable<Page['history']>['events']>[number];

function startIn({ workflowExecutionStartedEventAttributes }: HistoryEvent): LookoutStart | undefined {
  const payload = workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return payload ? defaultPayloadConverter.fromPayload<LookoutStart>(payload) : undefined; // `tellLookout` wrote it
}

function handedOverIn({ workflowExecutionSignaledEventAttributes: signaled }: HistoryEvent): readonly Wait[] {
  const payload = signaled?.signalName === awaitedSignalName ? signaled.input?.payloads?.[0] : undefined;
  return payload ? defaultPayloadConverter.fromPayload<readonly Wait[]>(payload) : []; // the same
}

function endedIn({ activityTaskCompletedEventAttributes }: HistoryEvent): readonly string[] {
  const payload = activityTaskCompletedEventAttributes?.result?.payloads?.[0];
  return payload ? defaultPayloadConverter.fromPayload<{ ended: readonly string[] }>(payload).ended : []; // its one activity
}
