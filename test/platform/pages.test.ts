import { describe, expect, it } from '@jest/globals';
import { eachItem, pageSize } from '../../src/platform/pages.js';

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

/** A list, newest first, that changes between its pages. */
function changing(change: (list: Item[]) => void, list = items(250, 250)) {
  const asked: number[] = [];
  const read = ({ offset, limit }: { offset: number; limit: number }): Promise<Item[]> => {
    asked.push(offset);
    const page = list.slice(offset, offset + limit);
    change(list);
    return Promise.resolve(page);
  };
  return { asked, read };
}

describe('eachItem', () => {
  it('tells each item once, although new ones move others to a later page', async () => {
    const { read } = changing((list) => list.unshift({ id: 1_000 + list.length }));
    expect(await all(eachItem(read))).toEqual(items(250, 250).map(({ id }) => id));
  });

  it('misses none, although others are removed from earlier pages meanwhile', async () => {
    const { read } = changing((list) => list.splice(0, 10));
    expect(await all(eachItem(read))).toEqual(items(250, 250).map(({ id }) => id));
  });

  it('asks once for a list of one page', async () => {
    const { read, asked } = changing(() => undefined, items(99, 99));
    expect(await all(eachItem(read))).toHaveLength(99);
    expect(asked).toEqual([0]);
  });

  it('ends at a server that ignores the offset', async () => {
    const asked: number[] = [];
    const read = ({ offset }: { offset: number }) => {
      asked.push(offset);
      return Promise.resolve(items(pageSize, pageSize));
    };
    expect(await all(eachItem(read))).toHaveLength(pageSize);
    expect(asked).toHaveLength(2);
  });

  it('reads no further than it is told to', async () => {
    const { read, asked } = changing(() => undefined);
    const goesOn = (page: readonly Item[]) => page.some(({ id }) => id > 200);
    expect(await all(eachItem(read, { goesOn }))).toHaveLength(190);
    expect(asked).toHaveLength(2);
  });

  it('knows items without an id by what it is told', async () => {
    const versions = [{ number: 2 }, { number: 1 }, { number: 2 }];
    const numbers: number[] = [];
    for await (const { number } of eachItem(() => Promise.resolve(versions), { key: (one) => one.number }))
      numbers.push(number);
    expect(numbers).toEqual([2, 1]);
  });
});
