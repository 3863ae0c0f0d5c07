/** The effects as workflows call them: each on its connection's queue, under the policy of its verb. */
import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { ConnectionReadingEffects } from '../../run/connection-readings.js';
import type { ConnectionEffects } from '../../run/connections.js';
import type { CampaignEffects, ReadingEffects } from '../../run/undoing/effects.js';
import { activitiesQueue, activityIdOf } from '../../run/ids.js';
import { type LookoutEffects, lookoutsQueue } from '../../run/lookouts.js';
import { isCut } from '../legs/journal.js';
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

/** Proxies what is read for those who know no platform. */
export const proxyReadings = (connection: string): ReadingEffects =>
  proxied(connection, () => ({})) as unknown as ReadingEffects; // they are among those of its workers

/** Proxies what any worker of a connection answers outside of runs. */
export const proxyConnectionReadings = (connection: string): ConnectionReadingEffects =>
  proxyActivities<ConnectionReadingEffects>({ ...policies.look, taskQueue: activitiesQueue(connection) });

/** Proxies the effects of a run, by step, each on its connection: its history tells of which step each is, and so does the id of a pending one. */
export function createStepEffects(
  connectionOf: (step: string) => string,
  track: <T>(effect: Promise<T>) => Promise<T>,
): (step: string) => object {
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
): AnyEffects {
  const taskQueue = activitiesQueue(connection);
  return new Proxy<AnyEffects>(
    {},
    {
      get: (_, name: string) => {
        const policy = policyOf.find(([verb]) => verb.test(name))?.[1];
        if (policy === undefined) throw new TypeError(`the verb of the effect "${name}" has no policy`);
        return (argument: unknown) => {
          const effect = proxyActivities<AnyEffects>({ ...policy, taskQueue, ...called() })[name]?.(argument);
          return effect === undefined || isCut(name) ? effect : track(effect);
        };
      },
    },
  );
}

/** Effects by name: whichever it is, its argument is passed on as it is. */
type AnyEffects = Readonly<Record<string, (argument: unknown) => Promise<unknown>>>;

/** Proxies what undoes, for after a run; pending, it is known by its id. */
export function proxyCleaning(connection: string, activityId: string): object {
  const taskQueue = activitiesQueue(connection);
  return proxyActivities({ ...policies.cleanUp, taskQueue, activityId });
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

/** Proxies what a lookout needs of the workers of its connection. */
export const proxyLookout = (connection: string): LookoutEffects =>
  proxyActivities<LookoutEffects>({ ...policies.lookout, taskQueue: lookoutsQueue(connection) });
