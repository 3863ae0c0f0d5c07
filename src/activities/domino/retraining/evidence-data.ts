/** Whether data is newer than what the live model was trained on. */
import type { LiveModel } from '../../../run/undoing/effects.js';
import { PlatformError } from '../../../platform/errors.js';
import type { Reading } from '../../retrain/decision.js';
import { lookTwice, lookTwiceInList } from '../../effect/second-look.js';
import { listDatasets, newestSnapshot } from '../datasets/snapshots.js';
import type { Sources } from './sources.js';

/** How many changed files the evidence names. */
const namedFiles = 5;

type DataSources = Pick<Sources, 'deps' | 'about' | 'projectId' | 'live'>;

const nothingLive: Reading = { verdict: 'holds', reason: 'nothing is live' };
const unknown = (reason: string): Reading => ({ verdict: 'unknown', reason });

/** Holds when the newest finished snapshot is younger than the training of the live model. */
export async function newInDataset(sources: DataSources, nameOrId: string): Promise<Reading> {
  const live = await sources.live();
  if (live === null) return nothingLive;
  const { trainedAt } = live;
  if (trainedAt === null) return unknown(`the platform does not say when ${modelOf(live)} was trained`);
  const { deps } = sources;
  const datasetId = await lookTwiceInList(deps, () => findDataset(sources, nameOrId));
  if (datasetId === null) return unknown(`the project has no dataset ${JSON.stringify(nameOrId)}`);
  const newest = (await newestSnapshot(deps.domino, datasetId))?.createdAt ?? null;
  if (newest === null) return { verdict: 'fails', bound: trainedAt, reason: 'it has no finished snapshot' };
  return {
    verdict: Date.parse(newest) > Date.parse(trainedAt) ? 'holds' : 'fails',
    value: newest,
    bound: trainedAt,
    source: 'the newest snapshot',
  };
}

const modelOf = ({ model, modelVersion }: LiveModel): string => `version ${modelVersion} of ${model}`;

async function findDataset({ deps, projectId }: DataSources, nameOrId: string): Promise<string | null> {
  const id = await projectId();
  for await (const dataset of listDatasets(deps.domino, id))
    if (dataset.id === nameOrId || (dataset.isOwn && dataset.name === nameOrId)) return dataset.id;
  return null;
}

/** Holds when a file differs between the newest commit and the one that the live model was trained on. */
export async function newInFiles(sources: DataSources, path: string): Promise<Reading> {
  const live = await sources.live();
  if (live === null) return nothingLive;
  const { commitId } = live;
  if (commitId === null)
    return unknown(`the platform does not say on which commit ${modelOf(live)} was trained`);
  const { owner, project } = namesOf(sources);
  const [newest] = await sources.deps.domino.projectFiles.listCommits({ path: { owner, project } });
  if (newest === undefined) return unknown('the project has no commit');
  const head = typeof newest === 'string' ? newest : newest.id;
  const source = `commits ${commitId.slice(0, 8)} and ${head.slice(0, 8)}`;
  if (head === commitId) return { verdict: 'fails', value: 0, source, reason: 'there is no commit since' };
  const [then, now] = await Promise.all([keysAt(sources, commitId, path), keysAt(sources, head, path)]);
  if (then.size === 0 && now.size === 0) return unknown(`the project has no file ${JSON.stringify(path)}`);
  const changed = [...new Set([...then.keys(), ...now.keys()])].filter(
    (file) => then.get(file) !== now.get(file),
  );
  if (changed.length === 0) return { verdict: 'fails', value: 0, source, reason: 'no file has changed' };
  return { verdict: 'holds', value: changed.length, source, reason: named(changed) };
}

function named(changed: readonly string[]): string {
  const more = changed.length - namedFiles;
  return `changed: ${changed.slice(0, namedFiles).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function namesOf({ about }: DataSources): { owner: string; project: string } {
  const [owner = '', project = ''] = about.project.split('/');
  return { owner, project };
}

type ListedFile = Awaited<ReturnType<typeof filesIn>>[number];

/** The content of each file, by its path. That there is none is said only when two looks show none. */
async function keysAt(sources: DataSources, commitId: string, path: string): Promise<Map<string, string>> {
  const files = await lookTwice(sources.deps, async () => {
    const seen = await filesAt(sources, commitId, path);
    return seen.length === 0 ? null : seen;
  });
  return new Map(files?.map(({ path: file, key }) => [file, key]));
}

/** What is not a folder is looked for in the folder that it is in. */
async function filesAt(sources: DataSources, commitId: string, path: string): Promise<ListedFile[]> {
  const wanted = path.replaceAll(/^(\.?\/)+|\/+$|^\.$/g, '');
  const isWanted = (file: string): boolean =>
    wanted === '' || file === wanted || file.startsWith(`${wanted}/`);
  const below = async (folder: string) =>
    (await filesIn(sources, commitId, folder)).filter((file) => isWanted(file.path));
  const own = await below(wanted);
  return own.length > 0 || wanted === '' ? own : below(wanted.split('/').slice(0, -1).join('/'));
}

/** No files where there is no such folder. */
async function filesIn(sources: DataSources, commitId: string, path: string) {
  try {
    return (await sources.deps.domino.projectFiles.list({ path: { ...namesOf(sources), commitId, path } }))
      .data;
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'NOT_FOUND') return [];
    throw error;
  }
}
