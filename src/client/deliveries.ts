/** Deliveries of events to other services: how they stand, and sending failed ones again. */
import {
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { LonghaulError } from '../run/failures/errors.js';
import { deliveryPrefix, deliveryWorkflow, pipelinesQueue } from '../run/ids.js';
import type { Delivery, RunEventType, RunStart, WebhookEvent } from '../run/steps.js';
import { notKnown } from './runs/list.js';

export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

/** An event, as far as it can be read: of one that is encrypted with a key that is not here, its run alone is known. */
type ToldEvent = Pick<WebhookEvent, 'at' | 'runId' | 'pipeline' | 'connection' | 'connections'> &
  Omit<Partial<WebhookEvent>, 'type'> & { readonly type: RunEventType | typeof notKnown };

export interface DeliverySummary {
  readonly deliveryId: string;
  readonly target: string;
  readonly status: DeliveryStatus;
  readonly event: ToldEvent;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** Why it was given up, or why the last try failed. */
  readonly message?: string;
  /** Why this view is less than whole. */
  readonly notice?: string;
}

/** Receivers as the configuration has them, as far as starting a run needs them. */
export type Receivers = Readonly<
  Record<string, { readonly events: readonly RunEventType[]; readonly pipelines: readonly string[] }>
>;

/** Who is told of what of a run of this pipeline; `undefined` when nobody is. */
export function notifyOf(receivers: Receivers, pipeline: string): RunStart<unknown>['notify'] {
  const notify: Partial<Record<RunEventType, string[]>> = {};
  for (const [name, { events, pipelines }] of Object.entries(receivers))
    if (pipelines.includes('*') || pipelines.includes(pipeline))
      for (const event of events) (notify[event] ??= []).push(name);
  return Object.keys(notify).length === 0 ? undefined : notify;
}

/** Which deliveries to list. */
export interface DeliveryFilter {
  readonly status?: DeliveryStatus | undefined;
  readonly limit?: number;
  /** Judges by what the list itself tells: of what it leaves out, nothing more is asked. Left out, all. */
  readonly admits?: (event: ToldEvent) => boolean;
  /** Of how many the list is read at most. Left out, of all. */
  readonly mostRead?: number;
  /** Ends it when nobody wants it any more. */
  readonly signal?: AbortSignal;
}

const queries: Readonly<Record<DeliveryStatus, string>> = {
  pending: `ExecutionStatus = 'Running'`,
  delivered: `ExecutionStatus = 'Completed'`,
  failed: `ExecutionStatus NOT IN ('Running', 'Completed')`,
};

/** How each delivery stands now, the newest first. */
export async function* deliveriesOf(
  client: Client,
  { status, limit = Infinity, admits = () => true, mostRead = Infinity, signal }: DeliveryFilter,
): AsyncGenerator<DeliverySummary> {
  const query = [`WorkflowType = '${deliveryWorkflow}'`, ...(status ? [queries[status]] : [])].join(' AND ');
  const seen = new Set<string>();
  let [read, told] = [0, 0];
  for await (const row of client.workflow.list({ query })) {
    if (signal?.aborted || told >= limit || read >= mostRead) return;
    read += 1;
    const unread = row.memo?.['delivery'] === null ? unreadOf(row) : null;
    if (seen.has(row.workflowId) || !admits((unread ?? memoOf(row)).event)) continue;
    seen.add(row.workflowId);
    const delivery = unread ?? (await deliveryOf(client, row.workflowId));
    if (status !== undefined && delivery.status !== status) continue; // it has been delivered again since
    told += 1;
    yield delivery;
  }
}

/** What Temporal knows of one whose note this process has no key for. Only those may see it who see all. */
function unreadOf(row: WorkflowExecutionInfo): DeliverySummary {
  const { workflowId: deliveryId, startTime } = row;
  const [target = notKnown, ...rest] = deliveryId.slice(deliveryPrefix.length).split('.');
  const startedAt = startTime.toISOString();
  const of = { pipeline: notKnown, connection: notKnown };
  return {
    ...{ deliveryId, target, status: statusOf(row), startedAt },
    // Behind its run stand the attempt and the number of the event.
    event: { type: notKnown, at: startedAt, runId: rest.slice(0, -2).join('.'), ...of },
    ...(row.closeTime && { endedAt: row.closeTime.toISOString() }),
    notice: 'it cannot be read, for it is encrypted with a key that is not among encryption.keys',
  };
}

/**
 * Reads one webhook delivery.
 * @throws LonghaulError `DELIVERY_NOT_FOUND`
 */
export async function deliveryOf(client: Client, deliveryId: string): Promise<DeliverySummary> {
  const description = await describe(client, deliveryId);
  const { target, event } = memoOf(description);
  const status = statusOf(description);
  const message = await messageOf(client, description, status);
  return {
    deliveryId,
    target,
    status,
    event,
    startedAt: description.startTime.toISOString(),
    ...(description.closeTime && { endedAt: description.closeTime.toISOString() }),
    ...(message !== undefined && { message }),
  };
}

/**
 * Delivers a failed one again: the same event under the same id.
 * @throws LonghaulError `DELIVERY_NOT_FOUND`, `DELIVERY_UNDER_WAY`
 */
export async function redeliver(client: Client, deliveryId: string): Promise<void> {
  const description = await describe(client, deliveryId);
  if (statusOf(description) !== 'failed')
    throw new LonghaulError(
      'DELIVERY_UNDER_WAY',
      `delivery ${deliveryId} is ${statusOf(description)}, not failed`,
    );
  const delivery = memoOf(description);
  await client.workflow.start(deliveryWorkflow, {
    workflowId: deliveryId,
    taskQueue: pipelinesQueue,
    args: [delivery],
    memo: { delivery },
    staticSummary: `${delivery.event.type} to ${delivery.target}`,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}

async function describe(client: Client, deliveryId: string): Promise<WorkflowExecutionDescription> {
  const unknown = (cause?: unknown) =>
    new LonghaulError('DELIVERY_NOT_FOUND', `there is no delivery ${deliveryId}`, { cause });
  if (!deliveryId.startsWith(deliveryPrefix)) throw unknown();
  const description = await client.workflow
    .getHandle(deliveryId)
    .describe()
    .catch((error: unknown) => {
      throw error instanceof WorkflowNotFoundError ? unknown(error) : error;
    });
  if (description.type !== deliveryWorkflow) throw unknown();
  return description;
}

const memoOf = ({ memo }: Pick<WorkflowExecutionInfo, 'memo'>): Delivery => memo?.['delivery'] as Delivery; // who starts one sets it

function statusOf({ status }: Pick<WorkflowExecutionInfo, 'status'>): DeliveryStatus {
  if (status.name === 'RUNNING') return 'pending';
  return status.name === 'COMPLETED' ? 'delivered' : 'failed';
}

async function messageOf(
  client: Client,
  { workflowId, runId, raw }: WorkflowExecutionDescription,
  status: DeliveryStatus,
): Promise<string | undefined> {
  if (status === 'pending') return raw.pendingActivities?.[0]?.lastFailure?.message ?? undefined;
  if (status === 'delivered') return undefined;
  try {
    await client.workflow.getHandle(workflowId, runId).result();
    return undefined;
  } catch (error) {
    if (error instanceof WorkflowFailedError) return error.cause?.message;
    throw error;
  }
}
