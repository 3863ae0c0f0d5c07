/** The activities of one connection, as a worker registers them. */
import type { CampaignEffects, Effects, ReplayEffects } from '../run/undoing/effects.js';
import { createCallActivities } from './steps/calls.js';
import { createCampaignActivities } from './campaigns.js';
import { createChildActivities } from './steps/child-runs.js';
import type { ActivityDependencies } from './dependencies.js';
import { createForesight } from './replay/foresight.js';
import { createAdoptions } from './effect/adoptions.js';
import { createHolds } from './effect/holds.js';
import type { Recording } from './effect/replacing.js';
import { createReplayActivities } from './replay/replays.js';
import { createRequestActivities } from './steps/requests.js';
import type { ActivityWing } from './wing.js';

/** Those of any platform; a wing's own are beside them. */
export type Activities = Effects & ReplayEffects & CampaignEffects;

/** Builds every effect of a platform from its dependencies; nothing here is shared between connections. */
export function createActivities<Deps extends ActivityDependencies, Own extends object>(
  wing: ActivityWing<Deps, Own>,
  deps: ActivityDependencies,
  record: Recording,
): Own & Activities {
  const holds = { ...createHolds(deps, record), ...createAdoptions(deps) };
  const effects = {
    ...wing.createEffects(wing.dependenciesOf(deps), holds),
    awaitHold: holds.awaitHold,
    ...createRequestActivities(deps),
    ...createCallActivities(deps),
    ...createChildActivities(deps),
  };
  const replays = createReplayActivities(deps, { effects, foresight: () => createForesight(wing, deps) });
  return { ...effects, ...replays, ...createCampaignActivities(deps, replays) };
}
