/** The activities of one connection, as a worker registers them. */
import type { CampaignEffects, Effects, ReplayEffects } from '../pipeline/effects.js';
import type { ActivityDependencies } from './dependencies.js';
import { createCallActivities } from './calls.js';
import { createCampaignActivities } from './campaigns.js';
import { createChildActivities } from './child-runs.js';
import { createSnapshotActivities } from './domino/datasets/dataset-snapshots.js';
import { createEnvironmentActivities } from './domino/environments/environments.js';
import { createHolds } from './holds.js';
import { createJobActivities } from './domino/jobs/jobs.js';
import { createLiveModels } from './domino/models/live-model.js';
import { createModelApiActivities } from './domino/deployments/model-apis.js';
import { createModelActivities } from './domino/models/models.js';
import { createPreflights } from './domino/preflight.js';
import { createProjectIds } from './domino/projects.js';
import { createReplayActivities } from './replays.js';
import { createRequestActivities } from './requests.js';
import type { Recording } from './replacing.js';
import { createRetrainingActivities } from './domino/retraining/retraining.js';
import { createFactActivities } from './domino/run-facts.js';
import { createServingActivities } from './domino/deployments/serving.js';
import { createDeploymentUndoing } from './domino/deployments/undo-deployments.js';
import { createEnvironmentUndoing } from './domino/environments/undo-environments.js';
import { createJobUndoing } from './domino/jobs/undo-jobs.js';
import { createRegistrationUndoing } from './domino/models/undo-registrations.js';
import { createWatchActivities } from './domino/deployments/watching.js';

/** Builds every effect from its dependencies; nothing here is shared between connections. */
export function createActivities(
  deps: ActivityDependencies,
  record: Recording,
): Effects & ReplayEffects & CampaignEffects {
  const readLiveModel = createLiveModels(deps);
  const holds = createHolds(deps, record);
  const projectIds = createProjectIds(deps.domino);
  const preflights = createPreflights(deps, projectIds);
  const effects = {
    lookUp: preflights.lookUp,
    ...createEnvironmentActivities(deps, { ...holds, ...preflights }),
    ...createJobActivities(deps, { ...holds, ...preflights }, projectIds),
    awaitHold: holds.awaitHold,
    ...createModelActivities(deps, readLiveModel, projectIds),
    ...createModelApiActivities(deps, holds),
    ...createSnapshotActivities(deps, holds, projectIds),
    ...createRequestActivities(deps),
    ...createCallActivities(deps),
    ...createChildActivities(deps),
    ...createRetrainingActivities(deps, readLiveModel, projectIds),
    ...createFactActivities(deps, projectIds),
    ...createServingActivities(deps, projectIds),
    ...createWatchActivities(deps),
    ...createEnvironmentUndoing(deps),
    ...createJobUndoing(deps, projectIds),
    ...createDeploymentUndoing(deps, projectIds),
    ...createRegistrationUndoing(deps),
  };
  const replays = createReplayActivities(deps, effects);
  return { ...effects, ...replays, ...createCampaignActivities(deps, replays) };
}
