/** The version that serves: which one it is. */
import type { ServingVersion } from '../../../run/undoing/effects.js';
import type { DominoEffects } from '../../../steps/domino/effects.js';
import type { Origin } from '../../../run/ids.js';
import { markersOf } from '../../../client/markers.js';
import { attempted } from '../../effect/attempt.js';
import type { DominoDependencies } from '../dependencies.js';
import { findPrevious } from './deployed.js';
import { ofKnown } from '../../effect/known-objects.js';
import { findModelApi } from './model-apis.js';
import { type ProjectIds, createProjectIds } from '../projects.js';
import { servingPhase } from '../statuses.js';

type Asked = Parameters<DominoEffects['getServingVersion']>[0];

/** Builds it. */
export function createServingActivities(
  deps: DominoDependencies,
  projectIds: ProjectIds = createProjectIds(deps.domino),
): Pick<DominoEffects, 'getServingVersion'> {
  return {
    getServingVersion: attempted(
      deps,
      ofKnown(async ({ project, modelApi, origin, replaced }: Asked) => {
        const own = origin && { ownMarkers: ownMarkersOf(origin), replaced };
        return findPrevious(deps, await projectIds(project), modelApi, own);
      }),
    ),
  };
}

/** Of all generations: whichever of them made a version, it is the run’s own. */
export const ownMarkersOf = ({ step, generation, ...origin }: Origin): string[] =>
  markersOf({ origins: [origin], step, generation });

/** The version of a model API that serves; `null` when none does. */
export async function findServing(
  deps: DominoDependencies,
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
