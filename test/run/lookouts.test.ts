/** The words of a lookout. */
import { expect, it } from '@jest/globals';
import { type Wait, addWaits, dropWaits, lookoutWordOf, waitKeyOf } from '../../src/run/lookouts.js';

const wait = (runId: string, attempt: number): Wait => ({
  ...{ run: { workflowId: 'w', runId, activityId: '7' }, attempt, id: 'j1' },
  ...{ input: {}, sinceMs: 0, atMs: 0 },
});

it('a wait takes the place of an earlier try of it, and goes when that very try has ended', () => {
  const waits = new Map<string, Wait>();
  const [first, again, other] = [wait('run-a', 1), wait('run-a', 2), wait('run-b', 1)];
  addWaits(waits, [first, other, again]);
  expect([...waits.values()]).toEqual([again, other]);
  dropWaits(waits, [waitKeyOf(first), 'unknown']);
  expect([...waits.values()]).toEqual([again, other]);
  dropWaits(waits, [waitKeyOf(again)]);
  expect([...waits.values()]).toEqual([other]);
});

it('a word of a lookout is told from anything else that a heartbeat may hold', () => {
  const word = { lookedAtMs: 1, nextLookMs: 2, others: {}, ended: [] };
  expect(lookoutWordOf(word)).toBe(word);
  const lacking = Object.keys(word).map((key) =>
    lookoutWordOf(Object.fromEntries(Object.entries(word).filter(([name]) => name !== key))),
  );
  expect([...lacking, lookoutWordOf(null), lookoutWordOf('word')]).toEqual(Array(6).fill(null));
});
