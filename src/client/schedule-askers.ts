/**
 * Who let a schedule tick. Temporal starts the run of such a tick with what the schedule holds, so it is written there first:
 * an approval asks it who may not decide.
 */
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { LonghaulError } from '../pipeline/errors.js';
import type { Asker, RunStart } from '../pipeline/steps.js';

/** The last ones: a run that waits for its turn longer than so many others is not to be expected. */
const mostAskers = 50;
/** Several may ask at once; each writes over what the others have read. */
const mostTries = 10;

/**
 * Writes down who asks, before it is asked.
 * @throws LonghaulError `SCHEDULE_BUSY` when others keep changing the schedule
 */
export async function noteAsker(client: Client, scheduleId: string, asker: Asker): Promise<void> {
  const { namespace, identity } = client.options;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const { schedule, conflictToken } = await client.workflowService.describeSchedule({
      namespace,
      scheduleId,
    });
    const action = schedule?.action?.startWorkflow;
    const [payload] = action?.input?.payloads ?? [];
    if (!schedule || !action || !payload) break;
    const start = defaultPayloadConverter.fromPayload<RunStart<unknown>>(payload); // every pipeline takes one
    const askers = [...(start.trigger.askers ?? []), asker].slice(-mostAskers);
    const noted = { ...start, trigger: { ...start.trigger, askers } };
    const input = { payloads: [defaultPayloadConverter.toPayload(noted)] };
    const changed = { ...schedule, action: { ...schedule.action, startWorkflow: { ...action, input } } };
    try {
      await client.workflowService.updateSchedule({
        namespace,
        identity,
        scheduleId,
        schedule: changed,
        conflictToken,
      });
      return;
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
  throw new LonghaulError(
    'SCHEDULE_BUSY',
    `others are changing the schedule ${scheduleId}; nothing was started`,
  );
}

/** gRPC status codes: 9 is FAILED_PRECONDITION, 10 ABORTED. */
const conflicts: readonly number[] = [9, 10];

const isConflict = (error: unknown): boolean => isGrpcServiceError(error) && conflicts.includes(error.code);
