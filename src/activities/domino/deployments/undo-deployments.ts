/**
 * Deployments that are stopped or taken back, and those that are swept: where an effect has made two, the one that was
 * adopted is to serve and the other to go.
 */
import type { DeploymentUndoing, ServingVersion } from '../../../run/undoing/effect.js';
import type { DominoEffects } from '../../../steps/domino/effects.js';
import type { Origin } from '../../../run/ids.js';
import { PlatformError } from '../../../platform/errors.js';
import { markerOf } from '../../effect/attempt.js';
import type { DominoDependencies } from '../dependencies.js';
import { findPrevious, isDead, listDeployed } from './deployed.js';
import { findModelApis, markedVersions } from './model-apis.js';
import type { ProjectIds } from '../projects.js';
import { findServing, ownMarkersOf } from './serving.js';
import { servingPhase } from '../statuses.js';
import { type VersionId, readVersion, stopVersions } from './stop-version.js';
import { type Before, type Standing, asking, createUndo, left, standingOf } from '../../effect/undoing.js';

type Stop = Parameters<DominoEffects['stopModelApiVersion']>[0];
type TakeBack = Parameters<DominoEffects['takeBackModelApiVersion']>[0];

/** Builds them. */
export function createDeploymentUndoing(
  deps: DominoDependencies,
  projectIds: ProjectIds,
): Pick<DominoEffects, 'stopModelApiVersion' | 'takeBackModelApiVersion'> {
  return {
    stopModelApiVersion: createUndo(deps, 'modelApiVersion', ({ restoring, ...undoing }: Stop, before) =>
      inProjectOf(deps, projectIds, undoing, (projectId) =>
        restoring === undefined
          ? stopDeployed(deps, projectId, undoing, before)
          : takeBack(deps, projectId, { ...undoing, ...restoring }, before),
      ),
    ),
    takeBackModelApiVersion: createUndo(deps, 'modelApiVersion', (undoing: TakeBack, before) =>
      inProjectOf(deps, projectIds, undoing, (projectId) => takeBack(deps, projectId, undoing, before)),
    ),
  };
}

/** Where nothing can be looked for in the project, the version that is known is stopped, and the rest is left. */
async function inProjectOf(
  deps: DominoDependencies,
  projectIds: ProjectIds,
  undoing: DeploymentUndoing,
  perform: (projectId: string) => Promise<readonly Standing[]>,
): Promise<readonly Standing[]> {
  const { made, keep, origin } = undoing;
  try {
    return await perform(await projectIdOf(deps, projectIds, undoing));
  } catch (error) {
    if (!(error instanceof PlatformError) || made?.parent === undefined || keep === true) throw error;
    const known = [{ id: made.id, modelApiId: made.parent, isOwn: made.isOwn }];
    const reason = `nothing else can be looked for: ${error.message}`;
    return [
      ...(await stopVersions(deps, known, markerOf(origin))),
      left({ kind: 'modelApiVersion' }, reason),
    ];
  }
}

/** A project whose name means nothing any more is the one of the version that is known. */
async function projectIdOf(
  { domino }: DominoDependencies,
  projectIds: ProjectIds,
  { project, made }: DeploymentUndoing,
): Promise<string> {
  try {
    return await asking(() => projectIds(project));
  } catch (error) {
    if (!(error instanceof PlatformError) || made?.parent === undefined) throw error;
    const path = { modelApiId: made.parent, versionId: made.id };
    return (await domino.modelApis.getVersion({ path })).projectId;
  }
}

/** Stops what the origin has deployed; of one that is kept, everything else. */
export async function stopDeployed(
  deps: DominoDependencies,
  projectId: string,
  undoing: DeploymentUndoing,
  before: Before,
): Promise<readonly Standing[]> {
  if (undoing.keep === true) return sweep(deps, projectId, undoing, before);
  return stopVersions(deps, await versionsOf(deps, projectId, undoing), markerOf(undoing.origin));
}

/** Stops what the origin has deployed, then starts the one before. Each looks first, so that it may be repeated. */
export async function takeBack(
  deps: DominoDependencies,
  projectId: string,
  undoing: TakeBack,
  before: Before,
): Promise<readonly Standing[]> {
  if (undoing.keep === true) return sweep(deps, projectId, undoing, before);
  const { name, awaited, origin } = undoing;
  const latest = await versionsOf(deps, projectId, undoing);
  // Also where another generation was never made: what an earlier one has replaced is not back yet, perhaps.
  const own = [...latest, ...(await earlierOf(deps, projectId, undoing))];
  if (own.length === 0) return [];
  const { previous = await findPrevious(deps, projectId, name, { ownMarkers: ownMarkersOf(origin) }) } =
    undoing;
  const stopped = await stopVersions(deps, latest, markerOf(origin));
  if (previous === null || own.some(({ id }) => id === previous.versionId)) return stopped;
  const object = { kind: 'modelApiVersion' as const, id: previous.versionId };
  const started = await standingOf(object, () =>
    startAgain(deps, projectId, { name, previous, own, awaited }),
  );
  return [...stopped, ...started];
}

