/** Datasets, their snapshots, tags and grants. */
import type { domino } from '../../contract/domino/index.js';
import { Refusal, notFound } from '../errors.js';
import { missing } from './errors.js';
import { liveProject } from './world/live.js';
import { checkGrantees } from './world/people.js';
import { type Simulation, need } from './world/simulation.js';
import type { Dataset, GrantedRole, Project, Snapshot } from './world/state.js';
import { snapshotStatus } from './world/timelines.js';
import { type Handlers, iso, pageOf } from './handlers.js';

/** The handlers of datasets. */
export const datasets: Handlers<typeof domino>['datasets'] = {
  list({ state }, { query, metadata }) {
    const { projectIdsToInclude, projectIdsToExclude, includeArchivedProjects = true } = query;
    if (projectIdsToInclude !== undefined && projectIdsToExclude !== undefined)
      throw new Refusal(400, 'Either projectIdsToInclude or projectIdsToExclude can be given, not both');
    const wanted = [...state.datasets.values()]
      .filter(
        ({ project }) =>
          projectIdsToInclude?.includes(project.id) !== false &&
          projectIdsToExclude?.includes(project.id) !== true &&
          (includeArchivedProjects || !project.archived),
      )
      .filter((dataset) => isAllowed(state, dataset, query.minimumPermission));
    const { items, paging } = pageOf(wanted, query);
    return {
      datasets: items.map((dataset) => ({
        dataset: datasetView(dataset),
        ...(query.includeProjectInfo === true && { projectInfo: projectView(dataset.project) }),
      })),
      metadata: { ...metadata, ...paging },
    };
  },
  create(simulation, { body, metadata, note }) {
    const dataset = createDataset(simulation, body);
    note('created', 'dataset', dataset.id, dataset.description);
    return { dataset: datasetView(dataset), metadata };
  },
  get: ({ state }, { path, metadata }) => ({
    dataset: datasetView(need(state.datasets, path.datasetId, 'dataset')),
    metadata,
  }),
  update(simulation, { path, body, metadata, note }) {
    const dataset = datasetOf(simulation, path);
    if (body.name !== undefined && body.name !== dataset.name)
      refuseTaken(simulation, dataset.project, body.name);
    dataset.name = body.name ?? dataset.name;
    dataset.description = body.description ?? dataset.description;
    note('changed', 'dataset', dataset.id, dataset.description);
    return { dataset: datasetView(dataset), metadata };
  },
  delete(simulation, { path, metadata, note }) {
    const dataset = datasetOf(simulation, path);
    removeDataset(simulation, dataset);
    note('changed', 'dataset', dataset.id, dataset.description);
    return { dataset: datasetView(dataset), metadata };
  },
  listSnapshots(simulation, { path, query, metadata }) {
    const { snapshots } = datasetOf(simulation, path);
    const { items, paging } = pageOf(snapshots, query);
    return {
      snapshots: items.map((snapshot) => snapshotView(simulation, snapshot)),
      metadata: { ...metadata, ...paging },
    };
  },
  createSnapshot(simulation, { path, body, metadata, note }) {
    const { ids, clock, world } = simulation;
    const dataset = datasetOf(simulation, path);
    if (body.relativeFilePaths.length === 0) throw new Refusal(400, 'relativeFilePaths must not be empty');
    const id = ids.next();
    const createdAt = clock.now();
    const copiedAt = createdAt + ids.durationMs(id, world.durations.snapshot);
    const snapshot = { id, datasetId: dataset.id, createdAt, copiedAt };
    dataset.snapshots.push(snapshot);
    note('created', 'snapshot', id);
    return { snapshot: snapshotView(simulation, snapshot), metadata };
  },
  getSnapshot(simulation, { path, metadata }) {
    const all = [...simulation.state.datasets.values()].flatMap(({ snapshots }) => snapshots);
    const snapshot = all.find(({ id }) => id === path.snapshotId);
    if (snapshot === undefined) throw notFound('snapshot', path.snapshotId);
    return { snapshot: snapshotView(simulation, snapshot), metadata };
  },
  addTag({ state }, { path, body, metadata, note }) {
    const dataset = need(state.datasets, path.datasetId, 'dataset');
    if (!dataset.snapshots.some(({ id }) => id === body.snapshotId))
      throw notFound('snapshot', body.snapshotId);
    if (body.tagName === '') throw new Refusal(400, 'tagName must not be empty');
    dataset.tags.set(body.tagName, body.snapshotId);
    note('changed', 'dataset', dataset.id);
    return { dataset: datasetView(dataset), metadata };
  },
  removeTag({ state }, { path, metadata, note }) {
    const dataset = need(state.datasets, path.datasetId, 'dataset');
    if (!dataset.tags.delete(path.tagName)) throw notFound('tag', path.tagName);
    note('changed', 'dataset', dataset.id);
    return { dataset: datasetView(dataset), metadata };
  },
  listGrants(simulation, { path, metadata }) {
    const { users, organizations } = simulation.state;
    return {
      grantDetails: grantsView(datasetOf(simulation, path)).map((grant) => ({
        ...grant,
        targetName: (users.get(grant.targetId) ?? organizations.get(grant.targetId))?.name ?? '',
        isOrganization: organizations.has(grant.targetId),
      })),
      metadata,
    };
  },
  addGrant(simulation, { path, body, metadata, note }) {
    const dataset = datasetOf(simulation, path);
    refuseGrants(simulation.state, [body]);
    dataset.grants.set(body.targetId, body.targetRole);
    note('changed', 'dataset', dataset.id, dataset.description);
    return { grants: grantsView(dataset), metadata };
  },
  removeGrant(simulation, { path, body, metadata, note }) {
    const dataset = datasetOf(simulation, path);
    if (dataset.grants.get(body.targetId) !== body.targetRole)
      throw notFound('grant', `${body.targetId} ${body.targetRole}`);
    dataset.grants.delete(body.targetId);
    note('changed', 'dataset', dataset.id, dataset.description);
    return { grants: grantsView(dataset), metadata };
  },
};

