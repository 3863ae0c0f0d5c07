/** The effects as workflows call them: each on its connection's queue, under its policy. */
import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { UndoCall } from '../pipeline/effect.js';
import type { CampaignEffects, ConnectionEffects, Effects } from '../pipeline/effects.js';
import { activitiesQueue } from '../pipeline/ids.js';
import { policies } from './policy.js';

/** Proxies every effect to the workers of one connection. */
export function proxyEffects(connection: string): Effects {
  const taskQueue = activitiesQueue(connection);
  const under = (policy: ActivityOptions) => proxyActivities<Effects>({ ...policy, taskQueue });
  const read = under(policies.read);
  const look = under(policies.look);
  const ensure = under(policies.ensure);
  const wait = under(policies.await);
  const undo = under(policies.undo);
  return {
    getEnvironment: read.getEnvironment,
    getLiveModel: read.getLiveModel,
    getServingVersion: read.getServingVersion,
    getRunFacts: look.getRunFacts,
    lookUp: look.lookUp,
    decideRetraining: under(policies.decide).decideRetraining,
    ensureEnvironment: ensure.ensureEnvironment,
    ensureRevision: ensure.ensureRevision,
    ensureBuilding: ensure.ensureBuilding,
    ensureJob: ensure.ensureJob,
    ensureModelVersion: ensure.ensureModelVersion,
    ensureModelApiVersion: ensure.ensureModelApiVersion,
    awaitBuild: wait.awaitBuild,
    awaitJob: wait.awaitJob,
    awaitModelApiVersion: wait.awaitModelApiVersion,
    awaitHold: wait.awaitHold,
    watchModelApiVersion: wait.watchModelApiVersion,
    stopJobs: undo.stopJobs,
    cancelBuild: undo.cancelBuild,
    stopModelApiVersion: undo.stopModelApiVersion,
    takeBackModelApiVersion: ensure.takeBackModelApiVersion,
    archiveEnvironment: undo.archiveEnvironment,
    sweepModelVersions: undo.sweepModelVersions,
  };
}

/** Proxies what undoes, for after a run; pending, it is known by its id. */
export function proxyCleaning(
  connection: string,
  activityId: string,
): Pick<Effects, UndoCall['target']['undo']> {
  const taskQueue = activitiesQueue(connection);
  return proxyActivities<Effects>({ ...policies.cleanUp, taskQueue, activityId });
}

/** Proxies what campaigns need of one connection. */
export function proxyCampaign(connection: string): CampaignEffects {
  const taskQueue = activitiesQueue(connection);
  const { planCampaign } = proxyActivities<CampaignEffects>({ ...policies.planMany, taskQueue });
  const { awaitVerdicts } = proxyActivities<CampaignEffects>({ ...policies.await, taskQueue });
  return { planCampaign, awaitVerdicts };
}

/** Proxies what the state of a connection needs of its workers. */
export function proxyConnection(connection: string): ConnectionEffects {
  const taskQueue = activitiesQueue(connection);
  const { checkCredential } = proxyActivities<ConnectionEffects>({ ...policies.credential, taskQueue });
  const { awaitCredential, resumeRuns } = proxyActivities<ConnectionEffects>({
    ...policies.acceptance,
    taskQueue,
  });
  return { checkCredential, awaitCredential, resumeRuns };
}