/** What the origin has deployed, in every model API of the name: the one that is known, and all with the marker. */
async function versionsOf(
  deps: DominoDependencies,
  projectId: string,
  { name, made, origin }: DeploymentUndoing,
): Promise<VersionId[]> {
  const marker = markerOf(origin);
  const versions: VersionId[] = [];
  for (const { id } of await findModelApis(deps, projectId, name))
    versions.push(...(await markedVersions(deps, id, marker)));
  const isFound = made?.parent === undefined || versions.some(({ id }) => id === made.id);
  return isFound ? versions : [{ id: made.id, modelApiId: made.parent, isOwn: made.isOwn }, ...versions];
}

/** What earlier generations of the origin have deployed. */
async function earlierOf(
  deps: DominoDependencies,
  projectId: string,
  { made: _made, origin, ...undoing }: DeploymentUndoing,
): Promise<VersionId[]> {
  const versions: VersionId[] = [];
  for (let generation = 1; generation < origin.generation; generation += 1)
    versions.push(...(await versionsOf(deps, projectId, { ...undoing, origin: { ...origin, generation } })));
  return versions;
}

/** Starts the version that served before. Somebody else’s newer version is not replaced by it. */
async function startAgain(
  deps: DominoDependencies,
  projectId: string,
  {
    name,
    previous,
    own,
    awaited,
  }: Pick<TakeBack, 'name' | 'awaited'> & {
    readonly previous: ServingVersion;
    readonly own: readonly VersionId[];
  },
): Promise<readonly Standing[]> {
  const { modelApiId, versionId, number } = previous;
  const object = { kind: 'modelApiVersion' as const, id: versionId };
  const serves = [{ state: 'ended', id: versionId, serves: `version ${number ?? versionId}` }] as const;
  const serving = await findServing(deps, projectId, name);
  if (serving?.versionId === versionId) return serves;
  const lasting = (reason: string): Standing[] => [
    { state: 'left', left: { ...object, reason, lasting: true } },
  ];
  if (serving !== null && !own.some(({ id }) => id === serving.versionId))
    return lasting(`version ${serving.number ?? serving.versionId} serves meanwhile, so it was not started`);
  const newer = await findNewer(deps, previous, own);
  if (newer !== null)
    return lasting(
      `version ${newer.number ?? newer.versionId} was deployed meanwhile, so it was not started`,
    );
  const { phase, status } = await startUnlessStarting(deps, { id: versionId, modelApiId });
  if (phase === 'succeeded') return serves; // also where the name finds nothing any more
  if (awaited === true) return [];
  return [left(object, `version ${number ?? versionId}, which served before, is ${status}`)];
}

/** Somebody else’s version that was made after the own ones and has neither failed nor been stopped: it may be starting, or sick. */
async function findNewer(
  deps: DominoDependencies,
  { modelApiId, versionId }: ServingVersion,
  own: readonly VersionId[],
): Promise<ServingVersion | null> {
  const isOwn = (version: ServingVersion): boolean => own.some(({ id }) => id === version.versionId);
  const versions = await listDeployed(deps, modelApiId);
  const at = versions.findIndex((version) => isOwn(version) || version.versionId === versionId);
  return versions.slice(0, Math.max(0, at)).find((version) => !isDead(version)) ?? null;
}

/** How it stood before. */
async function startUnlessStarting(deps: DominoDependencies, version: VersionId) {
  const state = await readVersion(deps, version);
  const { phase, status } = state;
  const isStarting = phase === 'waiting' && /^start/i.test(status);
  const path = { modelApiId: version.modelApiId, versionId: version.id };
  if (!isStarting && phase !== 'succeeded') await asking(() => deps.domino.modelApis.startVersion({ path }));
  return state;
}

/**
 * Stops what an effect has made beside the version that was adopted. Where that is what serves, because it has taken over
 * later, the one that would serve without it is started first: so something serves all the time, and whatever was stopped
 * otherwise stays so.
 */
async function sweep(
  deps: DominoDependencies,
  projectId: string,
  undoing: DeploymentUndoing,
  before: Before,
): Promise<readonly Standing[]> {
  const { made, name, origin } = undoing;
  const marker = markerOf(origin);
  const others = (await versionsOf(deps, projectId, undoing)).filter(({ id }) => id !== made?.id);
  if (made?.parent === undefined || others.length === 0) return [];
  const kept: VersionId = { id: made.id, modelApiId: made.parent };
  const beside = others.filter(({ modelApiId }) => modelApiId === kept.modelApiId);
  const apart = others.filter(({ modelApiId }) => modelApiId !== kept.modelApiId);
  const besideStanding = await standingOf({ kind: 'modelApiVersion' }, () =>
    stopBeside(deps, kept, { beside, origin, before }),
  );
  const standings = await stopVersions(deps, apart, marker);
  return [...besideStanding, ...standings, ...(await archiveApart(deps, projectId, { name, kept, undoing }))];
}

