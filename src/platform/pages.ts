/**
 * Reading lists that page by offset. A list is neither a set nor a snapshot: what is added or removed while it is read
 * moves items between its pages, so each item is told once and pages overlap. Nor is a short page its end: a server may
 * give fewer items than it is asked for, and not say so.
 */
import { PlatformError } from './errors.js';

/** Items asked for at once. */
export const pageSize = 100;
/** How far a page reaches back into the one before: as many items may go meanwhile without one being missed. */
const overlap = 10;
/** Whole pages in a row that bring nothing new: at some servers every page is the first. */
const mostRepeated = 2;

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** How many items the list has, where the platform says so. */
  readonly total?: number | undefined;
}

/** How a list is read. */
export interface Reading<T> {
  /** What an item is known by; left out, its `id`. */
  readonly key?: (item: T) => unknown;
  /** How many items of the list to leave out at first; none, unless stated. */
  readonly from?: number;
  /** Items asked for at once; left out, as many as suit most lists. A platform may give fewer. */
  readonly limit?: number;
  /** No more pages than this; left out, as many as there are. */
  readonly pages?: number;
  /** Whether to read on after such a page, the last one read; left out, always. */
  readonly goesOn?: (page: readonly T[]) => boolean | Promise<boolean>;
}

/** Reads one page. */
type Read<T> = (paging: { offset: number; limit: number }) => Promise<Page<T>>;

interface Counted {
  readonly totalCount?: number | null | undefined;
}

/** A page out of what an answer says: some deployments write about their pages one level deeper. */
export const pageOf = <T>(
  items: readonly T[],
  metadata: (Counted & { readonly pagination?: Counted | null | undefined }) | undefined,
): Page<T> => ({ items, total: metadata?.totalCount ?? metadata?.pagination?.totalCount ?? undefined });

/** Every item once, page by page, to the end of the list. */
export async function* eachItem<T>(
  read: Read<T>,
  {
    key = idOf,
    from = 0,
    limit = pageSize,
    pages = Number.POSITIVE_INFINITY,
    goesOn = () => true,
  }: Reading<T> = {},
): AsyncGenerator<T> {
  const readPage = withinLimits(read, limit);
  const told = new Set<unknown>();
  let [offset, longest, repeated] = [from, 0, 0];
  for (let page = 0; page < pages; page += 1) {
    const { items, total } = await readPage(offset);
    const before = told.size;
    for (const item of items) {
      const known = key(item);
      if (told.has(known)) continue;
      told.add(known);
      yield item;
    }
    if (items.length === 0 || from + told.size === total) return;
    longest = Math.max(longest, items.length);
    repeated = told.size > before ? 0 : repeated + 1;
    if (repeated > 0 && isEnd({ items, total }, { offset, longest, repeated })) return;
    if (!(await goesOn(items))) return;
    const back = repeated > 0 ? 0 : Math.min(overlap, Math.floor(items.length / 2));
    offset += items.length - back;
  }
}

/** Whether a page without anything new is the last one, and not one that newer items have pushed others onto. */
const isEnd = (
  { items, total = 0 }: Page<unknown>,
  { offset, longest, repeated }: Readonly<Record<'offset' | 'longest' | 'repeated', number>>,
): boolean => items.length < longest || (repeated >= mostRepeated && offset + items.length >= total);

/** Reads pages that are as long as they may be: where an answer is larger than allowed, ever fewer items are asked for. */
function withinLimits<T>(read: Read<T>, first: number): (offset: number) => Promise<Page<T>> {
  let limit = first;
  return async (offset) => {
    for (;;)
      try {
        return await read({ offset, limit });
      } catch (error) {
        if (!(error instanceof PlatformError) || !error.isTooLarge || limit === 1) throw error;
        limit = Math.max(1, Math.floor(limit / 4));
      }
  };
}

const idOf = (item: unknown): unknown =>
  typeof item === 'object' && item !== null && 'id' in item ? item.id : item;
