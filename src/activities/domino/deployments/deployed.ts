/** What was deployed to a model API, whatever became of it: by it a new model is judged, and to it one goes back. */
import type { ServingVersion } from '../../../run/undoing/effects.js';
import type { DominoDependencies } from '../dependencies.js';
import { readKnown } from '../../effect/known-objects.js';
import { findModelApi } from './model-apis.js';
import { lookTwiceInList } from '../../effect/second-look.js';
import type { Phase } from '../../effect/phases.js';
import { servingPhase } from '../statuses.js';

type State = Parameters<typeof servingPhase>[0];

interface Deployed extends ServingVersion {
  readonly phase: Phase;
  /** As a list tells it. */
  readonly description?: string | null | undefined;
}

/**
 * The version that was last deployed: the active one, also when it is unreachable, starting, stopped or failed. A sick
 * model is still the one that the new one replaces. `null` only when the model API has no version at all, and has none
 * either when it is looked at again.
 */
export async function findDeployed(
  deps: DominoDependencies,
  projectId: string,
  name: string,
): Promise<ServingVersion | null> {
  const deployed = await lookTwiceInList(deps, () => look(deps, projectId, name));
  return deployed && withoutPhase(deployed);
}

/** What the run that asks has deployed itself, and what it has replaced by that, where it knows. */
interface Own {
  readonly ownMarkers?: readonly string[];
  readonly replaced?: ServingVersion | null | undefined;
}

/**
 * The version to go back to: the one last deployed, unless it has failed or was stopped. Where that one carries a marker of
 * the run that asks, the one before the run, which its own has stopped.
 */
export async function findPrevious(
  deps: DominoDependencies,
  projectId: string,
  name: string,
  { ownMarkers = [], replaced }: Own = {},
): Promise<ServingVersion | null> {
  const deployed = await lookTwiceInList(deps, () => look(deps, projectId, name));
  if (deployed === null) return null;
  const isOwn = ({ description }: Pick<Deployed, 'description'>): boolean =>
    ownMarkers.some((marker) => description?.includes(marker));
  const { modelApiId, versionId, number } = deployed;
  const path = { modelApiId, versionId };
  if (ownMarkers.length === 0 || !isOwn(await readKnown(deps.domino.modelApis.getVersion({ path }))))
    return isDead(deployed) ? null : withoutPhase(deployed);
  if (replaced === null || replaced?.modelApiId === modelApiId) return replaced;
  return lookTwiceInList(deps, async () => {
    const before = (await listDeployed(deps, modelApiId)).find(
      (one) => (one.number ?? 0) < (number ?? 0) && one.phase !== 'failed' && !isOwn(one),
    );
    return before === undefined ? null : withoutPhase(before);
  });
}

const withoutPhase = ({ modelApiId, versionId, number }: Deployed): ServingVersion => ({
  modelApiId,
  versionId,
  number,
});

/** One that is being stopped counts as stopped. */
const phaseOf = (state: State): Phase =>
  state && /^stop/i.test(state.status) ? 'stopped' : servingPhase(state);

/** Whether it serves no more, and will not. */
export const isDead = ({ phase }: Pick<Deployed, 'phase'>): boolean =>
  phase === 'failed' || phase === 'stopped';

async function look(deps: DominoDependencies, projectId: string, name: string): Promise<Deployed | null> {
  const modelApi = await findModelApi(deps, projectId, name);
  if (modelApi === null) return null;
  const { id: modelApiId, activeVersion: active } = modelApi;
  const activePhase = active?.deployment && phaseOf(active.deployment);
  if (active && activePhase && !['failed', 'stopped'].includes(activePhase))
    return { modelApiId, versionId: active.id, number: active.number ?? null, phase: activePhase };
  const all = await listDeployed(deps, modelApiId);
  return (
    all.find(({ phase }) => phase === 'succeeded') ??
    all.find(({ versionId }) => versionId === active?.id) ??
    (active
      ? { modelApiId, versionId: active.id, number: active.number ?? null, phase: activePhase ?? 'unknown' }
      : null) ??
    all.find((version) => !isDead(version)) ??
    all[0] ??
    null
  );
}

/** The versions of a model API, the newest first. */
export async function listDeployed({ domino }: DominoDependencies, modelApiId: string): Promise<Deployed[]> {
  return (await domino.modelApis.listVersions({ path: { modelApiId } }))
    .map((version) => ({
      modelApiId,
      description: version.description,
      versionId: version.id,
      number: version.number ?? null,
      phase: phaseOf(version.deployment),
    }))
    .sort((a, b) => (b.number ?? 0) - (a.number ?? 0));
}
