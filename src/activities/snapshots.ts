/** Datasets of a project, and which of their snapshots is the newest. */
import type { Dataset, Snapshot } from '../contract/domino/datasets.js';
import type { z } from 'zod';
import { eachItem } from '../platform/pages.js';
import type { ActivityDependencies } from './dependencies.js';

/** A snapshot is data once it is copied. */
const finished = 'active';

type Domino = ActivityDependencies['domino'];

/** Those of the project; a server that does not know the filter lists the datasets of everybody. */
export async function* listDatasets(
  domino: Domino,
  projectId: string,
): AsyncGenerator<z.output<typeof Dataset> & { readonly isOwn: boolean }> {
  const page = async (paging: { offset: number; limit: number }) =>
    (await domino.datasets.list({ query: { projectIdsToInclude: [projectId], ...paging } })).datasets;
  for await (const { dataset } of eachItem(page))
    yield { ...dataset, isOwn: (dataset.projectId ?? projectId) === projectId };
}

/** The newest that is finished, of those made before `before`. In what order they are listed is not documented. */
export async function newestSnapshot(
  domino: Domino,
  datasetId: string,
  { before }: { readonly before?: string } = {},
): Promise<z.output<typeof Snapshot> | null> {
  const page = async (query: { offset: number; limit: number }) =>
    (await domino.datasets.listSnapshots({ path: { datasetId }, query })).snapshots;
  let newest: z.output<typeof Snapshot> | null = null;
  for await (const snapshot of eachItem(page)) {
    if (snapshot.status.toLowerCase() !== finished) continue;
    const atMs = Date.parse(snapshot.createdAt);
    if (before !== undefined && atMs >= Date.parse(before)) continue;
    if (newest === null || atMs > Date.parse(newest.createdAt)) newest = snapshot;
  }
  return newest;
}
