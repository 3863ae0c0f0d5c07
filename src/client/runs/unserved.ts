/** What of a run no worker takes: said within seconds, and before anybody has waited for it in vain. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { activitiesQueue, pipelinesQueue, stepOfActivityId } from '../../run/ids.js';
import type { Unserved } from '../../run/unserved.js';
import { connectionOf, readStart } from '../read-start.js';
import { type Queue, isServed } from '../workers/pollers.js';

type Described = Pick<WorkflowExecutionDescription, 'workflowId' | 'runId' | 'raw'>;
/** An activity that is not over, as Temporal describes it. */
export type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** What lookouts say of activities that rest, by their id. */
type Told = ReadonlyMap<string, { readonly untakenSince?: string }>;

/** `PENDING_ACTIVITY_STATE_SCHEDULED` of gRPC: it waits for its time, or for a worker. */
const scheduled = 1;
/** A worker that is there, and not held up by the connection’s rate, takes a task at once. */
export const takenWithinMs = 10_000;
/** Until then nobody is asked whether there is one. */
const suspectAfterMs = 1_000;

/** Since when a pending activity could have been taken; `null` while it is under way, or waits for its time. */
export function untakenSinceMs(
  { state, scheduledTime, nextAttemptScheduleTime }: Pending,
  nowMs: number,
): number | null {
  const sinceMs = optionalTsToMs(nextAttemptScheduleTime) ?? optionalTsToMs(scheduledTime);
  if (Number(state) !== scheduled || sinceMs === undefined || sinceMs > nowMs) return null;
  return sinceMs;
}

/** `null` where everything is taken, or has waited for a moment only. `told`: what lookouts say of what rests. */
export async function unservedOf(
  client: Client,
  description: Described,
  { told, nowMs = Date.now() }: { readonly told: Told; readonly nowMs?: number },
): Promise<Unserved | null> {
  const [isStuck, connections] = await Promise.all([
    isTaskStuck(client, description, nowMs),
    stuckConnections(client, description, { told, nowMs }),
  ]);
  if (!isStuck && connections.length === 0) return null;
  return { ...(isStuck && { pipelines: true }), connections };
}

/** Whether all that it has asked for has been taken: its first task, and every effect. */
const isTaken = ({ raw, historyLength }: Described & { readonly historyLength: number }): boolean =>
  historyLength > 2 &&
  !raw.pendingWorkflowTask &&
  (raw.pendingActivities ?? []).every(
    ({ state, attempt }) => Number(state) !== scheduled || (attempt ?? 1) > 1,
  );

async function isTaskStuck(client: Client, { raw }: Described, nowMs: number): Promise<boolean> {
  const task = raw.pendingWorkflowTask;
  const sinceMs = optionalTsToMs(task?.originalScheduledTime) ?? optionalTsToMs(task?.scheduledTime);
  if (sinceMs === undefined || optionalTsToMs(task?.startedTime)) return false;
  return isStuck(client, { name: pipelinesQueue, of: 'workflow' }, nowMs - sinceMs);
}

async function stuckConnections(
  client: Client,
  { workflowId, runId, raw }: Described,
  { told, nowMs }: { readonly told: Told; readonly nowMs: number },
): Promise<string[]> {
  const waiting = (raw.pendingActivities ?? []).flatMap((pending) => {
    const restsSince = told.get(pending.activityId ?? '')?.untakenSince;
    const sinceMs = restsSince === undefined ? untakenSinceMs(pending, nowMs) : Date.parse(restsSince);
    return sinceMs === null || nowMs - sinceMs < suspectAfterMs
      ? []
      : [{ step: stepOfActivityId(pending.activityId ?? ''), waitedMs: nowMs - sinceMs }];
  });
  if (waiting.length === 0) return [];
  const { start } = await readStart(client, client.workflow.getHandle(workflowId, runId), runId);
  const longest = new Map<string, number>();
  for (const { step, waitedMs } of waiting) {
    const connection = connectionOf(start, step);
    longest.set(connection, Math.max(waitedMs, longest.get(connection) ?? 0));
  }
  const stuck = await Promise.all(
    [...longest].map(async ([connection, waitedMs]) =>
      (await isStuck(client, { name: activitiesQueue(connection), of: 'activity' }, waitedMs))
        ? [connection]
        : [],
    ),
  );
  return stuck.flat().sort();
}

/** Temporal knows a worker for some minutes after its end, so what has waited long is not asked about. */
const isStuck = async (client: Client, queue: Queue, waitedMs: number): Promise<boolean> =>
  waitedMs >= takenWithinMs || (waitedMs >= suspectAfterMs && !(await isServed(client, queue)));

/** How long it is believed that a queue is served: many runs are started at once. */
const servedForMs = 10_000;

/** What no worker serves of what a run that was just started will need; `null` where every queue is served. */
export function createServing(client: Client): (connections: readonly string[]) => Promise<Unserved | null> {
  const served = new Map<string, number>();
  const serves = async (queue: Queue): Promise<boolean> => {
    if ((served.get(queue.name) ?? 0) > Date.now()) return true;
    const is = await isServed(client, queue);
    if (is) served.set(queue.name, Date.now() + servedForMs);
    return is;
  };
  return async (connections) => {
    const [pipelines, ...others] = await Promise.all([
      serves({ name: pipelinesQueue, of: 'workflow' }),
      ...connections.map((name) => serves({ name: activitiesQueue(name), of: 'activity' })),
    ]);
    const missing = connections.filter((_, at) => others[at] === false);
    return pipelines && missing.length === 0
      ? null
      : { ...(!pipelines && { pipelines: true }), connections: missing };
  };
}

const lookEveryMs = 250;

/** The same of a run that was just started, as soon as it is known: a worker that is there takes it within moments. */
export async function awaitTaken(client: Client, runId: string): Promise<Unserved | null> {
  const untilMs = Date.now() + takenWithinMs + 2 * suspectAfterMs;
  for (;;) {
    const description = await client.workflow.getHandle(runId).describe();
    if (description.status.name !== 'RUNNING' || isTaken(description)) return null;
    const unserved = await unservedOf(client, description, { told: new Map() }); // nothing of it rests yet
    if (unserved !== null || Date.now() > untilMs) return unserved;
    await delay(lookEveryMs);
  }
}
