/** The live model: from the version that was last deployed to the registered version to the job that trained it. */
import { failureKinds } from '../pipeline/errors.js';
import type { LiveModel, ServingVersion } from '../pipeline/effects.js';
import { PlatformError } from '../platform/errors.js';
import type { ActivityDependencies } from './dependencies.js';
import { ended } from './failures.js';
import { measuredOf } from './measured.js';
import { lookTwice } from './second-look.js';
import { createTrainings, type FindTraining } from './trainings.js';

/** What a version was made from does not change, so it is read once per process; this many are remembered. */
const rememberedVersions = 1_000;

/** What is asked for: what is deployed, and by which name people know it. */
export interface Live {
  readonly projectId: string;
  readonly modelApi: string;
  readonly serving: ServingVersion;
  /** Metrics that are kept before all others. */
  readonly metrics?: readonly string[] | undefined;
}

/**
 * Reads what a deployed version was made from.
 * @throws LonghaulError `BASELINE_UNKNOWN`
 */
export type ReadLiveModel = (live: Live) => Promise<LiveModel>;

/** A reader that remembers. */
export function createLiveModels(deps: ActivityDependencies): ReadLiveModel {
  const known = new Map<string, LiveModel>();
  const findTraining = createTrainings(deps);
  return async (live) => {
    const key = JSON.stringify([live.serving.versionId, live.metrics]);
    const model = known.get(key) ?? (await readBaseline(readLiveModel(deps, findTraining, live)));
    const [oldest] = known.keys();
    if (known.size >= rememberedVersions && oldest !== undefined) known.delete(oldest);
    known.set(key, model);
    return model;
  };
}

async function readLiveModel(
  deps: ActivityDependencies,
  findTraining: FindTraining,
  { projectId, modelApi, serving: { modelApiId, versionId }, metrics }: Live,
): Promise<LiveModel> {
  const { modelApis, registeredModels } = deps.domino;
  const deployed = await lookTwice(deps, () => modelApis.getVersion({ path: { modelApiId, versionId } }));
  if (deployed === null)
    throw ended('BASELINE_UNKNOWN', `the live version of ${modelApi} is not to be found any more`);
  const { registeredModelName: model, registeredModelVersion: version } = deployed.source;
  if (!model || !version)
    throw ended(
      'BASELINE_UNKNOWN',
      `the live version of ${modelApi} was deployed from a file, not from a registered model`,
    );
  const registered = await lookTwice(deps, () =>
    registeredModels.getVersion({ path: { modelName: model, version: String(version) } }),
  );
  const runId = registered?.experimentRunId;
  const training = runId ? await lookTwice(deps, () => findTraining(projectId, runId)) : null;
  if (training === null)
    throw ended(
      'BASELINE_UNKNOWN',
      `no job of the project shows the metrics of ${model} version ${version}, which is live`,
    );
  return {
    modelApiVersionId: versionId,
    model,
    modelVersion: version,
    ...measuredOf(training.dominoStats, deps.redact, metrics),
    trainedAt: training.stageTimes.startTime ?? null,
    commitId: training.commitDetails?.inputCommitId ?? null,
  };
}

/**
 * Reads the baseline, or what leads to it. A refusal is no answer to what it is: the step parks.
 * @throws LonghaulError `BASELINE_UNKNOWN`
 */
export async function readBaseline<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof PlatformError && failureKinds[error.code].retry === 'never')
      throw ended('BASELINE_UNKNOWN', `what was deployed last cannot be read: ${error.message}`);
    throw error;
  }
}
