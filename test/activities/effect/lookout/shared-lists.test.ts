import { expect, it } from '@jest/globals';
import { createSharedLists } from '../../../../src/activities/effect/lookout/shared-lists.js';
import type { Listed, Watching } from '../../../../src/activities/effect/lookout/watching.js';

const running = (id: string): Listed => ({ id, status: 'Running', isAtWork: true });

it('lookouts of one place share a list, and one that is alone reads no further than it needs', async () => {
  let pages = 0;
  const watching: Watching<object, unknown> = {
    ...{ effect: 'awaitJob', look: () => Promise.resolve(null), idOf: () => '', scopeOf: () => '' },
    list: {
      of: () => '',
      read: async function* (list, goesOn) {
        for (const page of await Promise.resolve(['a', 'b', 'c'])) {
          pages += 1;
          yield running(`${list}-${page}`);
          if (!goesOn()) return;
        }
      },
    },
  };
  const lists = createSharedLists(1_000);
  const [first, second, other] = ['p', 'p', 'q'].map((place) => lists.join(place, watching));
  const idsOf = async (of: typeof first, list: string): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id } of of?.watching.list?.read(list, () => false) ?? []) ids.push(id);
    return ids;
  };
  const [one, two] = await Promise.all([idsOf(first, 'p'), idsOf(second, 'p')]);
  expect({ one, two, pages }).toEqual({ one: ['p-a', 'p-b', 'p-c'], two: one, pages: 3 });
  expect(await idsOf(other, 'q')).toEqual(['q-a']);
  second?.leave();
  expect(await idsOf(first, 'p')).toEqual(['p-a']);
});
