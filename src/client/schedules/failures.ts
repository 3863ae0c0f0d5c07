/** What Temporal says of a schedule, as failures of ours. */
import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import { LonghaulError } from '../../run/failures/errors.js';
import { grpcFailureIn } from '../grpc-failure.js';
import { scheduleUnknown } from './door.js';

/** Performs it; what Temporal says of the schedule is thrown as a LonghaulError, anything else as it is. */
export async function ofSchedule<T>(name: string, perform: () => Promise<T>): Promise<T> {
  try {
    return await perform();
  } catch (error) {
    throw translate(error, name);
  }
}

function translate(error: unknown, name: string): unknown {
  if (error instanceof ScheduleNotFoundError) return scheduleUnknown(name, error);
  if (grpcFailureIn(error)?.code === 'NOT_FOUND') return scheduleUnknown(name, error);
  if (error instanceof ScheduleAlreadyRunning)
    return new LonghaulError('SCHEDULE_EXISTS', `there is a schedule ${name} already; nothing was created`, {
      cause: error,
    });
  // The SDK throws one for a specification that the server refuses; our door lets none through that we know of.
  if (error instanceof TypeError)
    return new LonghaulError('SCHEDULE_INVALID', `Temporal refuses the schedule ${name}: ${error.message}`, {
      cause: error,
    });
  return error;
}
