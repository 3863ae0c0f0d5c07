/** The live model: from the version that serves to the registered version to the job that trained it. */
import type { LiveModel, ServingVersion } from '../pipeline/effects.js';
import { eachItem } from '../platform/pages.js';
import type { ActivityDependencies } from './dependencies.js';
import { ended } from './failures.js';
import { numbersOf } from './job-record.js';

/** A version is made once, so the job that trained it is among the newest few thousand. */
const searchedJobPages = 20;
/** What a version was made from does not change, so it is read once per process; this many are remembered. */
const rememberedVersions = 1_000;

/** What is asked for: what serves, and by which name people know it. */
export interface Live {
  readonly projectId: string;
  readonly modelApi: string;
  readonly serving: ServingVersion;
}

/**
 * Reads what the version that serves was made from.
 * @throws LonghaulError `BASELINE_UNKNOWN`
 */
export type ReadLiveModel = (live: Live) => Promise<LiveModel>;

/** A reader that remembers. */
export function createLiveModels(deps: ActivityDependencies): ReadLiveModel {
  const known = new Map<string, LiveModel>();
  return async (live) => {
    const { versionId } = live.serving;
    const model = known.get(versionId) ?? (await readLiveModel(deps, live));
    const [oldest] = known.keys();
    if (known.size >= rememberedVersions && oldest !== undefined) known.delete(oldest);
    known.set(versionId, model);
    return model;
  };
}

async function readLiveModel(
  deps: ActivityDependencies,
  { projectId, modelApi, serving: { modelApiId, versionId } }: Live,
): Promise<LiveModel> {
  const { domino } = deps;
  const { source } = await domino.modelApis.getVersion({ path: { modelApiId, versionId } });
  const { registeredModelName: model, registeredModelVersion: version } = source;
  if (!model || !version)
    throw ended(
      'BASELINE_UNKNOWN',
      `the live version of ${modelApi} was deployed from a file, not from a registered model`,
    );
  const { experimentRunId } = await domino.registeredModels.getVersion({
    path: { modelName: model, version: String(version) },
  });
  const trained = experimentRunId ? await trainingOf(deps, projectId, experimentRunId) : null;
  if (trained === null)
    throw ended(
      'BASELINE_UNKNOWN',
      `no job of the project shows the metrics of ${model} version ${version}, which is live`,
    );
  return { modelApiVersionId: versionId, model, modelVersion: version, ...trained };
}

/** The job whose stats name the MLflow run. */
async function trainingOf(
  { domino }: ActivityDependencies,
  projectId: string,
  experimentRunId: string,
): Promise<Pick<LiveModel, 'metrics' | 'trainedAt' | 'commitId'> | null> {
  const jobs = async (paging: { offset: number; limit: number }) =>
    (await domino.jobs.list({ query: { projectId, sortBy: 'number', ascending: false, ...paging } })).jobs;
  for await (const { dominoStats, stageTimes, commitDetails } of eachItem(jobs, { pages: searchedJobPages }))
    if (dominoStats.some(({ value }) => value === experimentRunId))
      return {
        metrics: numbersOf(dominoStats),
        trainedAt: stageTimes.startTime ?? null,
        commitId: commitDetails?.inputCommitId ?? null,
      };
  return null;
}
