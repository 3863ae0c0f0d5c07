/** Environments that are deleted, where nothing uses them. */
import type { EnvironmentEffects } from '../../../steps/ubiops/environments.js';
import type { Adoptions } from '../../effect/adoptions.js';
import { isOwnOf } from '../../effect/attempt.js';
import { ifThere } from '../../effect/known-objects.js';
import { type Before, type Standing, createUndo, deleting, left, standingOf } from '../../effect/undoing.js';
import { type UbiOpsDependencies, hasTags } from '../dependencies.js';
import { mayBuild } from '../statuses.js';
import { thisEnvironment } from './environments.js';

type Archive = Parameters<EnvironmentEffects['archiveUnusedEnvironment']>[0];

interface Looking extends Pick<Adoptions, 'undoAlone'> {
  readonly deps: UbiOpsDependencies;
}

/** Builds it. */
export const createEnvironmentUndoing = (
  looking: Looking,
): Pick<EnvironmentEffects, 'archiveUnusedEnvironment'> => ({
  archiveUnusedEnvironment: createUndo(looking.deps, 'environment', (undoing: Archive, before) =>
    standingOf({ kind: 'environment', id: undoing.environment }, () => archive(looking, undoing, before)),
  ),
});

/**
 * What was made under a name that nobody knows any more is found by the marker in its description, as is what earlier
 * generations were asked for under other names. A name is there once, so nothing is beside what is kept: what a run has made
 * that was cancelled before it knew of it, another one may have adopted.
 */
async function archive(looking: Looking, undoing: Archive, { done }: Before): Promise<readonly Standing[]> {
  const { project: projectName, environment, made, keep, origin } = undoing;
  const { deps } = looking;
  if (keep === true) return [];
  const known = environment ?? made?.id;
  const path = { projectName };
  const isAll = known !== undefined && origin.generation === 1;
  const listed = isAll ? [] : await deps.ubiops.environments.list({ path, query: {} });
  const marked = listed.filter(({ description }) => description == null || isOwnOf(origin, description));
  const names = [...(known === undefined ? [] : [known]), ...marked.map(({ name }) => name)];
  const standings = await Promise.all(
    // A request whose answer was lost may have made one of the name once more since: it carries the marker then.
    [...new Set(names)].map((name) => {
      const path = { projectName, environmentName: name };
      return remove(looking, path, { undoing, isKnown: name === known && !done.includes(name) });
    }),
  );
  return standings.flat();
}

async function remove(
  { deps, undoAlone }: Looking,
  path: { readonly projectName: string; readonly environmentName: string },
  { undoing, isKnown }: { readonly undoing: Archive; readonly isKnown: boolean },
): Promise<readonly Standing[]> {
  const object = { kind: 'environment', id: path.environmentName };
  const { environments } = deps.ubiops;
  // One answer that it is not there proves nothing of what is known; what was deleted before, or is of a list, may be gone.
  const reading = environments.get({ path });
  const found = isKnown ? await reading : await ifThere(reading);
  if (found === null) return [];
  if (!isOwnOf(undoing.origin, found.description)) return [];
  const users = await usersOf(deps, path);
  if (users.length > 0)
    return [{ state: 'left', left: { ...object, reason: `${users.join(', ')} uses it`, lasting: true } }];
  const builds = await buildingIn(deps, path, found);
  if (builds !== null) return [left(object, builds)];
  const isThere = async (): Promise<boolean> => (await ifThere(environments.get({ path }))) !== null;
  // Whoever has found it by its name may not use it yet.
  const shared = thisEnvironment(found);
  const send = () => environments.delete({ path });
  return [await undoAlone(undoing, shared, () => deleting(object, { send, isThere }))];
}

/** A deployment names an environment, or one of its tags. */
async function usersOf(
  { ubiops, ...deps }: UbiOpsDependencies,
  path: { readonly projectName: string; readonly environmentName: string },
): Promise<string[]> {
  const said = ({ deployment, version }: { readonly deployment: string; readonly version: string }) =>
    `${deployment}/${version}`;
  if (!hasTags(deps)) return (await ubiops.environments.usage({ path, query: {} })).map(said);
  const tags = await ubiops.tags.list({ path, query: {} });
  const used = await Promise.all(
    tags.flatMap(({ name }) =>
      name == null ? [] : [ubiops.tags.usage({ path: { ...path, tagName: name } })],
    ),
  );
  return used.flat().map(said);
}

/** What is being built in it, which this run has cancelled if it is its own; `null` where nothing is. */
async function buildingIn(
  { ubiops, ...deps }: UbiOpsDependencies,
  path: { readonly projectName: string; readonly environmentName: string },
  { latest_build: buildId, latest_revision: revisionId }: Found,
): Promise<string | null> {
  if (hasTags(deps)) {
    const building = (await ubiops.tags.list({ path, query: {} })).find(
      (tag) => tag.status !== 'pending' && mayBuild(tag),
    );
    return building === undefined ? null : `its tag ${building.name ?? ''} is being built`;
  }
  if (buildId == null || revisionId == null) return null;
  const build = await ifThere(ubiops.builds.get({ path: { ...path, revisionId, buildId } }));
  return build !== null && mayBuild(build) ? `its build ${buildId} goes on` : null;
}

type Found = Awaited<ReturnType<UbiOpsDependencies['ubiops']['environments']['get']>>;
