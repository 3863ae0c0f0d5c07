/** Items of a step, so many at once, without a server. */
import { describe, expect, it } from '@jest/globals';
import { type ItemsOptions, runItems } from '../../../src/workflows/kernel/items.js';

class ItemError extends Error {}

/** Each item goes on until it is told how it ends. */
function begin(count: number, atOnce: number, more: Partial<ItemsOptions<string>> = {}) {
  const going = new Map<number, { end: (value: string) => void; fail: (error: unknown) => void }>();
  const begun: number[] = [];
  let moves = 0;
  const outcome = runItems<string>({
    ...{ before: Array<undefined>(count).fill(undefined), atOnce },
    perform: (index) => {
      begun.push(index);
      return new Promise((end, fail) => going.set(index, { end, fail }));
    },
    isEnd: (error) => error instanceof ItemError,
    goesOn: () => true,
    isClosing: () => false,
    opening: () => null,
    moved: () => (moves += 1),
    ...more,
  });
  const tell = async (index: number, how: string | Error): Promise<void> => {
    if (typeof how === 'string') going.get(index)?.end(how);
    else going.get(index)?.fail(how);
    await new Promise(setImmediate);
  };
  return { outcome, begun, tell, moves: () => moves };
}

describe('items', () => {
  it('begin as soon as there is a place, in order', async () => {
    const { outcome, begun, tell, moves } = begin(4, 2);
    expect(begun).toEqual([0, 1]);
    await tell(1, 'b');
    expect(begun).toEqual([0, 1, 2]);
    await tell(0, 'a');
    await tell(3, 'd');
    await tell(2, 'c');
    expect(await outcome).toEqual([{ value: 'a' }, { value: 'b' }, { value: 'c' }, { value: 'd' }]);
    expect(moves()).toBe(4);
  });

  it('are none, which is no failure', async () => {
    expect(await begin(0, 2).outcome).toEqual([]);
  });

  it('go on after one has failed, where that is said', async () => {
    const { outcome, tell } = begin(2, 1);
    const error = new ItemError();
    await tell(0, error);
    await tell(1, 'b');
    expect(await outcome).toEqual([{ error }, { value: 'b' }]);
  });

  it('are not begun after one has failed, else; those under way come to their end', async () => {
    const { outcome, begun, tell } = begin(4, 2, { goesOn: () => false });
    const error = new ItemError();
    await tell(0, error);
    await tell(1, 'b');
    expect(await outcome).toEqual([{ error }, { value: 'b' }, undefined, undefined]);
    expect(begun).toEqual([0, 1]);
  });

  it('are not begun when the run comes to its end', async () => {
    let isClosing = false;
    const { outcome, tell } = begin(3, 1, { isClosing: () => isClosing });
    isClosing = true;
    await tell(0, 'a');
    expect(await outcome).toEqual([{ value: 'a' }, undefined, undefined]);
  });

  it('end at once by a mistake in the code', async () => {
    const { outcome, tell } = begin(3, 2);
    const failing = expect(outcome).rejects.toThrow('a mistake');
    await tell(0, new TypeError('a mistake'));
    await failing;
  });
});

describe('items of a later leg', () => {
  it('are those that had not ended, in order', async () => {
    const { outcome, begun, tell } = begin(4, 2, {
      before: [{ value: 'a' }, undefined, { error: new ItemError('no') }, undefined],
    });
    expect(begun).toEqual([1, 3]);
    await tell(1, 'b');
    await tell(3, 'd');
    expect(await outcome).toMatchObject([{ value: 'a' }, { value: 'b' }, {}, { value: 'd' }]);
  });

  it('are none where one had failed that stops the others', async () => {
    const { outcome, begun } = begin(3, 2, {
      ...{ before: [{ error: new ItemError('no') }, undefined, undefined], goesOn: () => false },
    });
    expect(begun).toEqual([]);
    expect(await outcome).toMatchObject([{}, undefined, undefined]);
  });
});

describe('items that are held back', () => {
  it('begin when something may be begun, unless one has failed meanwhile that stops them', async () => {
    const gates: (() => void)[] = [];
    let isHolding = false;
    const opening = () => (isHolding ? new Promise<void>((open) => gates.push(open)) : null);
    const { outcome, begun, tell } = begin(4, 2, { opening, goesOn: () => false });
    isHolding = true;
    await tell(0, 'a');
    expect(begun).toEqual([0, 1]);
    isHolding = false;
    gates.shift()?.();
    await new Promise(setImmediate);
    expect(begun).toEqual([0, 1, 2]);
    isHolding = true;
    await tell(2, 'c');
    await tell(1, new ItemError('no'));
    gates.shift()?.();
    expect(await outcome).toMatchObject([{ value: 'a' }, {}, { value: 'c' }, undefined]);
    expect(begun).toEqual([0, 1, 2]);
  });

  it('do not begin in a run that is cancelled', async () => {
    const { outcome, begun } = begin(2, 2, { opening: () => Promise.reject(new ItemError('cancelled')) });
    expect(await outcome).toEqual([undefined, undefined]);
    expect(begun).toEqual([]);
  });
});
