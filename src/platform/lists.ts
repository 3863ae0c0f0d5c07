/** Lists of a contract, item by item, however they are paged. */
import type { Endpoint, Input, Output, Paging } from '../contract/endpoint.js';
import { pagingOf } from '../contract/paging.js';
import type { CallInput } from './call.js';
import { type Page, type Reading, eachItem, pageOf, pageSize } from './pages.js';

/** One item of the list that an endpoint answers. */
export type ItemOf<E extends Endpoint> = ItemIn<Output<E>>;
type ItemIn<T> = T extends readonly (infer I)[]
  ? I
  : { [K in keyof T]-?: NonNullable<T[K]> extends readonly (infer I)[] ? I : never }[keyof T];

/** Calls an endpoint once. */
type Call<E extends Endpoint> = (input: Input<E>) => Promise<Output<E>>;

/**
 * Every item of a list once, in the order in which the platform lists them. One page is read at a time, when it is asked for.
 *
 * @throws TypeError for an endpoint that is no list, and whatever `list` throws
 */
export const itemsOf = <E extends Endpoint>(
  endpoint: E,
  list: Call<E>,
  input: Input<E>,
  reading?: Reading<ItemOf<E>>,
): AsyncGenerator<ItemOf<E>> =>
  // Boundary casts: what is listed is what the schema of the endpoint has let through.
  anyItemsOf(endpoint, list as AnyCall, input, reading as Reading<unknown>) as AsyncGenerator<ItemOf<E>>;

type AnyCall = (input: CallInput) => Promise<unknown>;

/** The same, of an endpoint that is known by its name alone. */
export function anyItemsOf(
  endpoint: Endpoint,
  list: AnyCall,
  input: CallInput,
  reading: Reading<unknown> = {},
): AsyncGenerator {
  const paging = pagingOf(endpoint);
  if (paging === null) throw new TypeError(`${endpoint.path} answers no list`);
  // Lines of a log may be there twice; what is told in one page is told by the platform once.
  const key = paging.by === 'none' ? (item: unknown) => idOf(item) ?? Symbol() : keyOf;
  const how = { key, ...reading };
  if (paging.by === 'offset') return eachByOffset(endpoint, { paging, list, input }, how);
  return eachOnce(pagesOf(endpoint, { paging, list, input }), how);
}

/** A list to be read. */
interface Listing {
  readonly paging: Paging;
  readonly list: AnyCall;
  readonly input: CallInput;
}

function eachByOffset(
  endpoint: Endpoint,
  { paging, list, input }: Listing,
  reading: Reading<unknown>,
): AsyncGenerator {
  const { offset, limit, ...query } = fieldsOf(input.query);
  const read = async (page: { offset: number; limit: number }): Promise<Page<unknown>> => {
    const answer = await list({ ...input, query: { ...query, ...page } });
    return pageOf(itemsIn(answer, paging), fieldsOf(fieldsOf(answer)['metadata'] ?? answer));
  };
  const from = typeof offset === 'number' ? offset : 0;
  const most = typeof limit === 'number' ? limit : largestPage(endpoint, query);
  return eachItem(read, { from, limit: most, ...reading });
}

/** As many as are usual, or as many as the endpoint takes at most. */
function largestPage({ query }: Endpoint, asked: object): number {
  const issues = query?.safeParse({ ...asked, limit: pageSize }).error?.issues ?? [];
  const tooMany = issues.find(({ code, path }) => code === 'too_big' && path.join('.') === 'limit');
  return tooMany?.code === 'too_big' ? Number(tooMany.maximum) : pageSize;
}

/** Whole pages of lists that say themselves where the next one begins; the last one is the last that has one. */
async function* pagesOf(
  endpoint: Endpoint,
  { paging, list, input }: Listing,
): AsyncGenerator<readonly unknown[]> {
  const seen = new Set<unknown>();
  let next: unknown = paging.by === 'page' ? given(input, paging.ask, paging.first) : undefined;
  for (;;) {
    const answer = await list(
      next === undefined || !('ask' in paging) ? input : asking(endpoint, input, paging.ask, next),
    );
    const items = itemsIn(answer, paging);
    yield items;
    if (paging.by === 'none' || paging.by === 'offset' || items.length === 0) return;
    const following: unknown = paging.by === 'page' ? Number(next) + 1 : at(answer, paging.answer);
    // A server that tells the same place twice would be read for ever.
    if (following === undefined || following === null || following === '' || seen.has(following)) return;
    seen.add(following);
    next = following;
  }
}

const given = ({ path, query }: CallInput, name: string, otherwise: number): number =>
  Number(path?.[name] ?? fieldsOf(query)[name] ?? otherwise);

/** The input with a place in the list: in the path where that has such a parameter, else in the query. */
const asking = ({ path: template }: Endpoint, input: CallInput, name: string, place: unknown): CallInput =>
  template.includes(`{${name}}`)
    ? { ...input, path: { ...input.path, [name]: String(place) } }
    : { ...input, query: { ...fieldsOf(input.query), [name]: place } };

/** Ends at a page that has nothing new: at some servers every page is the first. */
async function* eachOnce(
  pages: AsyncGenerator<readonly unknown[]>,
  { key = keyOf, pages: most = Number.POSITIVE_INFINITY, goesOn = () => true }: Reading<unknown>,
): AsyncGenerator {
  const told = new Set<unknown>();
  let read = 0;
  for await (const page of pages) {
    const fresh = page.filter((item) => !told.has(key(item)));
    for (const item of fresh) {
      if (told.has(key(item))) continue;
      told.add(key(item));
      yield item;
    }
    read += 1;
    if (fresh.length === 0 || read >= most || !(await goesOn(page))) return;
  }
}

/** What an item is known by: its id, or all that is in it. */
const keyOf = (item: unknown): unknown => idOf(item) ?? JSON.stringify(item);

/** Its own, or that of the only object in it. */
function idOf(item: unknown): unknown {
  const fields = fieldsOf(item);
  const [inner, ...others] = Object.values(fields);
  return fields['id'] ?? (others.length === 0 ? fieldsOf(inner)['id'] : undefined) ?? undefined;
}

function itemsIn(answer: unknown, { items }: Paging): readonly unknown[] {
  const found = at(answer, items);
  return Array.isArray(found) ? found : [];
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

/** A value within others, by the names on the way. */
export const at = (value: unknown, path: string): unknown =>
  path === '' ? value : path.split('.').reduce<unknown>((inner, key) => fieldsOf(inner)[key], value);