/**
 * Creates a dataset.
 *
 * @throws Refusal 400 for a name that its project has already, 404
 */
export function createDataset(
  simulation: Simulation,
  body: Parameters<typeof datasets.create>[1]['body'],
): Dataset {
  const { state, ids, clock } = simulation;
  const project = projectFor(simulation, body);
  refuseTaken(simulation, project, body.name);
  const { name, description = '', grants = [] } = body;
  refuseGrants(state, grants);
  const dataset: Dataset = {
    ...{ id: ids.next(), name, description, project },
    createdAt: clock.now(),
    snapshots: [],
    tags: new Map(),
    grants: new Map([
      ...(body.snapshotId === undefined ? grants : []).map(
        ({ targetId, targetRole }) => [targetId, targetRole] as const,
      ),
      [state.user.id, 'DatasetRwOwner'],
    ]),
  };
  state.datasets.set(dataset.id, dataset);
  return dataset;
}

/** Removes a dataset, also from the projects that it is shared with. */
export function removeDataset({ state }: Simulation, { id }: Dataset): void {
  state.datasets.delete(id);
  for (const { sharedDatasetIds } of state.projects.values()) sharedDatasetIds.delete(id);
}

const datasetOf = ({ state }: Simulation, { datasetId }: { readonly datasetId: string }): Dataset =>
  need(state.datasets, datasetId, 'dataset');

/**
 * Refuses a name that a dataset of the project has already.
 *
 * @throws Refusal 400
 */
export function refuseTaken({ state }: Simulation, project: Project, name: string): void {
  for (const dataset of state.datasets.values())
    if (dataset.name === name && dataset.project === project)
      throw new Refusal(400, `A dataset named ${JSON.stringify(name)} already exists in the project`);
}

function refuseGrants(
  state: Simulation['state'],
  grants: readonly { readonly targetId: string; readonly targetRole: GrantedRole }[],
): void {
  checkGrantees(
    state,
    grants.map(({ targetId }) => targetId),
  );
  for (const { targetId, targetRole } of grants)
    if (targetRole === 'DatasetRwOwner' && state.organizations.has(targetId))
      throw new Refusal(400, 'An organization cannot own a dataset');
}

const grantsView = ({ grants }: Dataset) =>
  [...grants].map(([targetId, targetRole]) => ({ targetId, targetRole }));

const projectView = ({ id, name, owner }: Project) => ({
  projectId: id,
  projectName: name,
  projectOwnerUsername: owner.name,
});

const reading = ['ListDatasetRwV2', 'ReadDatasetRwV2'];
const editing = [...reading, 'UpdateDatasetRwV2', 'PerformDatasetRwActionsInProjectV2'];

/** What a role is allowed to do. An owner is allowed everything. */
const allowed = { DatasetRwReader: reading, DatasetRwEditor: editing };

/** Whether who asks is allowed to do something with a dataset, by itself or as a member of an organization. */
function isAllowed(
  { user, organizations }: Simulation['state'],
  { grants }: Dataset,
  permission: string | undefined,
): boolean {
  if (permission === undefined) return true;
  const own = [...grants].filter(
    ([id]) => id === user.id || organizations.get(id)?.members.has(user.id) === true,
  );
  return own.some(([, role]) => role === 'DatasetRwOwner' || allowed[role].includes(permission));
}

/** The project that is named, or the one of the snapshot that a dataset is made from. */
function projectFor(
  simulation: Simulation,
  {
    projectId,
    snapshotId,
  }: { readonly projectId?: string | undefined; readonly snapshotId?: string | undefined },
): Project {
  if (projectId !== undefined) return liveProject(simulation, projectId);
  if (snapshotId === undefined) throw missing('projectId');
  const from = [...simulation.state.datasets.values()].find(({ snapshots }) =>
    snapshots.some(({ id }) => id === snapshotId),
  );
  if (from === undefined) throw notFound('snapshot', snapshotId);
  return from.project;
}

const datasetView = ({ id, name, description, project, createdAt, snapshots, tags }: Dataset) => ({
  id,
  name,
  description,
  projectId: project.id,
  snapshotIds: snapshots.map((snapshot) => snapshot.id),
  tags: Object.fromEntries(tags),
  createdAt: iso(createdAt),
});

const snapshotView = ({ clock, state }: Simulation, snapshot: Snapshot) => ({
  id: snapshot.id,
  datasetId: snapshot.datasetId,
  createdAt: iso(snapshot.createdAt),
  creatorId: state.user.id,
  status: snapshotStatus(snapshot, clock.now()),
});
