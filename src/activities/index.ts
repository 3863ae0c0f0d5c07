/** The activities of one connection, as a worker registers them. */
import type { Effects } from '../pipeline/effects.js';
import type { ActivityDependencies } from './dependencies.js';
import { createEnvironmentActivities } from './environments.js';
import { createHoldActivities } from './holds.js';
import { createJobActivities } from './jobs.js';
import { createModelApiActivities } from './model-apis.js';
import { createModelActivities } from './models.js';

/** Builds every effect from its dependencies; nothing here is shared between connections. */
export const createActivities = (deps: ActivityDependencies): Effects => ({
  ...createEnvironmentActivities(deps),
  ...createHoldActivities(deps),
  ...createJobActivities(deps),
  ...createModelActivities(deps),
  ...createModelApiActivities(deps),
});
