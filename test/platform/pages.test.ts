import { describe, expect, it } from '@jest/globals';
import { PlatformError } from '../../src/platform/errors.js';
import { type Page, eachItem, pageOf, pageSize } from '../../src/platform/pages.js';

interface Item {
  readonly id: number;
}

const items = (from: number, count: number): Item[] =>
  Array.from({ length: count }, (_, index) => ({ id: from - index }));

async function all(reading: AsyncIterable<Item>): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of reading) ids.push(id);
  return ids;
}

interface Server {
  /** What becomes of the list after each page. */
  readonly change?: (list: Item[]) => void;
  readonly list?: Item[];
  /** Items in a page at most, whatever is asked for. */
  readonly cap?: number;
  readonly saysTotal?: boolean;
}

/** A list, newest first, that may change between its pages. */
function serving({ change, list = items(250, 250), cap = pageSize, saysTotal = true }: Server = {}) {
  const asked: number[] = [];
  const read = ({ offset, limit }: { offset: number; limit: number }): Promise<Page<Item>> => {
    asked.push(offset);
    const page = list.slice(offset, offset + Math.min(cap, limit));
    const total = list.length;
    change?.(list);
    return Promise.resolve({ items: page, ...(saysTotal && { total }) });
  };
  return { asked, read };
}

const whole = items(250, 250).map(({ id }) => id);

describe('eachItem', () => {
  it('tells each item once, although new ones move others to a later page', async () => {
    const { read } = serving({ change: (list) => list.unshift({ id: 1_000 + list.length }) });
    expect(await all(eachItem(read))).toEqual(whole);
  });

  it.each([40, 90, 100])(
    'misses none, although %i new ones come between the first two pages',
    async (count) => {
      for (const saysTotal of [true, false]) {
        let isFirst = true;
        const change = (list: Item[]): void => {
          if (isFirst) list.unshift(...items(1_000, count));
          isFirst = false;
        };
        const told = await all(eachItem(serving({ change, saysTotal }).read));
        expect(told.filter((id) => id <= 250)).toEqual(whole);
      }
    },
  );

  it('misses none, although others are removed from earlier pages meanwhile', async () => {
    const { read } = serving({ change: (list) => list.splice(0, 10) });
    expect(await all(eachItem(read))).toEqual(whole);
  });

  it('asks once for a list of one page whose length is said', async () => {
    const { read, asked } = serving({ list: items(99, 99) });
    expect(await all(eachItem(read))).toHaveLength(99);
    expect(asked).toEqual([0]);
  });

  it.each([1, 7, 10, 25, 50, 99])(
    'reads to the end where a server gives %i items at most, and does not say so',
    async (cap) => {
      for (const saysTotal of [true, false])
        expect(await all(eachItem(serving({ cap, saysTotal }).read))).toEqual(whole);
    },
  );

  it.each([-1, 0, 10])('does not believe a length of %i that is less than what was told', async (total) => {
    const { read } = serving({ cap: 25 });
    const lying = async (paging: { offset: number; limit: number }) => ({ ...(await read(paging)), total });
    expect(await all(eachItem(lying))).toEqual(whole);
  });

  it('ends at a server that ignores the offset', async () => {
    const asked: number[] = [];
    const read = ({ offset }: { offset: number }) => {
      asked.push(offset);
      return Promise.resolve({ items: items(pageSize, pageSize) });
    };
    expect(await all(eachItem(read))).toHaveLength(pageSize);
    expect(asked).toHaveLength(3);
  });

  it('reads no further than it is told to', async () => {
    const { read, asked } = serving();
    const goesOn = (page: readonly Item[]) => page.some(({ id }) => id > 200);
    expect(await all(eachItem(read, { goesOn }))).toHaveLength(190);
    expect(asked).toHaveLength(2);
  });

  it('begins where it is told to', async () => {
    const { read, asked } = serving();
    expect(await all(eachItem(read, { from: 200 }))).toEqual(whole.slice(200));
    expect(asked).toEqual([200]);
  });

  it('asks for fewer items where the answer is larger than allowed', async () => {
    const { read } = serving();
    const limits: number[] = [];
    const small = ({ offset, limit }: { offset: number; limit: number }) => {
      limits.push(limit);
      if (limit > 30)
        throw new PlatformError('ANSWER_UNEXPECTED', 'larger than allowed', { isTooLarge: true });
      return read({ offset, limit });
    };
    expect(await all(eachItem(small))).toEqual(whole);
    expect(limits.slice(0, 3)).toEqual([100, 25, 25]);
  });

  it('reads as many pages as it is told to', async () => {
    const { read, asked } = serving();
    expect(await all(eachItem(read, { pages: 2 }))).toHaveLength(190);
    expect(asked).toHaveLength(2);
  });

  it.each<[Error, number[]]>([
    [new PlatformError('PLATFORM_UNAVAILABLE', 'no'), [100]],
    [new TypeError('no'), [100]],
    [new PlatformError('ANSWER_UNEXPECTED', 'no', { isTooLarge: true }), [100, 25, 6, 1]],
  ])('asks no more where fewer items change nothing: %s', async (error, limits) => {
    const asked: number[] = [];
    const read = ({ limit }: { limit: number }) => {
      asked.push(limit);
      return Promise.reject(error);
    };
    await expect(all(eachItem(read))).rejects.toBe(error);
    expect(asked).toEqual(limits);
  });

  it('has its length from wherever a deployment says it', () => {
    expect([
      pageOf([], { totalCount: 3 }).total,
      pageOf([], { totalCount: null, pagination: { totalCount: 4 } }).total,
      pageOf([], { pagination: null }).total,
      pageOf([], undefined).total,
    ]).toEqual([3, 4, undefined, undefined]);
  });

  it('tells texts and nothing by themselves, each once', async () => {
    const told: unknown[] = [];
    const page = { items: ['a', null, 'a', 'id', null] };
    for await (const item of eachItem<string | null>(() => Promise.resolve(page))) told.push(item);
    expect(told).toEqual(['a', null, 'id']);
  });

  it('knows items without an id by what it is told', async () => {
    const page = { items: [{ number: 2 }, { number: 1 }, { number: 2 }] };
    const numbers: number[] = [];
    for await (const { number } of eachItem(() => Promise.resolve(page), { key: (one) => one.number }))
      numbers.push(number);
    expect(numbers).toEqual([2, 1]);
  });
});
