/** Lists of a contract: which paging follows from a query and an answer, and every item once, whatever the paging. */
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { contracts } from '../../src/contract/contracts.js';
import { type Endpoint, endpoint, walk } from '../../src/contract/endpoint.js';
import { pagingOf } from '../../src/contract/paging.js';
import type { CallInput } from '../../src/platform/call.js';
import { anyItemsOf } from '../../src/platform/lists.js';
import type { Reading } from '../../src/platform/pages.js';

const Item = z.object({ id: z.number() });
const facts = { method: 'GET', path: '/items', summary: 'Lists.', source: 'here', replay: 'safe' } as const;
const response = z.object({
  items: z.array(Item),
  metadata: z.object({ nextPageToken: z.string().nullish() }),
});

const byOffset = endpoint({
  ...facts,
  query: z.strictObject({ offset: z.number(), limit: z.number().max(40) }),
  response,
});
const byToken = endpoint({ ...facts, query: z.strictObject({ pageToken: z.string().optional() }), response });
const byCursor = endpoint({
  ...facts,
  query: z.strictObject({ cursor: z.string().optional() }),
  response: z.object({ items: z.array(Item), nextCursor: z.string().optional() }),
});
const byPage = endpoint({ ...facts, path: '/page/{page}/items', response: z.array(Item) });
const atOnce = endpoint({ ...facts, response: z.array(Item) });

const whole = Array.from({ length: 95 }, (_, id) => ({ id }));
const slice = (from: number, count: number) => whole.slice(from, from + count);
const queryOf = ({ query }: CallInput) => ({
  ...(query as { offset?: number; limit?: number; pageToken?: string; cursor?: string }),
}); // as the endpoints above state it

async function ids(
  list: Endpoint,
  answer: (input: CallInput) => unknown,
  input: CallInput = {},
): Promise<number[]> {
  const found: number[] = [];
  const send = (sent: CallInput) => Promise.resolve(answer(sent));
  for await (const item of anyItemsOf(list, send, input)) found.push(Item.parse(item).id);
  return found;
}
const all = whole.map(({ id }) => id);

/** The items themselves. */
async function told(
  list: Endpoint,
  answer: (input: CallInput) => unknown,
  input: CallInput = {},
  reading?: Reading<unknown>,
): Promise<unknown[]> {
  const found: unknown[] = [];
  const send = (sent: CallInput) => Promise.resolve(answer(sent));
  for await (const item of anyItemsOf(list, send, input, reading)) found.push(item);
  return found;
}

describe('the paging of a list', () => {
  it('follows from its query and its answer', () => {
    expect([byOffset, byToken, byCursor, byPage, atOnce].map((list) => pagingOf(list))).toEqual([
      { items: 'items', by: 'offset' },
      { items: 'items', by: 'token', ask: 'pageToken', answer: 'metadata.nextPageToken' },
      { items: 'items', by: 'token', ask: 'cursor', answer: 'nextCursor' },
      { items: '', by: 'page', ask: 'page', first: 1 },
      { items: '', by: 'none' },
    ]);
  });

  it('is the stated one where one is stated, and none of what is no list', () => {
    expect(pagingOf({ ...byPage, pages: { items: 'a', by: 'none' } })).toEqual({ items: 'a', by: 'none' });
    expect(pagingOf(endpoint({ ...facts, response: Item }))).toBeNull();
    expect(pagingOf({ ...atOnce, method: 'POST' })).toBeNull();
  });

  it('is known of every list of the contracts in which a creation is found again', () => {
    for (const [, contract] of Object.entries(contracts))
      for (const {
        group,
        endpoint: { found },
      } of walk(contract))
        if (found !== undefined && found !== 'none' && 'in' in found) {
          const list = contract[group]?.[found.in];
          expect(list && pagingOf(list)).toMatchObject({
            items: found.items ?? '',
            by: found.pages ? 'offset' : expect.any(String),
          });
        }
  });
});

