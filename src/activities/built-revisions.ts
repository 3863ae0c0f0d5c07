/** The revisions of an environment whose build has succeeded, and what each is made of. */
import { pageSize } from '../platform/pages.js';
import type { ActivityDependencies } from './dependencies.js';

type Domino = ActivityDependencies['domino'];

/** A revision that is built. */
export interface BuiltRevision {
  readonly id: string;
  readonly number: number;
  readonly summary: string;
  readonly image: string | null;
}

/** Finds the newest built revision whose summary fits; `null` when there is none. */
export type FindBuilt = (
  environmentId: string,
  fits: (summary: string) => boolean,
) => Promise<BuiltRevision | null>;

/** What a revision is made of is asked one by one; an environment with more is no longer one to be searched. */
const mostRevisions = 1_000;
const atOnce = 8;
const rememberedAtMost = 20_000;
/** Pages in a row that bring nothing new: newer revisions push others onto them, or every page is the first. */
const mostRepeated = 2;

/** A search that remembers what it has read: a revision that is built does not change. */
export function createBuiltRevisions(domino: Domino): FindBuilt {
  const known = new Map<string, BuiltRevision>();
  const read = async ({ id, number }: Listed): Promise<BuiltRevision> => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const { environmentRevision } = await domino.environments.revisionDetails({ path: { revisionId: id } });
    const { summary, dockerImage } = environmentRevision;
    const revision = { id, number, summary: summary ?? '', image: dockerImage ?? null };
    if (known.size >= rememberedAtMost) known.clear();
    known.set(id, revision);
    return revision;
  };
  return async (environmentId, fits) => {
    let some: Listed[] = [];
    let searched = 0;
    const fitting = async () => {
      const revisions = await Promise.all(some.map(read));
      searched += some.length;
      some = [];
      return revisions.find(({ summary }) => fits(summary));
    };
    for await (const revision of listBuilt(domino, environmentId)) {
      some.push(revision);
      if (some.length < atOnce) continue;
      const found = await fitting();
      if (found !== undefined) return found;
      if (searched >= mostRevisions) return null;
    }
    return (await fitting()) ?? null;
  };
}

interface Listed {
  readonly id: string;
  readonly number: number;
}

/** Newest first, each once: these pages count from 1, and may be shorter than asked for. */
async function* listBuilt(domino: Domino, environmentId: string): AsyncGenerator<Listed> {
  const told = new Set<string>();
  let repeated = 0;
  for (let page = 1; ; page += 1) {
    const path = { environmentId, page: String(page), pageSize: String(pageSize) };
    const { revisions, pageInfo } = await domino.environments.listBuiltRevisions({ path });
    const fresh = revisions.filter(({ id }) => !told.has(id));
    for (const { id } of fresh) told.add(id);
    yield* fresh.sort((a, b) => b.number - a.number);
    repeated = fresh.length > 0 ? 0 : repeated + 1;
    if (revisions.length === 0 || repeated >= mostRepeated) return;
    if (revisions.length < pageSize && page >= pageInfo.totalPages) return;
  }
}
