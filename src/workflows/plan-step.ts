/** Plans a step of a replay where the worker with its credential is. It changes nothing, and is no run. */
import { proxyActivities } from '@temporalio/workflow';
import type { ReplayEffects } from '../run/undoing/effects.js';
import { activitiesQueue } from '../run/ids.js';
import type { StepPlanAsked, StepPlanOutcome } from '../run/replays/replays.js';
import { fail, failureOf } from '../steps/failures.js';
import { policies } from './kernel/policy.js';

/** Fails as the activity does, or as `WORKER_SILENT` when no worker took it. */
export async function planStep(asked: StepPlanAsked): Promise<StepPlanOutcome> {
  const taskQueue = activitiesQueue(asked.connection);
  const effects = proxyActivities<Pick<ReplayEffects, 'planStep'>>({ ...policies.look, taskQueue });
  try {
    return await effects.planStep(asked);
  } catch (error) {
    const failure = failureOf(error);
    throw failure === null ? error : fail(failure);
  }
}
