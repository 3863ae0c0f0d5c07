/** Domino for the activities: one object. */
import { typedClient } from '../../platform/client.js';
import { dominoWing } from '../../platform/domino/index.js';
import type { ActivityWing } from '../wing.js';
import { createSnapshotActivities } from './datasets/dataset-snapshots.js';
import { createSnapshotWatching } from './datasets/snapshot-watching.js';
import type { DominoDependencies } from './dependencies.js';
import { createModelApiActivities } from './deployments/model-apis.js';
import { createServingActivities } from './deployments/serving.js';
import { createDeploymentUndoing } from './deployments/undo-deployments.js';
import { createVersionWatching } from './deployments/version-watching.js';
import { createWatchActivities } from './deployments/watching.js';
import type { DominoEffects } from '../../steps/domino/effects.js';
import { createBuildWatching } from './environments/build-watching.js';
import { createBuiltRevisions } from './environments/built-revisions.js';
import { createEnvironmentActivities } from './environments/environments.js';
import { createEnvironmentUndoing } from './environments/undo-environments.js';
import { createJobWatching } from './jobs/job-watching.js';
import { createJobActivities } from './jobs/jobs.js';
import { createJobUndoing } from './jobs/undo-jobs.js';
import { createLiveModels } from './models/live-model.js';
import { liveSince } from './models/live-since.js';
import { createModelActivities } from './models/models.js';
import { createRegistrationUndoing } from './models/undo-registrations.js';
import { createDominoPreflights } from './preflight.js';
import { createProjectIds } from './projects.js';
import { createRetrainingActivities } from './retraining/retraining.js';
import { createFactActivities } from './run-facts.js';

/** Domino's activities. What they remember is shared by the effects of one connection. */
export const dominoActivities: ActivityWing<DominoDependencies, DominoEffects> = {
  platform: dominoWing,
  dependenciesOf: (deps) => ({ ...deps, domino: typedClient(dominoWing, deps.client) }),
  createEffects: (deps, holds) => {
    const readLiveModel = createLiveModels(deps);
    const projectIds = createProjectIds(deps.domino);
    const preflights = createDominoPreflights(deps, projectIds);
    return {
      lookUp: preflights.lookUp,
      ...createEnvironmentActivities(deps, { ...holds, ...preflights }),
      ...createJobActivities(deps, { ...holds, ...preflights }, projectIds),
      ...createModelActivities(deps, readLiveModel, projectIds),
      ...createModelApiActivities(deps, holds),
      ...createSnapshotActivities(deps, holds, projectIds),
      ...createRetrainingActivities(deps, readLiveModel, projectIds),
      ...createFactActivities(deps, projectIds),
      ...createServingActivities(deps, projectIds),
      ...createWatchActivities(deps),
      ...createEnvironmentUndoing(deps, holds),
      ...createJobUndoing(deps, projectIds),
      ...createDeploymentUndoing(deps, projectIds),
      ...createRegistrationUndoing(deps),
    };
  },
  watchings: (deps) => [
    createBuildWatching(deps, createBuiltRevisions(deps.domino)),
    createJobWatching(deps),
    createVersionWatching(deps),
    createSnapshotWatching(deps),
  ],
  readings: (foreseeing) => {
    const { deps, foresee } = foreseeing;
    return {
      check: async (preflight, tries) => {
        await createDominoPreflights(deps, createProjectIds(deps.domino)).check({ preflight }, { tries });
      },
      getLiveModel: async (of) => (await foresee((effects) => effects.getLiveModel(of))).answer,
      liveSince: (record, verdict) => liveSince(foreseeing, record, verdict),
    };
  },
};
