/** Whether what a model was judged against is still what is deployed. */
import { isMadeBy } from '../../../client/markers.js';
import type { AttemptRecord } from '../../../run/replays/replays.js';
import { stepOf, stepsOf } from '../../../pipelines/replay-request.js';
import type { LiveModelSpec } from '../../../steps/compare.js';
import { findDeployed } from '../deployments/deployed.js';
import type { DominoForeseeing } from '../effects-of.js';
import type { ModelVersion } from '../../wing.js';
import { createProjectIds } from '../projects.js';

/**
 * Why a verdict on the live model does not count any more: another model has been deployed since. What the run has
 * deployed itself, or one that it was forked from, is no such model. `before` is `null` where nothing was live.
 * @throws LonghaulError `BASELINE_UNKNOWN`; codes of the platform where it cannot be looked at
 */
export async function liveSince(
  { deps, foresee }: DominoForeseeing,
  record: AttemptRecord,
  { before, live: of }: { readonly before: ModelVersion | null; readonly live: LiveModelSpec },
): Promise<string | null> {
  const projectId = await createProjectIds(deps.domino)(of.project);
  const deployed = await findDeployed(deps, projectId, of.modelApi);
  if (deployed === null || (await isOwn({ deps }, record, deployed))) return null;
  const { connection } = record;
  const { answer: live } = await foresee((effects) => effects.getLiveModel({ connection, ...of }));
  if (live === null || (before?.model === live.model && before.version === live.modelVersion)) return null;
  const was = before === null ? 'nothing' : `${before.model} version ${before.version}`;
  return `${live.model} version ${live.modelVersion} is live by now, and it was judged against ${was}`;
}

/** Whether a version of a model API carries a marker of the run. */
async function isOwn(
  { deps }: Pick<DominoForeseeing, 'deps'>,
  record: AttemptRecord,
  path: { readonly modelApiId: string; readonly versionId: string },
): Promise<boolean> {
  const { runId, firstAttemptId, origins = [] } = record;
  const deploying = stepsOf(record).filter(([, { replaces }]) => replaces === true);
  const { description } = await deps.domino.modelApis.getVersion({ path });
  return deploying.some(([step]) => {
    const { generation = 1 } = stepOf(record, step);
    return isMadeBy(description, {
      ...{ origins: [{ runId, firstAttemptId }, ...origins], step, generation },
    });
  });
}
