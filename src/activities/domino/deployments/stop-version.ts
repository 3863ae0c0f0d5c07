/** Stops versions of model APIs, and says of each whether the platform has confirmed it. */
import type { DominoDependencies } from '../dependencies.js';
import type { Phase } from '../../effect/phases.js';
import { servingPhase } from '../statuses.js';
import { type Standing, asking, left, standingOf, unmarked } from '../../effect/undoing.js';

/** A version of a model API. */
export interface VersionId {
  readonly id: string;
  readonly modelApiId: string;
  /** It is the effect’s own also without the marker. */
  readonly isOwn?: true | undefined;
}

/** How a version stands on the platform. */
export interface VersionState {
  readonly description: string;
  readonly phase: Phase;
  readonly status: string;
  /** Serves still, on its way to another state: it was told to stop. */
  readonly isLeaving: boolean;
}

/** Whether a version that serves was told to stop. */
export const isLeaving = (
  deployment: { status: string; isPending?: boolean | undefined } | null | undefined,
): boolean => deployment?.isPending === true && /^running$/i.test(deployment.status);

/** Looks at a version. */
export async function readVersion(
  { domino }: DominoDependencies,
  { id, modelApiId }: VersionId,
): Promise<VersionState> {
  const path = { modelApiId, versionId: id };
  const { deployment, description } = await domino.modelApis.getVersion({ path });
  const { status = 'not known to the platform' } = deployment ?? {};
  return {
    description: description ?? '',
    phase: servingPhase(deployment),
    status,
    isLeaving: isLeaving(deployment),
  };
}

/**
 * Asks each to stop that does not stand still, and says how it stands then. One that does not carry the marker is
 * perhaps not the effect’s own, and is left alone.
 */
export async function stopVersions(
  deps: DominoDependencies,
  versions: readonly VersionId[],
  marker: string,
): Promise<readonly Standing[]> {
  const standings = versions.map((version) =>
    standingOf({ kind: 'modelApiVersion', id: version.id }, async () => [
      await stopVersion(deps, version, marker),
    ]),
  );
  return (await Promise.all(standings)).flat();
}

async function stopVersion(deps: DominoDependencies, version: VersionId, marker: string): Promise<Standing> {
  const { id, modelApiId } = version;
  const before = await readVersion(deps, version);
  const object = { kind: 'modelApiVersion' as const, id };
  const isOwn = version.isOwn === true || before.description.includes(marker);
  if (!isOwn) return isOver(before) ? { state: 'ended', id } : unmarked(object, marker);
  if (!isOver(before) && !before.isLeaving)
    await asking(() => deps.domino.modelApis.stopVersion({ path: { modelApiId, versionId: id } }));
  const after = isOver(before) ? before : await readVersion(deps, version);
  if (isOver(after)) return { state: 'undone', object };
  return left(object, `it is ${after.isLeaving ? 'stopping' : after.status}`, after.isLeaving);
}

/** One that failed serves no more either. */
const isOver = ({ phase }: VersionState): boolean => phase === 'stopped' || phase === 'failed';
