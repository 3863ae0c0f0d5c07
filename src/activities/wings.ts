/** Every wing, by the name that a connection’s `platform` states: the one place in which they come together. */
import type { ActivityDependencies } from './dependencies.js';
import { dominoActivities } from './domino/index.js';
import { type Activities, createActivities } from './index.js';
import type { Recording } from './effect/replacing.js';
import type { AnyWatching } from './effect/lookout/watching.js';
import { ubiopsActivities } from './ubiops/index.js';
import type { ActivityWing } from './wing.js';

/** A platform's activities, whatever they are made from. */
export type CreateActivities = (deps: ActivityDependencies, record: Recording) => Activities;

const activitiesOf =
  <Deps extends ActivityDependencies, Own extends object>(wing: ActivityWing<Deps, Own>): CreateActivities =>
  (deps, record) =>
    createActivities(wing, deps, record);

const watchingsOf =
  <Deps extends ActivityDependencies, Own extends object>(wing: ActivityWing<Deps, Own>) =>
  (deps: ActivityDependencies): readonly AnyWatching[] =>
    wing.watchings?.(wing.dependenciesOf(deps)) ?? [];

/** How the activities of a connection are built, by its platform. */
export const activityWings = {
  domino: activitiesOf(dominoActivities),
  ubiops: activitiesOf(ubiopsActivities),
};

/** How lookouts look for what is awaited, by platform. */
export const watchingWings = {
  domino: watchingsOf(dominoActivities),
  ubiops: watchingsOf(ubiopsActivities),
};
