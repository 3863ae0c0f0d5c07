/** What goes on after a run, where a workflow of its name goes on already or not. */
import { afterEach, expect, it, jest } from '@jest/globals';
import { handOver } from '../../../src/workflows/kernel/hand-over.js';
import { undoCall } from '../../support/undo-call.js';
import { Inside, beganAt } from '../inside.js';

afterEach(() => {
  jest.useRealTimers();
});

const attempt = {
  ...{ runId: 'churn.x', attemptId: 'a2', originalId: 'a1', isReset: false, startedAt: beganAt },
};
const calls = [undoCall('train')];
const start = { connection: 'dev', runId: 'churn.x', attemptId: 'a2', calls };

/** The id of what was begun. */
const idOf = (inside: Inside): string => inside.children()[0]?.[0] ?? '';

async function give(inside: Inside) {
  const seen: { isGiven?: boolean; done: unknown[] } = { done: [] };
  await inside.call(() => {
    void handOver({ connection: 'dev', attempt }, calls, (state) => seen.done.push(state)).then(
      (isGiven) => (seen.isGiven = isGiven),
    );
  });
  return seen;
}

it('is begun, and what has come of it is told to a run that still goes on', async () => {
  const inside = new Inside();
  const seen = await give(inside);
  expect([seen, inside.children()]).toEqual([{ isGiven: true, done: [] }, [[idOf(inside), start]]]);
  await inside.end(idOf(inside), { undone: [], leftBehind: [] });
  expect(seen.done).toEqual([{ undone: [], leftBehind: [] }]);
});

it('is told to the one that goes on already', async () => {
  const known = new Inside();
  await give(known);
  const id = idOf(known);
  const inside = new Inside();
  inside.stands(id);
  expect(await give(inside)).toEqual({ isGiven: true, done: [] });
  expect([inside.children(), inside.signals()]).toEqual([[], [[id, start]]]);
});

it('is not given where each that is found has ended before it is told', async () => {
  const known = new Inside();
  await give(known);
  const id = idOf(known);
  const inside = new Inside();
  inside.stands(id, false);
  expect(await give(inside)).toEqual({ isGiven: false, done: [] });
  expect([inside.children(), inside.signals()]).toEqual([[], []]);
});
