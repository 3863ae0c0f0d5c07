/** Replays as workflows: planned by one activity; performed so that a worker that dies leaves nothing half done. */
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { ReplayEffects } from '../../run/undoing/effects.js';
import { activitiesQueue } from '../../run/ids.js';
import type { ReplayPlan, ReplayStart, Replayed } from '../../run/replays/replays.js';
import { fail, failureOf } from '../../steps/failures.js';
import { policies } from './policy.js';

/** Plans one replay. Fails with the code that stands in its way. */
export const planReplay = (start: Omit<ReplayStart, 'replaying'>): Promise<ReplayPlan> =>
  planUnder(start, policies.plan);

async function planUnder(
  { connection, request }: Omit<ReplayStart, 'replaying'>,
  policy: (typeof policies)['plan' | 'planMany'],
): Promise<ReplayPlan> {
  const { planReplays } = under(connection, policy);
  const buildId = presentBuild();
  const [outcome] = await planReplays({ connection, requests: [request], buildId }).catch(refuse);
  if (outcome === undefined) throw fail({ code: 'INTERNAL', message: 'there is no plan' });
  if ('refused' in outcome) throw fail(outcome.refused, outcome.refused.fields);
  return outcome.plan;
}

/**
 * Performs a replay: plans again and, if that is still the plan, ends what goes on, stops what must be stopped and
 * starts the new attempt; where it cannot, it has cleaned up after what it has ended. Its id is the run's, so that one
 * replay of a run is under way at a time.
 */
export async function replayRun({ connection, request, replaying }: ReplayStart): Promise<Replayed> {
  // Of a campaign nobody waits for the answer, and its own replays may be what keeps the workers busy.
  const policy = replaying.campaign === undefined ? policies.plan : policies.planMany;
  const plan = await planUnder({ connection, request }, policy);
  if (plan.hash !== replaying.plan)
    throw fail({
      code: 'REPLAY_STALE',
      message: `the plan of ${plan.of.runId} is ${plan.hash} now, not ${replaying.plan}: the world has moved`,
    });
  const { endAttempt, cleanUp, startAttempt, cleanUpCutOff } = under(connection, policies.ensure);
  const isOpen = plan.of.status === 'running' || plan.of.status === 'parked';
  const isEnded = isOpen && request.forkTo === undefined;
  if (isEnded)
    await endAttempt({ plan, reason: `replayed by ${replaying.by}: ${replaying.reason}` }).catch(refuse);
  try {
    for (const { name, cleans } of plan.steps)
      if (cleans.length > 0) await cleanUp({ request, plan, step: name });
    return await startAttempt({ request, plan, replaying });
  } catch (error) {
    if (!isEnded) return refuse(error);
    await cleanUpCutOff({ plan }).catch(() => undefined);
    return refuse(error);
  }
}

/** Fails with the code of what an effect failed with, for whoever asked to read. */
function refuse(error: unknown): never {
  const failure = failureOf(error);
  throw failure === null ? error : fail(failure);
}

const under = (
  connection: string,
  policy: (typeof policies)['plan' | 'planMany' | 'ensure'],
): ReplayEffects => proxyActivities<ReplayEffects>({ ...policy, taskQueue: activitiesQueue(connection) });

/** The build of this very code: what an operator named it or, of an unversioned worker, the hash of its bundle. */
export function presentBuild(): string | undefined {
  const info = workflowInfo();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells it of an unversioned worker
  return info.currentDeploymentVersion?.buildId ?? info.currentBuildId;
}
