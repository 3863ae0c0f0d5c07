/** Environments that are archived and builds that are cancelled. */
import type { DominoEffects } from '../../../steps/domino/effects.js';
import type { Adoptions } from '../../effect/adoptions.js';
import { isOwnOf, markerOf } from '../../effect/attempt.js';
import type { DominoDependencies } from '../dependencies.js';
import { ownEnvironments, thisEnvironment } from './environments.js';
import { buildPhase } from '../statuses.js';
import {
  type Before,
  type Standing,
  afterSending,
  asking,
  createUndo,
  left,
  standingOf,
} from '../../effect/undoing.js';

type ArchiveEnvironment = Parameters<DominoEffects['archiveEnvironment']>[0];
type CancelBuild = Parameters<DominoEffects['cancelBuild']>[0];

/** Whose builds are cancelled, told by what describes them, and what was done and asked for of them before. */
interface Builds extends Pick<Before, 'asked'>, Partial<Pick<Before, 'done'>> {
  readonly isOwn: (text: string | null | undefined) => boolean;
}

interface Looking extends Pick<Adoptions, 'undoAlone'> {
  readonly deps: DominoDependencies;
}

/** Builds them. */
export function createEnvironmentUndoing(
  deps: DominoDependencies,
  { undoAlone }: Pick<Adoptions, 'undoAlone'>,
): Pick<DominoEffects, 'archiveEnvironment' | 'cancelBuild'> {
  return {
    archiveEnvironment: createUndo(deps, 'environment', (undoing: ArchiveEnvironment, before) =>
      archiveEach({ deps, undoAlone }, undoing, before),
    ),
    cancelBuild: createUndo(deps, 'revision', (undoing: CancelBuild, before) =>
      cancel(deps, undoing, before),
    ),
  };
}

async function archiveEach(
  looking: Looking,
  undoing: ArchiveEnvironment,
  { seen, asked }: Pick<Before, 'seen' | 'asked'>,
): Promise<readonly Standing[]> {
  const { made, keep, origin } = undoing;
  const of = { isOwn: (text: string | null | undefined) => isOwnOf(origin, text), asked };
  const standing = (id: string) => standingOfEnvironment(looking, { undoing, id, of });
  const known = [...new Set([...(made !== undefined && keep !== true ? [made.id] : []), ...seen])];
  const archived = await Promise.all(known.map(standing));
  const others = await standingOf({ kind: 'environment' }, async () => {
    const own = await ownEnvironments(looking.deps);
    const marked = own.filter(({ description }) => of.isOwn(description));
    // Where nobody knows which one was adopted, all who look take the first.
    const kept =
      keep !== true ? undefined : made === undefined ? marked[0] : own.find(({ id }) => id === made.id);
    const isOwnKept = kept !== undefined && of.isOwn(kept.description);
    // An earlier attempt may have been asked for another name: what it made then was made once, and stays. Beside one that
    // this effect has not made, such as one that is named by its id now, nobody goes on with what it has made.
    const isLeft = (text: string): boolean => !isOwnKept && text.includes(markerOf(origin));
    const twins = marked.filter(
      ({ name, description }) => keep !== true || name === kept?.name || isLeft(description),
    );
    const stays = made?.id ?? kept?.id;
    const ids = twins.map(({ id }) => id).filter((id) => id !== stays && !known.includes(id));
    return (await Promise.all(ids.map(standing))).flat();
  });
  return [...archived.flat(), ...others];
}

/**
 * Of what it builds, only the first revision, which was made with it, is cancelled: others may have added a newer one. One
 * that does not carry the marker is not the effect's own, and is left alone.
 */
const standingOfEnvironment = (
  { deps, undoAlone }: Looking,
  { undoing, id, of }: { readonly undoing: ArchiveEnvironment; readonly id: string; readonly of: Builds },
): Promise<readonly Standing[]> =>
  standingOf({ kind: 'environment', id }, async () => {
    const { description } = await deps.domino.environments.details({ path: { environmentId: id } });
    if (!of.isOwn(description)) return [{ state: 'ended', id }];
    const builds = await standingOf({ kind: 'revision' }, () => cancelLatest(deps, id, of));
    const archived = await undoAlone(undoing, thisEnvironment(id), () => archive(deps, id));
    return [...builds.filter(({ state }) => state === 'left'), archived];
  });

