/**
 * Changes of a schedule by what was read of it. Others may change it between the reading and the writing, and what they have
 * written must not be written over: who lets it tick, above all.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Client,
  ScheduleClient,
  type ScheduleDescription,
  type ScheduleUpdateOptions,
  ServiceError,
  isGrpcServiceError,
} from '@temporalio/client';
import { LonghaulError } from '../../run/failures/errors.js';
import { storedKey } from './spec.js';

/** Several may change it at once; each begins anew when another was first. */
const mostTries = 10;
/** They come back one after another: after so long at most, and each time so much longer. */
const apartMs = 100;

/**
 * Repeats a change that reads and writes while others are first. `change` says whether what it has written is there:
 * Temporal drops without a word what was written by a token that is out of date.
 * @throws LonghaulError `SCHEDULE_BUSY`
 */
export async function changeAlone(scheduleId: string, change: () => Promise<boolean>): Promise<void> {
  for (let tries = 1; tries <= mostTries; tries += 1) {
    if (await change().catch(unlessConflict)) return;
    await delay(Math.random() * apartMs * tries);
  }
  throw new LonghaulError('SCHEDULE_BUSY', `others keep changing the schedule ${scheduleId}: ask again`);
}

/** gRPC status codes: 9 is FAILED_PRECONDITION, 10 ABORTED. */
const conflicts: readonly number[] = [9, 10];

function unlessConflict(error: unknown): false {
  const cause = error instanceof ServiceError ? error.cause : error;
  if (isGrpcServiceError(cause) && conflicts.includes(cause.code)) return false;
  throw error;
}

/**
 * Replaces a schedule by what `change` makes of it.
 * @throws LonghaulError `SCHEDULE_BUSY`
 */
export const replaceSchedule = (
  client: Client,
  scheduleId: string,
  change: (previous: ScheduleDescription) => ScheduleUpdateOptions,
): Promise<void> =>
  changeAlone(scheduleId, async () => {
    const sent: { token: Uint8Array | null; said: string | null } = { token: null, said: null };
    await withToken(client, () => sent.token)
      .getHandle(scheduleId)
      .update((previous) => {
        const changed = change(previous);
        sent.token = previous.raw.conflictToken ?? null;
        sent.said = saidBy(changed);
        return changed;
      });
    return saidBy(await client.schedule.getHandle(scheduleId).describe()) === sent.said;
  });

/** What holds a definition, as it is written and as it is read. */
interface Defined {
  readonly action: { readonly args?: unknown; readonly memo?: Readonly<Record<string, unknown>> | undefined };
  readonly state?: { readonly paused?: boolean | undefined } | undefined;
}

/** All that a definition says of a schedule. Who has asked for ticks since is no part of it. */
const saidBy = ({ action, state }: Defined): string =>
  JSON.stringify([action.args, action.memo?.[storedKey], state?.paused], (key, value: unknown) =>
    key === 'askers' ? undefined : value,
  );

/** The SDK reads the token of a schedule and does not send it back. */
function withToken({ connection, schedule }: Client, token: () => Uint8Array | null): ScheduleClient {
  const { workflowService: service } = connection;
  const guarded = new Proxy(service, {
    get: (of, name, receiver) =>
      name === 'updateSchedule'
        ? (request: Parameters<typeof service.updateSchedule>[0]) =>
            service.updateSchedule({ ...request, conflictToken: token() })
        : (Reflect.get(of, name, receiver) as unknown),
  });
  return new ScheduleClient({
    ...schedule.options,
    connection: new Proxy(connection, {
      get: (of, name, receiver) =>
        name === 'workflowService' ? guarded : (Reflect.get(of, name, receiver) as unknown),
    }),
  });
}
