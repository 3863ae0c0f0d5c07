/** Every wing, by the name that a connection’s `platform` states: the one place in which they come together. */
import type { ActivityDependencies } from './dependencies.js';
import { dominoActivities } from './domino/index.js';
import { type Activities, createActivities } from './index.js';
import type { Recording } from './effect/replacing.js';
import type { ActivityWing } from './wing.js';

/** A platform's activities, whatever they are made from. */
export type CreateActivities = (deps: ActivityDependencies, record: Recording) => Activities;

const activitiesOf =
  <Deps extends ActivityDependencies, Own extends object>(wing: ActivityWing<Deps, Own>): CreateActivities =>
  (deps, record) =>
    createActivities(wing, deps, record);

/** How the activities of a connection are built, by its platform. */
export const activityWings = { domino: activitiesOf(dominoActivities) };
