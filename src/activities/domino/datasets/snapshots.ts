/** Datasets of a project, and which of their snapshots is the newest. */
import { datasets } from '../../../contract/domino/datasets.js';
import { itemsOf } from '../../../platform/lists.js';
import type { Reading } from '../../../platform/pages.js';
import type { DominoDependencies } from '../dependencies.js';

/** A snapshot is data once it is copied. */
const finished = 'active';

type Domino = DominoDependencies['domino'];

/** A dataset of a list. */
export interface ListedDataset {
  readonly id: string;
  readonly name: string;
  /** Whether it is the project’s own. */
  readonly isOwn: boolean;
}

/** A snapshot that is data. */
export interface FinishedSnapshot {
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** Those of the project; a server that does not know the filter lists the datasets of everybody. */
export async function* listDatasets(domino: Domino, projectId: string): AsyncGenerator<ListedDataset> {
  const query = { projectIdsToInclude: [projectId] };
  for await (const { dataset } of itemsOf(datasets.list, domino.datasets.list, { query }))
    yield { ...dataset, isOwn: (dataset.projectId ?? projectId) === projectId };
}

/** The snapshots of a dataset. In what order they are listed is not documented. */
export function listSnapshots(
  domino: Domino,
  datasetId: string,
  reading: Pick<Reading<unknown>, 'goesOn'> = {},
) {
  return itemsOf(datasets.listSnapshots, domino.datasets.listSnapshots, { path: { datasetId } }, reading);
}

/** The newest that is finished, of those made before `before`. */
export async function newestSnapshot(
  domino: Domino,
  datasetId: string,
  { before }: { readonly before?: string } = {},
): Promise<FinishedSnapshot | null> {
  let newest: FinishedSnapshot | null = null;
  for await (const snapshot of listSnapshots(domino, datasetId)) {
    if (snapshot.status.toLowerCase() !== finished) continue;
    const atMs = Date.parse(snapshot.createdAt);
    if (before !== undefined && atMs >= Date.parse(before)) continue;
    if (newest === null || atMs > Date.parse(newest.createdAt)) newest = snapshot;
  }
  return newest;
}
