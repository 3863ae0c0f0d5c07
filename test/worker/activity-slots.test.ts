import { describe, expect, it } from '@jest/globals';
import { createTurns } from '../../src/platform/turns.js';
import { createActivitySlots } from '../../src/worker/activity-slots.js';

const opened = (slots: number, turns = createTurns()) => {
  const supplier = createActivitySlots(slots, turns);
  const granted: number[] = [];
  const asked = {
    slotType: 'activity',
    ...{ taskQueue: 'activities.here', workerIdentity: 'one', workerBuildId: '', isSticky: false },
  } as const;
  const reserve = (number: number, signal = new AbortController().signal): Promise<unknown> =>
    supplier.reserveSlot(asked, signal).then(() => granted.push(number));
  const passed = () => new Promise((resolve) => setImmediate(resolve));
  return { supplier, granted, reserve, passed };
};

describe('the slots of a worker', () => {
  it('are given in the order of asking, each again once it is free', async () => {
    const { supplier, granted, reserve, passed } = opened(2);
    for (const number of [1, 2, 3, 4]) void reserve(number);
    await passed();
    expect(granted).toEqual([1, 2]);
    supplier.releaseSlot({ permit: {} });
    await passed();
    expect(granted).toEqual([1, 2, 3]);
  });

  it('are given to none while requests wait for more than a second, and then at once', async () => {
    const turns = createTurns({ perSecond: 2 });
    const { granted, reserve, passed } = opened(100, turns);
    const requests = Array.from({ length: 6 }, () => turns.take(false));
    void reserve(1);
    await passed();
    expect([turns.backlogMs(), granted]).toEqual([1_000, []]);
    turns.setRate(1_000);
    await passed();
    expect(granted).toEqual([1]);
    await Promise.all(requests);
  });

  it('are not kept for a reservation that was given up', async () => {
    const { supplier, granted, reserve, passed } = opened(1);
    await reserve(1);
    const leaving = new AbortController();
    const given = reserve(2, leaving.signal);
    leaving.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    await expect(reserve(2, leaving.signal)).rejects.toMatchObject({ name: 'AbortError' });
    supplier.releaseSlot({ permit: {} });
    void reserve(3);
    await passed();
    expect(granted).toEqual([1, 3]);
  });
});
