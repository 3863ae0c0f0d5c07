/** The effects as workflows call them: each on its connection's queue, under the policy of its verb. */
import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { ConnectionEffects } from '../pipeline/connections.js';
import type { UndoCall } from '../pipeline/effect.js';
import type { CampaignEffects, Effects } from '../pipeline/effects.js';
import { activitiesQueue, activityIdOf } from '../pipeline/ids.js';
import { isCut } from './journal.js';
import { policies } from './policy.js';

/** By how the name of an effect begins. */
const policyOf: readonly (readonly [verb: RegExp, policy: ActivityOptions])[] = [
  [/^(lookUp|getRunFacts)$/, policies.look],
  [/^get/, policies.read],
  [/^decide/, policies.decide],
  [/^(ensure|takeBack|send|call)/, policies.ensure],
  [/^(await|watch)/, policies.await],
  [/^(stop|cancel|archive|sweep)/, policies.undo],
];

/** Proxies every effect to the workers of one connection. */
export const proxyEffects = (connection: string): Effects => proxied(connection, () => ({}));

/** Proxies the effects of a run, by step, each on its connection: its history tells of which step each is, and so does the id of a pending one. */
export function createStepEffects(
  connectionOf: (step: string) => string,
  track: <T>(effect: Promise<T>) => Promise<T>,
): (step: string) => Effects {
  let number = 0;
  return (step) => {
    const called = (): ActivityOptions => {
      number += 1;
      return { summary: step, activityId: activityIdOf(step, number) };
    };
    return proxied(connectionOf(step), called, track);
  };
}

function proxied(
  connection: string,
  called: () => ActivityOptions,
  track: <T>(effect: Promise<T>) => Promise<T> = (effect) => effect,
): Effects {
  const taskQueue = activitiesQueue(connection);
  return new Proxy({} as Effects, {
    get: (_, name: keyof Effects) => {
      const policy = policyOf.find(([verb]) => verb.test(name))?.[1];
      if (policy === undefined) throw new TypeError(`the verb of the effect "${name}" has no policy`);
      return (argument: never) => {
        const effect: Promise<unknown> = proxyActivities<Effects>({ ...policy, taskQueue, ...called() })[
          name
        ](argument);
        return isCut(name) ? effect : track(effect);
      };
    },
  }); // whichever effect it is, its arguments are passed on as they are
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