async function archive({ domino }: DominoDependencies, environmentId: string): Promise<Standing> {
  const object = { kind: 'environment' as const, id: environmentId };
  const path = { environmentId };
  const isArchived = async () => (await domino.environments.get({ path })).environment.archived;
  if (!(await isArchived())) await asking(() => domino.environments.archive({ path }));
  return (await afterSending(isArchived))
    ? { state: 'undone', object }
    : left(object, 'it is not archived yet');
}

async function cancel(
  deps: DominoDependencies,
  { environmentId, origin, made, ...given }: CancelBuild,
  { seen: [seen], ...before }: Before,
): Promise<readonly Standing[]> {
  const marker = markerOf(origin);
  const of = { isOwn: (text: string | null | undefined) => text?.includes(marker) === true, ...before };
  if (environmentId !== undefined) {
    // Somebody's newer revision hides ours from the environment, so one that was seen is asked for by its id.
    const revisionId = given.revisionId ?? made?.id ?? seen;
    if (revisionId === undefined) return cancelLatest(deps, environmentId, of);
    const standing = () => cancelUnlessDone(deps, { environmentId, revisionId }, of);
    if (given.ifMarked !== true) return standing();
    return standingOf({ kind: 'revision', id: revisionId }, async () => {
      const { environmentRevision } = await deps.domino.environments.revisionDetails({
        path: { revisionId },
      });
      return isOwnOf(origin, environmentRevision.summary) ? standing() : [{ state: 'ended', id: revisionId }];
    });
  }
  return standingOf({ kind: 'revision' }, async () => {
    const own = (await ownEnvironments(deps)).filter(({ description }) => of.isOwn(description));
    return (await Promise.all(own.map(({ id }) => cancelLatest(deps, id, of)))).flat();
  });
}

/** Cancels the build of an environment’s latest revision, if its summary has the marker. */
async function cancelLatest(
  deps: DominoDependencies,
  environmentId: string,
  of: Builds,
): Promise<readonly Standing[]> {
  const { latestRevisionDetails } = await deps.domino.environments.details({ path: { environmentId } });
  const { id: revisionId, summary } = latestRevisionDetails ?? {};
  if (revisionId === undefined || !of.isOwn(summary)) return [];
  return cancelUnlessDone(deps, { environmentId, revisionId }, of);
}

/** A build that was cancelled before, and goes on, another run has begun again. */
async function cancelUnlessDone(
  deps: DominoDependencies,
  path: { readonly environmentId: string; readonly revisionId: string },
  { done = [], asked }: Omit<Builds, 'isOwn'>,
): Promise<readonly Standing[]> {
  return done.includes(path.revisionId)
    ? [{ state: 'ended', id: path.revisionId }]
    : cancelRevision(deps, path, asked.includes(path.revisionId));
}

/**
 * Cancels a build, once: what goes on after the platform has taken that is perhaps what another run has begun again,
 * which a second request would cancel. It is looked at until it has ended.
 */
async function cancelRevision(
  { domino }: DominoDependencies,
  path: { readonly environmentId: string; readonly revisionId: string },
  wasAsked: boolean,
): Promise<readonly Standing[]> {
  const object = { kind: 'revision' as const, id: path.revisionId };
  const phase = async () => buildPhase((await domino.environments.getRevision({ path })).status);
  return standingOf(object, async () => {
    // What has a status that nobody knows may be building.
    const isBuilding = async () => ['waiting', 'unknown'].includes(await phase());
    let isAsked = wasAsked;
    if (!isAsked && (await isBuilding()))
      try {
        await asking(() => domino.environments.cancelBuild({ path }));
        isAsked = true;
      } catch (error) {
        if (await isBuilding()) throw error; // one that has ended meanwhile refuses it
      }
    switch (await phase()) {
      case 'stopped':
        return [{ state: 'undone', object }];
      case 'succeeded':
      case 'failed':
        return [{ state: 'ended', id: path.revisionId }];
      default:
        return [left(object, 'it still builds', isAsked)];
    }
  });
}
