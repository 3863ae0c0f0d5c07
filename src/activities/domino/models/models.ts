/** Registered models as effects: a version per MLflow run, and what the live one measured. */
import type { Effect, RegistrationOutput, RegistrationSpec } from '../../../run/undoing/effects.js';
import type { DominoEffects } from '../../../steps/domino/effects.js';
import { type Attempt, attempted } from '../../effect/attempt.js';
import type { DominoDependencies } from '../dependencies.js';
import { findDeployed } from '../deployments/deployed.js';
import { creating, ensure } from '../../effect/ensure.js';
import { fromKnown, ifThere } from '../../effect/known-objects.js';
import { type ReadLiveModel, readBaseline } from './live-model.js';
import { eachVersion } from './versions.js';
import { type ProjectIds, createProjectIds, ofKnownProjects } from '../projects.js';

type ModelEffects = Pick<DominoEffects, 'ensureModelVersion' | 'getLiveModel'>;

export function createModelActivities(
  deps: DominoDependencies,
  readLiveModel: ReadLiveModel,
  projectIds: ProjectIds = createProjectIds(deps.domino),
): ModelEffects {
  return {
    ensureModelVersion: creating(
      deps,
      fromKnown(
        (spec: Effect & RegistrationSpec, attempt: Attempt) => ensureModelVersion(deps, spec, attempt),
        ({ given = [] }) => given,
      ),
    ),
    getLiveModel: attempted(deps, async ({ project, modelApi, metrics }) => {
      const id = await ofKnownProjects(projectIds)(project);
      const serving = await readBaseline(findDeployed(deps, id, modelApi));
      return serving && readLiveModel({ projectId: id, modelApi, serving, metrics });
    }),
  };
}

/** The registry’s key is the MLflow run: one run is one version of a model, whoever registers it. */
async function ensureModelVersion(
  { domino }: DominoDependencies,
  { model, description, experimentRunId, artifactPath, origin, begunBefore }: Effect & RegistrationSpec,
  attempt: Attempt,
): Promise<RegistrationOutput> {
  const exists = await ifThere(domino.registeredModels.get({ path: { modelName: model } }));
  return ensure<RegistrationOutput>(attempt, {
    lookFirst: true,
    begunBefore,
    unlessThere: exists === null,
    find: async () => {
      if (exists === null) return null;
      for await (const version of eachVersion(domino, model))
        if (version.experimentRunId === experimentRunId)
          return { model, version: version.modelVersion, created: false };
      return null;
    },
    create: async () => {
      const body = {
        modelName: model,
        create: exists === null,
        description: description ?? `Registered by Longhaul for ${origin.runId}.`,
        modelSource: { sourceType: 'mlflow' as const, mlflowSource: { experimentRunId, artifactPath } },
      };
      const { modelVersion } = await domino.registeredModels.register(
        { body },
        { deadlineMs: attempt.deadlineMs },
      );
      return { model, version: modelVersion.modelVersion, created: true };
    },
  });
}
