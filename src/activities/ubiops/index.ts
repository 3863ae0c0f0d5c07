/** UbiOps for the activities: one object. */
import { typedClient } from '../../platform/client.js';
import { ubiopsWing } from '../../platform/ubiops/index.js';
import type { ActivityWing } from '../wing.js';
import type { UbiOpsDependencies } from './dependencies.js';

/** UbiOps' activities. */
export const ubiopsActivities: ActivityWing<UbiOpsDependencies, object> = {
  platform: ubiopsWing,
  dependenciesOf: (deps) => ({ ...deps, ubiops: typedClient(ubiopsWing, deps.client) }),
  createEffects: () => ({}),
};
