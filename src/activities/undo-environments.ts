/** Environments that are archived and builds that are cancelled. */
import type { Effects } from '../pipeline/effects.js';
import { markerOf } from './attempt.js';
import type { ActivityDependencies } from './dependencies.js';
import { ownEnvironments } from './environments.js';
import { buildPhase } from './statuses.js';
import { type Standing, createUndo, left, standingOf } from './undoing.js';

type ArchiveEnvironment = Parameters<Effects['archiveEnvironment']>[0];
type CancelBuild = Parameters<Effects['cancelBuild']>[0];

/** Builds them. */
export function createEnvironmentUndoing(
  deps: ActivityDependencies,
): Pick<Effects, 'archiveEnvironment' | 'cancelBuild'> {
  return {
    archiveEnvironment: createUndo(deps, 'environment', (undoing: ArchiveEnvironment) =>
      archiveEach(deps, undoing),
    ),
    cancelBuild: createUndo(deps, 'revision', (undoing: CancelBuild) => cancel(deps, undoing)),
  };
}

async function archiveEach(
  deps: ActivityDependencies,
  { made, keep, origin }: ArchiveEnvironment,
): Promise<readonly Standing[]> {
  const marker = markerOf(origin);
  const known = made !== undefined && keep !== true ? [made.id] : [];
  const archived = await Promise.all(known.map((id) => standingOfEnvironment(deps, id)));
  const others = await standingOf({ kind: 'environment' }, async () => {
    const own = await ownEnvironments(deps);
    const marked = own.filter(({ description }) => description.includes(marker));
    // An earlier attempt may have been asked for another name: what it made then was made once, and stays.
    const kept = keep === true ? own.find(({ id }) => id === made?.id) : undefined;
    const twins = marked.filter(({ name }) => keep !== true || name === kept?.name);
    const ids = twins.map(({ id }) => id).filter((id) => id !== made?.id);
    return (await Promise.all(ids.map((id) => standingOfEnvironment(deps, id)))).flat();
  });
  return [...archived.flat(), ...others];
}

const standingOfEnvironment = (deps: ActivityDependencies, id: string): Promise<readonly Standing[]> =>
  standingOf({ kind: 'environment', id }, async () => [await archive(deps, id)]);

async function archive({ domino }: ActivityDependencies, environmentId: string): Promise<Standing> {
  const object = { kind: 'environment' as const, id: environmentId };
  const path = { environmentId };
  const isArchived = async () => (await domino.environments.get({ path })).environment.archived;
  if (!(await isArchived())) await domino.environments.archive({ path });
  return (await isArchived()) ? { state: 'undone', object } : left(object, 'it is not archived yet');
}

async function cancel(
  { domino }: ActivityDependencies,
  { environmentId, origin, made, ...given }: CancelBuild,
): Promise<readonly Standing[]> {
  const marked = async (): Promise<string | undefined> => {
    const { latestRevisionDetails } = await domino.environments.details({ path: { environmentId } });
    return latestRevisionDetails?.summary?.includes(markerOf(origin)) ? latestRevisionDetails.id : undefined;
  };
  const revisionId = given.revisionId ?? made?.id ?? (await marked());
  if (revisionId === undefined) return [];
  const object = { kind: 'revision' as const, id: revisionId };
  const path = { environmentId, revisionId };
  const phase = async () => buildPhase((await domino.environments.getRevision({ path })).status);
  return standingOf(object, async () => {
    if ((await phase()) === 'waiting')
      try {
        await domino.environments.cancelBuild({ path });
      } catch (error) {
        if ((await phase()) === 'waiting') throw error; // one that has ended meanwhile refuses it
      }
    switch (await phase()) {
      case 'stopped':
        return [{ state: 'undone', object }];
      case 'succeeded':
      case 'failed':
        return [{ state: 'ended' }];
      default:
        return [left(object, 'it still builds')];
    }
  });
}
