/** Datasets, their snapshots and their tags. */
import type { domino } from '../../contract/domino/index.js';
import { Refusal, notFound } from '../errors.js';
import { missing } from './errors.js';
import { type Simulation, need } from './world/simulation.js';
import type { Dataset, Project, Snapshot } from './world/state.js';
import { snapshotStatus } from './world/timelines.js';
import { type Handlers, iso, pageOf } from './handlers.js';

/** The handlers of datasets. */
export const datasets: Handlers<typeof domino>['datasets'] = {
  list({ state }, { query, metadata }) {
    const { projectIdsToInclude: projectIds } = query;
    const wanted = [...state.datasets.values()].filter(
      ({ project }) => projectIds === undefined || projectIds.includes(project.id),
    );
    const { items, paging } = pageOf(wanted, query);
    return {
      datasets: items.map((dataset) => ({ dataset: datasetView(dataset) })),
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
  listSnapshots(simulation, { path, query, metadata }) {
    const { snapshots } = need(simulation.state.datasets, path.datasetId, 'dataset');
    const { items, paging } = pageOf(snapshots, query);
    return {
      snapshots: items.map((snapshot) => snapshotView(simulation, snapshot)),
      metadata: { ...metadata, ...paging },
    };
  },
  createSnapshot(simulation, { path, body, metadata, note }) {
    const { state, ids, clock, world } = simulation;
    const dataset = need(state.datasets, path.datasetId, 'dataset');
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
  for (const { name, project: of } of state.datasets.values())
    if (name === body.name && of === project)
      throw new Refusal(400, `A dataset named ${JSON.stringify(name)} already exists in the project`);
  const { name, description = '' } = body;
  const dataset: Dataset = {
    ...{ id: ids.next(), name, description, project },
    createdAt: clock.now(),
    snapshots: [],
    tags: new Map(),
  };
  state.datasets.set(dataset.id, dataset);
  return dataset;
}

/** The project that is named, or the one of the snapshot that a dataset is made from. */
function projectFor(
  { state }: Simulation,
  {
    projectId,
    snapshotId,
  }: { readonly projectId?: string | undefined; readonly snapshotId?: string | undefined },
): Project {
  if (projectId !== undefined) return need(state.projects, projectId, 'project');
  if (snapshotId === undefined) throw missing('projectId');
  const from = [...state.datasets.values()].find(({ snapshots }) =>
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
