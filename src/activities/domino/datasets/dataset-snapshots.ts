/**
 * Snapshots of datasets as effects: taken once, tagged, followed until they are copied.
 *
 * A request for one holds no text, so it cannot carry a marker. The marker is a tag of the dataset, put on the snapshot
 * right after. One whose answer was lost is known by what was there before it: it is newer, of this user, and has no tag of
 * Longhaul. Runs take snapshots of a dataset one at a time, so that none takes another’s for its own.
 */
import type { Effect } from '../../../run/undoing/effect.js';
import type { Origin } from '../../../run/ids.js';
import type { SnapshotEffects, SnapshotSpec, SnapshotStart } from '../../../steps/domino/snapshots.js';
import { PlatformError } from '../../../platform/errors.js';
import { adoptedOf } from '../../effect/adopting.js';
import { type Attempt, attempted, markerOf } from '../../effect/attempt.js';
import type { DominoDependencies } from '../dependencies.js';
import { creating, ensure } from '../../effect/ensure.js';
import type { Holds } from '../../effect/holds.js';
import { fromKnown, ifThere, ofKnown } from '../../effect/known-objects.js';
import { awaiting } from '../../effect/lookout/handing-over.js';
import { type ProjectIds, createProjectIds, ofKnownProjects } from '../projects.js';
import { startOfRun } from '../../effect/run-start.js';
import { lookTwiceInList, settled } from '../../effect/second-look.js';
import { createSnapshotWatching } from './snapshot-watching.js';
import { listDatasets, listSnapshots } from './snapshots.js';
import { snapshotPhase } from '../statuses.js';
import { type Standing, createUndo } from '../../effect/undoing.js';

type Parameter<K extends keyof SnapshotEffects> = Parameters<SnapshotEffects[K]>[0];

/** Builds them. */
export function createSnapshotActivities(
  deps: DominoDependencies,
  { createAlone }: Pick<Holds, 'createAlone'>,
  projectIds: ProjectIds = createProjectIds(deps.domino),
): SnapshotEffects {
  const { domino } = deps;
  // A snapshot in a project that is archived is of no use, so its name is read anew for each.
  const datasetIdOf = async ({ project, dataset }: Omit<SnapshotSpec, 'paths'>): Promise<string> => {
    const projectId = await ofKnownProjects(projectIds)(project, deps.waits.settleMs);
    const found = await lookTwiceInList(deps, () => findDataset(deps, projectId, dataset));
    if (found !== null) return found;
    throw new PlatformError('NOT_FOUND', `project ${project} has no dataset ${JSON.stringify(dataset)}`);
  };
  return {
    getNewestSnapshot: attempted(
      deps,
      fromKnown(
        async (of: Parameter<'getNewestSnapshot'>) => {
          const snapshots = await snapshotsSince(deps, await datasetIdOf(of), 0);
          const newest = snapshots.at(-1);
          return newest === undefined ? null : { id: newest.id, createdAt: newest.createdAt };
        },
        ({ dataset }) => [dataset],
      ),
    ),
    ensureSnapshot: creating(
      deps,
      fromKnown(
        async (spec: Parameter<'ensureSnapshot'>, attempt: Attempt) =>
          ensureSnapshot({ deps, createAlone }, { ...spec, datasetId: await datasetIdOf(spec) }, attempt),
        ({ dataset, paths }) => [dataset, ...paths],
      ),
    ),
    ensureSnapshotTag: attempted(
      deps,
      ofKnown(async ({ origin, snapshot: { datasetId, snapshotId } }: Parameter<'ensureSnapshotTag'>) => {
        await domino.datasets.addTag({ path: { datasetId }, body: { snapshotId, tagName: tagOf(origin) } });
        return null;
      }),
    ),
    awaitSnapshot: awaiting(deps, createSnapshotWatching(deps)),
    sweepSnapshots: createUndo(deps, 'snapshot', async (undoing: Parameter<'sweepSnapshots'>) =>
      sweep(deps, undoing, undoing.made?.parent ?? (await datasetIdOf(undoing))),
    ),
  };
}

/** What a tag of Longhaul begins with. */
const ours = 'lh-';

/** The marker, as the name of a tag: `lh-k3f9x2m7qa4t`. */
const tagOf = (origin: Origin): string => markerOf(origin).slice(1, -1).replace(':', '-');

async function findDataset(
  { domino }: DominoDependencies,
  projectId: string,
  name: string,
): Promise<string | null> {
  for await (const dataset of listDatasets(domino, projectId))
    if (dataset.isOwn && dataset.name === name) return dataset.id;
  return null;
}

