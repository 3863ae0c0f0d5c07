/** Which workers take tasks from a queue, as Temporal has heard of them. */
import type { Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';

const { TaskQueueType } = proto.temporal.api.enums.v1;
const types = {
  workflow: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  activity: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
} as const;

/** A queue, and what is taken from it. */
export interface Queue {
  readonly name: string;
  readonly of: keyof typeof types;
}

/** A worker that takes tasks from a queue. */
export interface Poller {
  readonly identity: string;
  /** The build of its code, where it says so. */
  readonly build?: string;
  /** When it asked last. ISO 8601, UTC. */
  readonly seenAt: string;
}

/**
 * A worker asks anew each minute, and Temporal keeps those that are gone for five: one that has not asked for twice as long is
 * gone, even where clocks differ a little.
 */
const goneAfterMs = 120_000;

/** What waits in a queue: `null` where Temporal's server does not say. */
export type Backlog = { readonly tasks: number; readonly oldestMs: number } | null;

/** Those that may be there; one that has ended in the last two minutes may be among them. */
export const pollersOf = async (client: Client, queue: Queue, nowMs = Date.now()): Promise<Poller[]> =>
  pollersIn(await describeQueue(client, queue), nowMs);

/** How a queue stands: who takes tasks from it, and what waits there. */
export async function standingOf(
  client: Client,
  queue: Queue,
): Promise<{ readonly pollers: readonly Poller[]; readonly backlog: Backlog }> {
  const described = await describeQueue(client, queue);
  const { stats } = described;
  return {
    pollers: pollersIn(described, Date.now()),
    backlog: stats
      ? {
          tasks: Number(stats.approximateBacklogCount ?? 0),
          oldestMs: optionalTsToMs(stats.approximateBacklogAge) ?? 0,
        }
      : null,
  };
}

const describeQueue = (client: Client, { name, of }: Queue) =>
  client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name },
    taskQueueType: types[of],
    reportStats: true,
  });

function pollersIn({ pollers }: Awaited<ReturnType<typeof describeQueue>>, nowMs: number): Poller[] {
  return pollers.flatMap(({ identity, lastAccessTime, deploymentOptions, workerVersionCapabilities }) => {
    const seenMs = optionalTsToMs(lastAccessTime) ?? 0;
    if (nowMs - seenMs > goneAfterMs) return [];
    const build = deploymentOptions?.buildId || workerVersionCapabilities?.buildId;
    return [
      { identity: identity ?? 'unknown', ...(build && { build }), seenAt: new Date(seenMs).toISOString() },
    ];
  });
}

/** Whether anybody takes tasks from a queue. Where Temporal does not say, somebody is taken to be there. */
export async function isServed(client: Client, queue: Queue): Promise<boolean> {
  try {
    return (await pollersOf(client, queue)).length > 0;
  } catch {
    return true; // a remark is no reason to fail by
  }
}
