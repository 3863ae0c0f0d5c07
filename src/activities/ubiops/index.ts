/** UbiOps for the activities: one object. */
import { typedClient } from '../../platform/client.js';
import { ubiopsWing } from '../../platform/ubiops/index.js';
import type { UbiOpsEffects } from '../../steps/ubiops/effects.js';
import type { ActivityWing } from '../wing.js';
import type { UbiOpsDependencies } from './dependencies.js';
import { createDeploymentActivities } from './deployments/deployments.js';
import { createLiveVersions } from './deployments/live-version.js';
import { createPackageWatching } from './deployments/package-watching.js';
import { createPackageActivities } from './deployments/packages.js';
import { createServingActivities } from './deployments/serving.js';
import { createDeploymentUndoing } from './deployments/undo-deployments.js';
import { createVersionActivities } from './deployments/versions.js';
import { createBuildWatching } from './environments/build-watching.js';
import { createContents } from './environments/contents.js';
import { createEnvironmentActivities } from './environments/environments.js';
import { createRevisionActivities } from './environments/revision-activities.js';
import { createBuildUndoing } from './environments/undo-builds.js';
import { createEnvironmentUndoing } from './environments/undo-environments.js';
import { createUbiOpsPreflights } from './preflight.js';
import { createRunReadings, refuseLiveModel } from './reading-run.js';
import { createRequestWatching } from './requests/request-watching.js';
import { createRequestActivities } from './requests/requests.js';
import { createRequestUndoing } from './requests/undo-requests.js';

/** UbiOps' activities. What they remember is shared by the effects of one connection. */
export const ubiopsActivities: ActivityWing<UbiOpsDependencies, UbiOpsEffects> = {
  platform: ubiopsWing,
  dependenciesOf: (deps) => ({ ...deps, ubiops: typedClient(ubiopsWing, deps.client) }),
  createEffects: (deps, holds) => {
    const { lookUp, check } = createUbiOpsPreflights(deps);
    const contents = createContents(deps);
    const { createAlone, isAnothers, adopt } = holds;
    return {
      lookUp,
      ...createRunReadings(deps),
      ...createEnvironmentActivities({ deps, contents, check, createAlone, adopt }),
      ...createRevisionActivities({ deps, contents, createAlone }),
      ...createBuildUndoing({ deps, contents, isAnothers }),
      ...createEnvironmentUndoing({ deps, undoAlone: holds.undoAlone }),
      ...createDeploymentActivities(deps, { ensureHold: holds.ensureHold, check }),
      ...createVersionActivities(deps),
      ...createLiveVersions(deps),
      ...createPackageActivities(deps, { createAlone }),
      ...createServingActivities(deps),
      ...createDeploymentUndoing({ deps, isHeldByAnother: holds.isHeldByAnother }),
      ...createRequestActivities(deps, { check }),
      ...createRequestUndoing(deps),
    };
  },
  watchings: (deps) => [
    createBuildWatching({ deps, contents: createContents(deps) }),
    createPackageWatching(deps),
    createRequestWatching(deps),
  ],
  readings: ({ deps }) => ({
    check: async (preflight, tries) => {
      await createUbiOpsPreflights(deps).check({ preflight }, { tries });
    },
    getLiveModel: refuseLiveModel,
    liveSince: () => Promise.resolve(null),
  }),
};