type Snapshot = Awaited<ReturnType<DominoDependencies['domino']['datasets']['getSnapshot']>>['snapshot'];

/** Those taken since a time, the oldest first. */
async function snapshotsSince(
  { domino }: DominoDependencies,
  datasetId: string,
  sinceMs: number,
): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  for await (const one of listSnapshots(domino, datasetId))
    if (Date.parse(one.createdAt) >= sinceMs) found.push(one);
  return found.sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.id < b.id ? -1 : 1));
}

/** Of those taken since a time, those that this user has taken, and that no effect of Longhaul is known to have. */
async function untaggedSince(
  deps: DominoDependencies,
  { datasetId, tags }: { readonly datasetId: string; readonly tags: Tags },
  sinceMs: number,
): Promise<Snapshot[]> {
  const tagged = Object.entries(tags).flatMap(([name, id]) => (name.startsWith(ours) ? [id] : []));
  const { id: self } = (await deps.domino.users.self({})).user;
  const found = await snapshotsSince(deps, datasetId, sinceMs);
  return found.filter(({ id, creatorId = self }) => creatorId === self && !tagged.includes(id));
}

type Tags = Readonly<Record<string, string>>;

const tagsOf = async ({ domino }: DominoDependencies, datasetId: string): Promise<Tags> =>
  (await domino.datasets.get({ path: { datasetId } })).dataset.tags ?? {};

function ensureSnapshot(
  { deps, createAlone }: { readonly deps: DominoDependencies } & Pick<Holds, 'createAlone'>,
  spec: Effect & Parameter<'ensureSnapshot'> & { readonly datasetId: string },
  attempt: Attempt,
): Promise<SnapshotStart> {
  const { origin, begunBefore, adopted, newest, datasetId, project, dataset, paths } = spec;
  const path = { datasetId };
  const taken = (snapshotId: string): SnapshotStart => ({
    ...{ project, dataset, datasetId, snapshotId, created: true },
  });
  return ensure<SnapshotStart>(attempt, {
    lookFirst: begunBefore,
    begunBefore,
    find: async () => {
      const tags = await tagsOf(deps, datasetId);
      const tagged = tags[tagOf(origin)];
      if (tagged !== undefined) return taken(tagged);
      if (newest === undefined) return null;
      const sinceMs = newest === null ? 0 : Date.parse(newest.createdAt);
      const found = await untaggedSince(deps, { datasetId, tags }, sinceMs);
      const newer = found.filter(({ id }) => id !== newest?.id);
      const first = adoptedOf(newer, { adopted, phaseOf: ({ status }) => snapshotPhase(status) });
      if (first === undefined) return null;
      // Another step may have taken it a moment ago, and tag it only now.
      await settled(deps);
      const isTagged = Object.entries(await tagsOf(deps, datasetId)).some(
        ([name, id]) => id === first.id && name.startsWith(ours),
      );
      return isTagged ? null : taken(first.id);
    },
    create: async () => {
      const body = { relativeFilePaths: [...paths] };
      const send = () =>
        deps.domino.datasets.createSnapshot({ path, body }, { deadlineMs: attempt.deadlineMs });
      const shared = { kind: 'snapshot', name: dataset, within: datasetId } as const;
      return taken((await createAlone(spec, shared, send)).snapshot.id);
    },
  });
}

/** Nothing deletes a snapshot, so each is listed once, for a person. */
async function sweep(
  deps: DominoDependencies,
  { origin, made, keep }: Parameter<'sweepSnapshots'>,
  datasetId: string,
): Promise<Standing[]> {
  const tags = await tagsOf(deps, datasetId);
  const tagName = tagOf(origin);
  const own = made?.id ?? tags[tagName];
  const others = await untaggedSince(deps, { datasetId, tags }, await startOfRun(origin));
  const beside = others
    .filter(({ id }) => id !== own)
    .map(({ id }) => standing(id, 'it was taken while the run went on, perhaps by it, and no run has it'));
  if (keep === true || own === undefined) return beside;
  if (tags[tagName] !== undefined)
    await ifThere(deps.domino.datasets.removeTag({ path: { datasetId, tagName } }));
  return [standing(own, `${tagName} was taken from it`), ...beside];
}

const standing = (id: string, why: string): Standing => ({
  state: 'left',
  left: {
    ...{ kind: 'snapshot', id, lasting: true },
    reason: `${why}; the platform has no request that deletes a snapshot`,
  },
});