interface Beside {
  readonly beside: readonly VersionId[];
  readonly origin: Origin;
  readonly before: Before;
}

async function stopBeside(
  deps: DominoDependencies,
  kept: VersionId,
  { beside, origin, before }: Beside,
): Promise<readonly Standing[]> {
  if (beside.length === 0) return [];
  const marker = markerOf(origin);
  const serving: VersionId[] = [];
  for (const version of beside)
    if ((await readVersion(deps, version)).phase === 'succeeded') serving.push(version);
  if (serving.length === 0) return stopIdle(deps, kept, { beside, origin, before });
  const instead = await findInstead(deps, kept, origin);
  const state = instead && (await readVersion(deps, instead));
  const isReplaced = state?.phase === 'stopped';
  if (instead !== null && isReplaced) await startUnlessStarting(deps, instead);
  if (!isReplaced && state?.phase !== 'waiting') return stopVersions(deps, beside, marker);
  const idle = beside.filter((version) => !serving.includes(version));
  const which = instead?.id === kept.id ? 'the one that was adopted' : `version ${instead?.id}`;
  const waiting = serving.map(({ id }) =>
    left({ kind: 'modelApiVersion', id }, `it serves until ${which} serves again`),
  );
  return [...waiting, ...(await stopVersions(deps, idle, marker))];
}

/**
 * Stops those that do not serve. One of them may have taken over between the look at it and its stop: where nothing serves
 * any more then, the one that would serve without it is started again.
 */
async function stopIdle(
  deps: DominoDependencies,
  kept: VersionId,
  { beside, origin, before: { done, seen } }: Beside,
): Promise<readonly Standing[]> {
  const standings = await stopVersions(deps, beside, markerOf(origin));
  const isNew = (one: Standing): boolean => one.state === 'undone' && !done.includes(one.object.id);
  const instead = standings.some(isNew) ? await findInstead(deps, kept, origin) : null;
  if (instead === null) return standings;
  const others = (await listDeployed(deps, kept.modelApiId)).filter(
    ({ versionId }) => versionId !== instead.id && !beside.some(({ id }) => id === versionId),
  );
  if (others.some((other) => !isDead(other))) return standings;
  const { phase } = await readVersion(deps, instead);
  if (phase === 'stopped') await startUnlessStarting(deps, instead);
  const isStarting = (one: Standing): boolean =>
    phase === 'stopped' || (phase === 'waiting' && one.state === 'undone' && seen.includes(one.object.id));
  return standings.map((one) =>
    one.state === 'undone' && isNew(one) && isStarting(one)
      ? left(one.object, `it is stopped, and nothing serves until version ${instead.id} serves again`)
      : one,
  );
}

/**
 * Which version would serve if the effect had made one only: the newest that somebody else has deployed after it; else that
 * one or, where it has failed, the newest before it.
 */
async function findInstead(
  { domino }: DominoDependencies,
  kept: VersionId,
  origin: Origin,
): Promise<VersionId | null> {
  const { modelApiId } = kept;
  const versions = await domino.modelApis.listVersions({ path: { modelApiId } });
  const { number: own, deployment } = await domino.modelApis.getVersion({
    path: { modelApiId, versionId: kept.id },
  });
  const ownMarkers = ownMarkersOf(origin);
  const others = versions
    .filter(({ description }) => !ownMarkers.some((marker) => description?.includes(marker)))
    .filter((version) => version.id !== kept.id && servingPhase(version.deployment) !== 'failed')
    .sort((a, b) => (b.number ?? 0) - (a.number ?? 0));
  const [newest] = others;
  const hasFailed = servingPhase(deployment) === 'failed';
  const isNewer = (newest?.number ?? 0) > (own ?? Number.POSITIVE_INFINITY);
  if (newest !== undefined && (isNewer || hasFailed)) return { id: newest.id, modelApiId };
  return hasFailed ? null : kept;
}

/** A second model API that the effect has made is archived, unless somebody has put a version of theirs into it. */
async function archiveApart(
  deps: DominoDependencies,
  projectId: string,
  {
    name,
    kept,
    undoing,
  }: { readonly name: string; readonly kept: VersionId; readonly undoing: DeploymentUndoing },
): Promise<readonly Standing[]> {
  const marker = markerOf(undoing.origin);
  const second = (await findModelApis(deps, projectId, name)).filter(
    ({ id, description }) => id !== kept.modelApiId && description.includes(marker),
  );
  const standings = second.map(({ id }) =>
    standingOf({ kind: 'modelApi', id }, async () => {
      const versions = await deps.domino.modelApis.listVersions({ path: { modelApiId: id } });
      if (versions.some(({ description }) => description?.includes(marker) !== true)) return [];
      await asking(() => deps.domino.modelApis.archive({ path: { modelApiId: id } }));
      const { isArchived } = await deps.domino.modelApis.get({ path: { modelApiId: id } });
      const object = { kind: 'modelApi' as const, id };
      return [isArchived ? { state: 'undone', object } : left(object, 'it is not archived yet')];
    }),
  );
  return (await Promise.all(standings)).flat();
}
