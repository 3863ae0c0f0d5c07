/** The revisions of an environment whose build has succeeded, and what each is made of. */
import { pageSize } from '../../../platform/pages.js';
import type { DominoDependencies } from '../dependencies.js';

type Domino = DominoDependencies['domino'];

/** A revision as its environment lists it. */
interface Listed {
  readonly id: string;
  readonly number: number;
}

/** A revision that is built. */
export interface BuiltRevision extends Listed {
  readonly summary: string;
  readonly image: string | null;
}

interface Sought {
  readonly environmentId: string;
  readonly fits: (summary: string) => boolean;
  /** Only a build would be saved: one that was built late, behind twenty newer ones, may be overlooked. */
  readonly mayOverlook: boolean;
}

export interface BuiltRevisions {
  /** Finds the newest built revision whose summary fits; `null` when there is none. */
  find(sought: Sought): Promise<BuiltRevision | null>;
  /** Reads what a revision that is built is made of. */
  read(environmentId: string, revision: Listed): Promise<BuiltRevision>;
}

/** What a revision is made of is asked one by one; an environment with more is no longer one to be searched. */
const mostRevisions = 1_000;
const atOnce = 8;
const rememberedAtMost = 20_000;
/** Pages in a row that bring nothing new: newer revisions push others onto them, or every page is the first. */
const mostRepeated = 2;

/** Where an environment is known, few revisions are new: pages need not be long. */
const shortPage = 20;

/** What has been read of an environment. */
interface Known {
  readonly revisions: Map<string, BuiltRevision>;
  readonly readings: Map<string, Promise<BuiltRevision>>;
  /** The highest number that was listed to a search which has read everything behind it; 0 before the first. */
  searchedTo: number;
}

/**
 * Remembers what it has read, as a revision that is built does not change: in an environment that was searched before, a new
 * search costs one page, however many revisions there are.
 */
export function createBuiltRevisions(domino: Domino): BuiltRevisions {
  const environments = new Map<string, Known>();
  let remembered = 0;
  const knownOf = (environmentId: string): Known => {
    const known = environments.get(environmentId) ?? {
      revisions: new Map(),
      readings: new Map(),
      searchedTo: 0,
    };
    environments.set(environmentId, known);
    return known;
  };
  const readNew = async (environmentId: string, listed: Listed): Promise<BuiltRevision> => {
    const revision = await readRevision(domino, listed);
    // What has no image is not told to the end yet.
    if (revision.image === null) return revision;
    if (remembered >= rememberedAtMost) {
      environments.clear();
      remembered = 0;
    }
    knownOf(environmentId).revisions.set(listed.id, revision);
    remembered += 1;
    return revision;
  };
  const read = async (environmentId: string, listed: Listed): Promise<BuiltRevision> => {
    const { revisions, readings } = knownOf(environmentId);
    const before = revisions.get(listed.id) ?? readings.get(listed.id);
    if (before !== undefined) return before;
    const reading = readNew(environmentId, listed).finally(() => readings.delete(listed.id));
    readings.set(listed.id, reading);
    return reading;
  };
  const find = async ({ environmentId, fits, mayOverlook }: Sought): Promise<BuiltRevision | null> => {
    const known = knownOf(environmentId);
    const isShort = mayOverlook && known.searchedTo > 0 && !oneFits(known, fits);
    let [newest, searched] = [0, 0];
    for await (const page of pagesOfBuilt(domino, environmentId, isShort ? shortPage : pageSize)) {
      newest = Math.max(newest, ...page.map(({ number }) => number));
      for (let from = 0; from < page.length; from += atOnce) {
        const some = page.slice(from, from + atOnce);
        const revisions = await Promise.all(some.map((listed) => read(environmentId, listed)));
        const found = revisions.find(({ summary }) => fits(summary));
        if (found !== undefined) return found;
      }
      searched += page.length;
      if (searched >= mostRevisions) break;
      if (isShort && page.some(({ number }) => number <= known.searchedTo)) break;
    }
    known.searchedTo = Math.max(known.searchedTo, newest);
    return null;
  };
  return { find, read };
}

async function readRevision(domino: Domino, { id, number }: Listed): Promise<BuiltRevision> {
  const { environmentRevision } = await domino.environments.revisionDetails({ path: { revisionId: id } });
  const { summary, dockerImage } = environmentRevision;
  return { id, number, summary: summary ?? '', image: dockerImage ?? null };
}

function oneFits({ revisions }: Known, fits: Sought['fits']): boolean {
  for (const { summary } of revisions.values()) if (fits(summary)) return true;
  return false;
}

/** Newest first, each revision once: these pages count from 1, and may be shorter than asked for. */
async function* pagesOfBuilt(domino: Domino, environmentId: string, size: number): AsyncGenerator<Listed[]> {
  const told = new Set<string>();
  let repeated = 0;
  for (let page = 1; ; page += 1) {
    const path = { environmentId, page: String(page), pageSize: String(size) };
    const { revisions, pageInfo } = await domino.environments.listBuiltRevisions({ path });
    const fresh = revisions.filter(({ id }) => !told.has(id));
    for (const { id } of fresh) told.add(id);
    yield fresh.sort((a, b) => b.number - a.number);
    repeated = fresh.length > 0 ? 0 : repeated + 1;
    if (revisions.length === 0 || repeated >= mostRepeated) return;
    if (revisions.length < size && page >= pageInfo.totalPages) return;
  }
}
