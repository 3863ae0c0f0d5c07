import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTurns } from '../../src/platform/turns.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Turns by the clock of the test, and in which order those come that ask by a name: `look` is less urgent than `effect`. */
const taken = (perSecond?: number) => {
  const gone: string[] = [];
  let name = '';
  const urgency = (): number => (name.startsWith('effect') ? 2 : 3);
  const turns = createTurns({ urgency, ...(perSecond !== undefined && { perSecond }) });
  const ask = (asking: string, isRead = false): void => {
    name = asking;
    void turns.take(isRead).then(() => gone.push(asking));
  };
  const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);
  return { turns, gone, ask, pass };
};
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `look ${index}`);

describe('turns at a rate', () => {
  it('come at once for what two seconds have saved up, and then one after the other', async () => {
    const { gone, ask, pass } = taken(2);
    for (const name of numbered(6)) ask(name);
    await pass(0);
    expect(gone).toHaveLength(4);
    await pass(499);
    expect(gone).toHaveLength(4);
    await pass(1);
    expect(gone).toHaveLength(5);
    await pass(500);
    expect(gone).toEqual(numbered(6));
  });

  it('save up no more than that, however long nobody asks, but one at least', async () => {
    const { gone, ask, pass } = taken(0.1);
    await pass(3_600_000);
    for (const name of numbered(2)) ask(name);
    await pass(9_999);
    expect(gone).toHaveLength(1);
    await pass(1);
    expect(gone).toHaveLength(2);
  });

  it('come to an effect before all looks, however long these have waited', async () => {
    const { gone, ask, pass } = taken(1);
    for (const name of numbered(5)) ask(name);
    ask('effect');
    await pass(0);
    expect(gone).toEqual(['look 0', 'look 1']);
    await pass(1_000);
    expect(gone.at(-1)).toBe('effect');
    await pass(3_000);
    expect(gone).toEqual(['look 0', 'look 1', 'effect', 'look 2', 'look 3', 'look 4']);
  });

  it('follow the rate of now: also those that wait already, and no more is saved up than it allows', async () => {
    const { turns, gone, ask, pass } = taken(1);
    for (const name of numbered(3)) ask(name);
    expect(turns.backlogMs()).toBe(1_000);
    turns.setRate(10);
    expect(turns.backlogMs()).toBe(100);
    await pass(100);
    expect(gone).toHaveLength(3);
    await pass(10_000);
    turns.setRate(1);
    for (const name of numbered(3)) ask(name);
    await pass(0);
    expect(gone).toHaveLength(5);
  });

  it('are told of whenever one less waits', async () => {
    const { turns, ask, pass } = taken(1);
    for (const name of numbered(3)) ask(name);
    const backlogs: number[] = [];
    turns.onGone(() => backlogs.push(turns.backlogMs()));
    await pass(1_000);
    turns.setRate(2);
    expect(backlogs).toEqual([0, 0]);
  });
});

describe('turns of reads', () => {
  it('are for fifty at once, while writes pass, and the most urgent comes next', async () => {
    const { turns, gone, ask, pass } = taken();
    for (const name of numbered(52)) ask(name, true);
    ask('effect that reads', true);
    ask('effect that writes');
    await pass(0);
    expect(gone.slice(50)).toEqual(['effect that writes']);
    turns.leave(false);
    await pass(0);
    expect(gone).toHaveLength(51);
    turns.leave(true);
    turns.leave(true);
    await pass(0);
    expect(gone.slice(51)).toEqual(['effect that reads', 'look 50']);
  });
});
