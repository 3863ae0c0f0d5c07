/** Builds that are cancelled. */
import type { EnvironmentEffects, RevisionsBefore } from '../../../steps/ubiops/environments.js';
import { type Before, type Standing, asking, createUndo, left, standingOf } from '../../effect/undoing.js';
import type { Holds, Shared } from '../../effect/holds.js';
import { type UbiOpsDependencies, hasTags } from '../dependencies.js';
import { mayBuild, tagPhase } from '../statuses.js';
import { newestFirst } from './by-time.js';
import type { Contents, Place } from './contents.js';
import { buildNamed, buildOfContent, isNew } from './revisions.js';

type Cancel = Parameters<EnvironmentEffects['cancelEnvironmentBuild']>[0];

/** A build, and how it is read and cancelled in its spelling. */
interface Cancelled {
  readonly id: string;
  /** Under which name it was made, where it was found and not known. */
  readonly madeAs?: Shared;
  read(): Promise<Parameters<typeof mayBuild>[0]>;
  cancel(): Promise<unknown>;
}

/** Builds it. */
export const createBuildUndoing = (looking: Looking): Pick<EnvironmentEffects, 'cancelEnvironmentBuild'> => ({
  cancelEnvironmentBuild: createUndo(looking.deps, 'build', async (undoing: Cancel, before) => {
    const builds = await buildsIn(looking, undoing);
    const undo = async (build: Cancelled): Promise<readonly Standing[]> =>
      build.madeAs !== undefined && (await looking.isAnothers(undoing, build.madeAs))
        ? [leftToOthers(build)]
        : cancelBuild(build, before);
    return (await Promise.all(builds.map(undo))).flat();
  }),
});

/** What is found carries no mark of its run: where another run has begun the same since, its build is not ended. */
const leftToOthers = ({ id }: Cancelled): Standing => ({
  state: 'left',
  left: { kind: 'build', id, reason: 'another run has begun one since, and it may be that', lasting: true },
});

interface Looking extends Pick<Holds, 'isAnothers'> {
  readonly deps: UbiOpsDependencies;
  readonly contents: Pick<Contents, 'ofRevision' | 'ofTag'>;
}

/** The build that is known, or those that the effect may have begun. */
async function buildsIn(
  looking: Looking,
  { project, environment, tag, before, made, keep }: Cancel,
): Promise<Cancelled[]> {
  const { deps, contents } = looking;
  const place = { projectName: project, environmentName: environment };
  if (tag != null) return keep === true ? [] : [ofTag(deps, { ...place, tagName: tag }, made?.id)];
  if (made?.parent !== undefined && keep !== true)
    return [ofRevision(deps, { ...place, revisionId: made.parent, buildId: made.id })];
  if (before === undefined) return [];
  if (hasTags(deps)) return keep === true ? [] : tagsIn(looking, place, before);
  const revisions = newestFirst(await deps.ubiops.revisions.list({ path: place })).filter(isNew(before));
  const found: Cancelled[] = [];
  for (const { id: revisionId } of revisions) {
    const path = { ...place, revisionId };
    if ((await contents.ofRevision(path)) !== before.content) continue;
    for (const build of await deps.ubiops.builds.list({ path }))
      if (mayBuild(build) && build.id !== made?.id)
        found.push({
          ...ofRevision(deps, { ...path, buildId: build.id }),
          madeAs: buildOfContent(place, before.content),
        });
  }
  return found;
}

/** The tags of its content that are being built and were not before: one that has built or was at it is not what this effect began. */
async function tagsIn(
  { deps, contents }: Looking,
  place: Place,
  before: RevisionsBefore,
): Promise<Cancelled[]> {
  const found: Cancelled[] = [];
  for (const known of await deps.ubiops.tags.list({ path: place, query: {} })) {
    const { id, name } = known;
    if (name == null || !mayBuild(known) || before.revisions.includes(id ?? '')) continue;
    const path = { ...place, tagName: name };
    if ((await contents.ofTag(path)) === before.content)
      found.push({ ...ofTag(deps, path, id ?? undefined), madeAs: buildNamed(place, name) });
  }
  return found;
}

const ofRevision = (
  { ubiops: { builds } }: UbiOpsDependencies,
  path: Place & { readonly revisionId: string; readonly buildId: string },
): Cancelled => ({
  id: path.buildId,
  read: () => builds.get({ path }),
  cancel: () => builds.update({ path, body: { status: 'cancelled' } }),
});

const ofTag = (
  { ubiops: { tags } }: UbiOpsDependencies,
  path: Place & { readonly tagName: string },
  id = `${path.environmentName}:${path.tagName}`,
): Cancelled => ({
  id,
  read: () => tags.get({ path }),
  cancel: () => tags.update({ path, body: { status: 'cancelled' } }),
});

/**
 * Cancels a build, once: what goes on after the platform has taken that is perhaps what another run has begun again, which a
 * second request would cancel. It is looked at until it has ended.
 */
function cancelBuild(
  { id, read, cancel }: Cancelled,
  { done, asked }: Pick<Before, 'done' | 'asked'>,
): Promise<readonly Standing[]> {
  const object = { kind: 'build', id };
  return standingOf(object, async () => {
    if (done.includes(id)) return [{ state: 'ended', id }];
    const isBuilding = async (): Promise<boolean> => mayBuild(await read());
    let isAsked = asked.includes(id);
    if (!isAsked && (await isBuilding()))
      try {
        await asking(cancel);
        isAsked = true;
      } catch (error) {
        if (await isBuilding()) throw error; // one that has ended meanwhile refuses it
      }
    const now = await read();
    if (tagPhase(now) === 'stopped') return [{ state: 'undone', object }];
    return mayBuild(now) ? [left(object, 'it still builds', isAsked)] : [{ state: 'ended', id }];
  });
}
