/** The revisions of an environment whose build has succeeded, and what each is made of. */
import { pageSize } from '../platform/pages.js';
import type { ActivityDependencies } from './dependencies.js';

type Domino = ActivityDependencies['domino'];

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
  /** Only a build would be saved: one that was built late, behind a page of newer ones, may be overlooked. */
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

/** What has been read of an environment. */
interface Known {
  readonly revisions: Map<string, Promise<BuiltRevision>>;
  /** A search has read its pages to the end: what is listed behind a known revision is known too. */
  isWhole: boolean;
}

/**
 * Remembers what it has read, as a revision that is built does not change: in an environment that was searched before, a new
 * search costs one page, however many revisions there are.
 */
export function createBuiltRevisions(domino: Domino): BuiltRevisions {
  const environments = new Map<string, Known>();
  let remembered = 0;
  const knownOf = (environmentId: string): Known => {
    const known = environments.get(environmentId) ?? { revisions: new Map(), isWhole: false };
    environments.set(environmentId, known);
    return known;
  };
  const read = (environmentId: string, listed: Listed): Promise<BuiltRevision> => {
    const before = environments.get(environmentId)?.revisions.get(listed.id);
    if (before !== undefined) return before;
    if (remembered >= rememberedAtMost) {
      environments.clear();
      remembered = 0;
    }
    const { revisions } = knownOf(environmentId);
    const reading = readRevision(domino, listed);
    revisions.set(listed.id, reading);
    remembered += 1;
    const forget = () => revisions.delete(listed.id);
    // What has no image is not told to the end yet.
    reading.then(({ image }) => image === null && forget(), forget);
    return reading;
  };
  const find = async ({ environmentId, fits, mayOverlook }: Sought): Promise<BuiltRevision | null> => {
    const known = knownOf(environmentId);
    let searched = 0;
    for await (const page of pagesOfBuilt(domino, environmentId)) {
      const leadsToKnown = known.isWhole && page.some(({ id }) => known.revisions.has(id));
      for (let from = 0; from < page.length; from += atOnce) {
        const some = page.slice(from, from + atOnce);
        const revisions = await Promise.all(some.map((listed) => read(environmentId, listed)));
        const found = revisions.find(({ summary }) => fits(summary));
        if (found !== undefined) return found;
      }
      searched += page.length;
      if (searched >= mostRevisions) break;
      // One that fits is read as listed before it is taken: it may have been begun again meanwhile.
      if (mayOverlook && leadsToKnown && !(await oneFits(known, fits))) return null;
    }
    known.isWhole = true;
    return null;
  };
  return { find, read };
}

async function readRevision(domino: Domino, { id, number }: Listed): Promise<BuiltRevision> {
  const { environmentRevision } = await domino.environments.revisionDetails({ path: { revisionId: id } });
  const { summary, dockerImage } = environmentRevision;
  return { id, number, summary: summary ?? '', image: dockerImage ?? null };
}

async function oneFits({ revisions }: Known, fits: Sought['fits']): Promise<boolean> {
  return (await Promise.all(revisions.values())).some(({ summary }) => fits(summary));
}

/** Newest first, each revision once: these pages count from 1, and may be shorter than asked for. */
async function* pagesOfBuilt(domino: Domino, environmentId: string): AsyncGenerator<Listed[]> {
  const told = new Set<string>();
  let repeated = 0;
  for (let page = 1; ; page += 1) {
    const path = { environmentId, page: String(page), pageSize: String(pageSize) };
    const { revisions, pageInfo } = await domino.environments.listBuiltRevisions({ path });
    const fresh = revisions.filter(({ id }) => !told.has(id));
    for (const { id } of fresh) told.add(id);
    yield fresh.sort((a, b) => b.number - a.number);
    repeated = fresh.length > 0 ? 0 : repeated + 1;
    if (revisions.length === 0 || repeated >= mostRepeated) return;
    if (revisions.length < pageSize && page >= pageInfo.totalPages) return;
  }
}
