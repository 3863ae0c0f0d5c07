/**
 * Changes of a schedule by what was read of it. Others may change it between the reading and the writing, and what they have
 * written must not be written over: who lets it tick, above all.
 */
import {
  type Client,
  ScheduleClient,
  type ScheduleDescription,
  type ScheduleUpdateOptions,
  ServiceError,
  isGrpcServiceError,
} from '@temporalio/client';
import { LonghaulError } from '../../pipeline/errors.js';

/** Several may change it at once; each begins anew when another was first. */
const mostTries = 10;

/**
 * Repeats a change that reads and writes while others are first.
 * @throws LonghaulError `SCHEDULE_BUSY`
 */
export async function changeAlone(scheduleId: string, change: () => Promise<void>): Promise<void> {
  for (let tries = 0; tries < mostTries; tries += 1)
    try {
      await change();
      return;
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  throw new LonghaulError('SCHEDULE_BUSY', `others keep changing the schedule ${scheduleId}: ask again`);
}

/** gRPC status codes: 9 is FAILED_PRECONDITION, 10 ABORTED. */
const conflicts: readonly number[] = [9, 10];

function isConflict(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && conflicts.includes(cause.code);
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
    let read: Uint8Array | null | undefined;
    const guarded = withToken(client, () => read);
    await guarded.getHandle(scheduleId).update((previous) => {
      read = previous.raw.conflictToken;
      return change(previous);
    });
  });

/** The SDK reads the token of a schedule and does not send it back: Temporal refuses to write over another change by it. */
function withToken(
  { connection, schedule }: Client,
  token: () => Uint8Array | null | undefined,
): ScheduleClient {
  const { workflowService: service } = connection;
  const guarded = new Proxy(service, {
    get: (of, name, receiver) =>
      name === 'updateSchedule'
        ? (request: Parameters<typeof service.updateSchedule>[0]) =>
            service.updateSchedule({ ...request, conflictToken: token() ?? null })
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
