/** The live model: from the version that was last deployed to the registered version to the job that trained it. */
import { failureKinds } from '../../../run/failures/errors.js';
import type { LiveModel, ServingVersion } from '../../../run/undoing/effects.js';
import { PlatformError } from '../../../platform/errors.js';
import type { DominoDependencies } from '../dependencies.js';
import { ended } from '../../effect/failures.js';
import { measuredOf } from '../../retrain/measured.js';
import { lookTwice } from '../../effect/second-look.js';
import { type FindTraining, type Trainings, createTrainings } from './trainings.js';

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
export function createLiveModels(deps: DominoDependencies): ReadLiveModel {
  const known = new Map<string, LiveModel>();
  const findTraining = createTrainings(deps);
  return async (live) => {
    const key = JSON.stringify([live.serving.versionId, live.metrics]);
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    const { isSure, ...model } = await readBaseline(readLiveModel(deps, findTraining, live));
    if (!isSure) return model;
    const [oldest] = known.keys();
    if (known.size >= rememberedVersions && oldest !== undefined) known.delete(oldest);
    known.set(key, model);
    return model;
  };
}

async function readLiveModel(
  deps: DominoDependencies,
  findTraining: FindTraining,
  { projectId, modelApi, serving: { modelApiId, versionId }, metrics = [] }: Live,
): Promise<LiveModel & { readonly isSure: boolean }> {
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
  const { own, other } = runId ? await lookForTraining(deps, { findTraining, projectId, runId }) : nothing;
  const training = own ?? other;
  if (training === null)
    throw ended(
      'BASELINE_UNKNOWN',
      `no job of the project shows the metrics of ${model} version ${version}, which is live`,
    );
  return {
    // A list that lags behind may show the training, or what it has measured, at another time.
    isSure: own !== null && metrics.every((metric) => own.dominoStats.some(({ name }) => name === metric)),
    modelApiVersionId: versionId,
    model,
    modelVersion: version,
    ...measuredOf(training.dominoStats, deps.redact, metrics),
    trainedAt: training.stageTimes.startTime ?? null,
    commitId: training.commitDetails?.inputCommitId ?? null,
  };
}

const nothing: Trainings = { own: null, other: null };

/** Another job than the training counts only when a second look does not show the training either. */
async function lookForTraining(
  deps: DominoDependencies,
  {
    findTraining,
    projectId,
    runId,
  }: { readonly findTraining: FindTraining; readonly projectId: string; readonly runId: string },
): Promise<Trainings> {
  const last: { seen: Trainings | null } = { seen: null };
  await lookTwice(deps, async () => {
    const { own, other } = await findTraining(projectId, runId, { isAgain: last.seen !== null });
    last.seen = { own, other: other ?? last.seen?.other ?? null };
    return own;
  });
  return last.seen ?? nothing;
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
