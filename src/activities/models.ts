/** Registered models as effects: a version per MLflow run, and what the live one measured. */
import type {
  Effect,
  Effects,
  LiveModel,
  RegistrationOutput,
  RegistrationSpec,
} from '../pipeline/effects.js';
import { PlatformError } from '../platform/errors.js';
import { eachItem } from '../platform/pages.js';
import { type Attempt, attempted } from './attempt.js';
import type { ActivityDependencies } from './dependencies.js';
import { ensure } from './ensure.js';
import { ended } from './failures.js';
import { numbersOf } from './job-record.js';
import { findModelApi } from './model-apis.js';
import { createProjectIds } from './projects.js';
import { servingPhase } from './statuses.js';

/** A version is made once, so the job that trained it is among the newest few thousand. */
const searchedJobPages = 20;

type ModelEffects = Pick<Effects, 'ensureModelVersion' | 'getLiveModel'>;

export function createModelActivities(deps: ActivityDependencies): ModelEffects {
  const projectId = createProjectIds(deps.domino);
  return {
    ensureModelVersion: attempted(deps.waits, (spec: Effect & RegistrationSpec, attempt) =>
      ensureModelVersion(deps, spec, attempt),
    ),
    getLiveModel: attempted(deps.waits, async ({ project, modelApi }) =>
      getLiveModel(deps, await projectId(project), modelApi),
    ),
  };
}

/** The registry’s key is the MLflow run: one run is one version of a model, whoever registers it. */
async function ensureModelVersion(
  { domino }: ActivityDependencies,
  { model, description, experimentRunId, artifactPath, origin }: Effect & RegistrationSpec,
  attempt: Attempt,
): Promise<RegistrationOutput> {
  const exists = await found(domino.registeredModels.get({ path: { modelName: model } }));
  return ensure<RegistrationOutput>(attempt, {
    lookFirst: true,
    find: async () => {
      if (exists === null) return null;
      const versions = async (query: { offset: number; limit: number }) =>
        (await domino.registeredModels.listVersions({ path: { modelName: model }, query })).items;
      for await (const version of eachItem(versions))
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
        { deadlineMs: attempt.deadlineMs() },
      );
      return { model, version: modelVersion.modelVersion, created: true };
    },
  });
}

/** From the live version to the registered version to the job that trained it, whose stats are the metrics. */
async function getLiveModel(
  deps: ActivityDependencies,
  projectId: string,
  name: string,
): Promise<LiveModel | null> {
  const { domino } = deps;
  const modelApi = await findModelApi(deps, projectId, name);
  const versionId = modelApi?.activeVersion?.id;
  if (!modelApi || !versionId) return null;
  const { source, deployment } = await domino.modelApis.getVersion({
    path: { modelApiId: modelApi.id, versionId },
  });
  if (servingPhase(deployment) !== 'succeeded') return null;
  const { registeredModelName: model, registeredModelVersion: version } = source;
  if (!model || !version)
    throw ended(
      'BASELINE_UNKNOWN',
      `the live version of ${name} was deployed from a file, not from a registered model`,
    );
  const registered = await domino.registeredModels.getVersion({
    path: { modelName: model, version: String(version) },
  });
  const metrics = registered.experimentRunId
    ? await metricsOf(deps, projectId, registered.experimentRunId)
    : null;
  if (metrics === null)
    throw ended(
      'BASELINE_UNKNOWN',
      `no job of the project shows the metrics of ${model} version ${version}, which is live`,
    );
  return { modelApiVersionId: versionId, model, modelVersion: version, metrics };
}

async function metricsOf({ domino }: ActivityDependencies, projectId: string, experimentRunId: string) {
  const jobs = async (paging: { offset: number; limit: number }) =>
    (await domino.jobs.list({ query: { projectId, sortBy: 'number', ascending: false, ...paging } })).jobs;
  for await (const { dominoStats } of eachItem(jobs, { pages: searchedJobPages }))
    if (dominoStats.some(({ value }) => value === experimentRunId)) return numbersOf(dominoStats);
  return null;
}

async function found<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}
