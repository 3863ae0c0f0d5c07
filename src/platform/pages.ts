/**
 * Reading lists that page by offset. A list is neither a set nor a snapshot: what is added or removed while it is read
 * moves items between its pages, so each item is told once and pages overlap.
 */

/** Items asked for at once. */
export const pageSize = 100;
/** How far a page reaches back into the one before: as many items may go meanwhile without one being missed. */
const overlap = 10;

/** How a list is read. */
export interface Reading<T> {
  /** What an item is known by; left out, its `id`. */
  readonly key?: (item: T) => unknown;
  /** No more pages than this; left out, as many as there are. */
  readonly pages?: number;
  /** Whether to read on after such a page, the last one read; left out, always. */
  readonly goesOn?: (page: readonly T[]) => boolean | Promise<boolean>;
}

/** Every item once, page by page, until a page is short or brings nothing new: some servers ignore `offset`. */
export async function* eachItem<T>(
  read: (paging: { offset: number; limit: number }) => Promise<readonly T[]>,
  { key = idOf, pages = Number.POSITIVE_INFINITY, goesOn = () => true }: Reading<T> = {},
): AsyncGenerator<T> {
  const told = new Set<unknown>();
  for (let page = 0; page < pages; page += 1) {
    const items = await read({ offset: page * (pageSize - overlap), limit: pageSize });
    const before = told.size;
    for (const item of items) {
      const known = key(item);
      if (told.has(known)) continue;
      told.add(known);
      yield item;
    }
    if (items.length < pageSize || told.size === before || !(await goesOn(items))) return;
  }
}

const idOf = (item: unknown): unknown =>
  typeof item === 'object' && item !== null && 'id' in item ? item.id : item;