describe('every item of a list is told once', () => {
  it('by offset, in pages that are as long as they may be', async () => {
    const limits = new Set<unknown>();
    const answer = (input: CallInput) => {
      const { offset = 0, limit = 0 } = queryOf(input);
      limits.add(limit);
      return { items: slice(offset, limit), metadata: {} };
    };
    expect(await ids(byOffset, answer)).toEqual(all);
    expect([...limits]).toEqual([40]);
    expect(await ids(byOffset, answer, { query: { offset: 90 } })).toEqual([90, 91, 92, 93, 94]);
  });

  it('by token, to the page that has none, and not for ever where the same one comes again', async () => {
    const answer = (input: CallInput) => {
      const from = Number(queryOf(input).pageToken ?? 0);
      return { items: slice(from, 30), metadata: { nextPageToken: from < 90 ? String(from + 30) : null } };
    };
    expect(await ids(byToken, answer)).toEqual(all);
    expect(await ids(byToken, () => ({ items: slice(0, 3), metadata: { nextPageToken: 'x' } }))).toEqual([
      0, 1, 2,
    ]);
  });

  it('by cursor', async () => {
    const answer = (input: CallInput) => {
      const from = Number(queryOf(input).cursor ?? 0);
      return { items: slice(from, 50), ...(from === 0 && { nextCursor: '50' }) };
    };
    expect(await ids(byCursor, answer)).toEqual(all);
  });

  it('by a link to the next page', async () => {
    const linked = { ...byCursor, response: z.object({ items: z.array(Item), next: z.string().nullish() }) };
    const answer = (input: CallInput) => {
      const from = Number(queryOf(input).cursor ?? 0);
      return { items: slice(from, 50), next: from === 0 ? 'https://here/items?limit=50&cursor=50' : null };
    };
    expect(await ids(linked, answer)).toEqual(all);
  });

  it('by number of the page, also where every page is the first', async () => {
    expect(await ids(byPage, ({ path }) => slice((Number(path?.['page']) - 1) * 20, 20))).toEqual(all);
    expect(await ids(byPage, () => slice(0, 20))).toEqual(all.slice(0, 20));
  });

  it('at once', async () => {
    expect(await ids(atOnce, () => [...whole, ...whole])).toEqual(all);
  });

  it('at once also where a line is there twice, which has no id', async () => {
    const answer = ['a', 'b', 'a'].map((text) => ({ text }));
    expect(await told(atOnce, () => answer)).toEqual(answer);
    expect(await told(atOnce, () => null)).toEqual([]);
    const inner = [{ thing: { id: 1 } }, { thing: { id: 1, more: 2 } }, { id: null, a: 1 }, { a: 1, b: 1 }];
    expect(await told(byPage, () => inner)).toEqual(inner.filter((_, index) => index !== 1));
  });

  it('by a key, for so many pages, and while it is said to go on', async () => {
    const answer = ({ path }: CallInput) => slice((Number(path?.['page']) - 1) * 20, 20);
    const read = (reading: Reading<unknown>) => told(byPage, answer, {}, reading);
    expect(await read({ pages: 2 })).toEqual(whole.slice(0, 40));
    expect(await read({ goesOn: (page) => page[0] === whole[0] })).toEqual(whole.slice(0, 40));
    expect(await read({ key: (item) => Item.parse(item).id % 2 })).toEqual(whole.slice(0, 2));
  });

  it('from the page that is asked for, and with all else that is asked', async () => {
    const asked: CallInput[] = [];
    const numbered = endpoint({
      ...facts,
      query: z.strictObject({ page: z.number(), of: z.string() }),
      response: z.array(Item),
    });
    const answer = (input: CallInput) => {
      asked.push(input);
      return asked.length % 2 === 1 ? whole : [];
    };
    await told(numbered, answer, { query: { page: 4, of: 'x' } });
    await told(byPage, answer, { path: { page: '7' } });
    expect(asked).toEqual([
      ...[{ query: { page: 4, of: 'x' } }, { query: { page: 5, of: 'x' } }],
      ...[{ path: { page: '7' } }, { path: { page: '8' } }],
    ]);
    const bounded = { query: { offset: 10, limit: 5, of: 'x' } };
    const first = (input: CallInput) => {
      asked.push(input);
      return { items: [] };
    };
    await told(byOffset, first, bounded);
    expect(asked.at(-1)).toEqual(bounded);
  });

  it('to a token that is empty, or the first page where it has nothing', async () => {
    const pages = [
      { items: slice(0, 2), metadata: { nextPageToken: 'x' } },
      { items: slice(2, 2), metadata: { nextPageToken: '' } },
    ];
    const asked: CallInput[] = [];
    const answer = (input: CallInput) => {
      asked.push(input);
      return pages.shift();
    };
    expect(await told(byToken, answer, {})).toEqual(whole.slice(0, 4));
    expect(asked).toEqual([{}, { query: { pageToken: 'x' } }]);
  });

  it('of an endpoint that answers a list alone', () => {
    const single = endpoint({ ...facts, response: Item });
    expect(() => anyItemsOf(single, () => Promise.resolve({}), {})).toThrow('/items answers no list');
  });
});
