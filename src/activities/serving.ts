/** The version that serves: which one it is, and back to the one before. */
import type { Effects, ServingVersion } from '../pipeline/effects.js';
import type { Cleanup, LeftBehind } from '../pipeline/steps.js';
import { attempted, markerOf } from './attempt.js';
import type { ActivityDependencies } from './dependencies.js';
import { findPrevious } from './deployed.js';
import { findModelApi, markedVersions, stopOne } from './model-apis.js';
import { type ProjectIds, createProjectIds } from './projects.js';
import { servingPhase } from './statuses.js';

type ServingEffects = Pick<Effects, 'getServingVersion' | 'takeBackModelApiVersion'>;

/** Builds them. */
export function createServingActivities(
  deps: ActivityDependencies,
  projectIds: ProjectIds = createProjectIds(deps.domino),
): ServingEffects {
  return {
    getServingVersion: attempted(deps, async ({ project, modelApi }) =>
      findPrevious(deps, await projectIds(project), modelApi),
    ),
    takeBackModelApiVersion: attempted(deps, async (effect) =>
      takeBack(deps, await projectIds(effect.project), effect),
    ),
  };
}

/** The version of a model API that serves; `null` when none does. */
export async function findServing(
  deps: ActivityDependencies,
  projectId: string,
  name: string,
): Promise<ServingVersion | null> {
  const modelApi = await findModelApi(deps, projectId, name);
  const active = modelApi?.activeVersion;
  if (!modelApi || !active) return null;
  const of = { modelApiId: modelApi.id, versionId: active.id };
  const state = active.deployment ?? (await deps.domino.modelApis.getVersion({ path: of })).deployment;
  return servingPhase(state) === 'succeeded' ? { ...of, number: active.number ?? null } : null;
}

/**
 * Stops what carries the marker, then starts the one before. Each of the two looks first, so that it may be done
 * again and again, also after it was cut off between them.
 */
export async function takeBack(
  deps: ActivityDependencies,
  projectId: string,
  { name, previous, origin }: Parameters<Effects['takeBackModelApiVersion']>[0],
): Promise<Cleanup> {
  const modelApi = await findModelApi(deps, projectId, name);
  if (modelApi === null) return { undone: [], leftBehind: [] };
  const versions = await markedVersions(deps, modelApi.id, markerOf(origin));
  for (const { id } of versions) await stopOne(deps, modelApi.id, id);
  const undone = versions.map(({ id }) => ({ kind: 'modelApiVersion' as const, id }));
  if (previous === null || versions.some(({ id }) => id === previous.versionId))
    return { undone, leftBehind: [] };
  return { undone, leftBehind: await startAgain(deps, projectId, { name, previous }) };
}

/** Somebody else’s newer version is not replaced by the one before ours. */
async function startAgain(
  deps: ActivityDependencies,
  projectId: string,
  { name, previous }: { readonly name: string; readonly previous: ServingVersion },
): Promise<LeftBehind[]> {
  const { modelApiId, versionId } = previous;
  const serving = await findServing(deps, projectId, name);
  if (serving?.versionId === versionId) return [];
  if (serving !== null) {
    const reason = `version ${serving.number ?? serving.versionId} serves meanwhile, so it was not started`;
    return [{ kind: 'modelApiVersion', id: versionId, reason }];
  }
  const path = { modelApiId, versionId };
  const { deployment } = await deps.domino.modelApis.getVersion({ path });
  const isStarting = deployment?.isPending === true && /^start/i.test(deployment.status);
  if (!isStarting) await deps.domino.modelApis.startVersion({ path });
  return [];
}
