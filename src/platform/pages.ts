/** Reading lists that page by offset. */

/** Items asked for at once. */
export const pageSize = 100;
/** No list that is searched is longer; a server that ignores `offset` must not be read for ever. */
const maxPages = 50;

/** Every item, page by page, until a page is short. */
export async function* eachItem<T>(
  read: (paging: { offset: number; limit: number }) => Promise<readonly T[]>,
  limits: { pages?: number } = {},
): AsyncGenerator<T> {
  for (let page = 0; page < (limits.pages ?? maxPages); page += 1) {
    const items = await read({ offset: page * pageSize, limit: pageSize });
    yield* items;
    if (items.length < pageSize) return;
  }
}
