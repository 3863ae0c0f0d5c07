/** Where a step began, in histories in which steps run side by side. */
import { expect, it } from '@jest/globals';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { beginningOf } from '../../../src/client/histories/reset-point.js';
import type { Graph } from '../../../src/pipelines/order.js';
import type { Recorded, RecordedRun } from '../../../src/pipelines/recorded.js';

const graph: Graph = {
  deep: { needs: [], reads: [] },
  wide: { needs: [], reads: [] },
  gate: { needs: ['deep'], reads: [], holdsBack: true },
  register: { needs: ['wide'], reads: [] },
};

/**
 * Both trainings start in task 4; that of `deep` ends first, and the gate is judged in task 10 without a call. What is
 * registered waits for `wide`, which ends later, and begins in task 20.
 */
const tasks = [4, 10, 20];
const calls = [
  { id: 5, step: 'deep', task: 4, ended: 8 },
  { id: 6, step: 'wide', task: 4, ended: 18 },
  { id: 21, step: 'register', task: 20, ended: 24 },
];
const history: History = {
  events: [
    ...tasks.map((eventId) => ({ eventId, workflowTaskCompletedEventAttributes: {} })),
    ...calls.map(({ id, task }) => ({
      eventId: id,
      activityTaskScheduledEventAttributes: { workflowTaskCompletedEventId: task },
    })),
    ...calls.map(({ id, ended }) => ({
      eventId: ended,
      activityTaskCompletedEventAttributes: { scheduledEventId: id },
    })),
  ].sort((one, other) => one.eventId - other.eventId) as unknown as NonNullable<History['events']>, // ids are longs
};
const recorded: readonly Recorded[] = calls.map(({ id, step }) => ({
  ...{ type: 'activity', eventId: id, name: 'awaitJob', step, result: {} },
}));

interface More {
  readonly carried?: object;
  readonly isLast?: boolean;
  readonly until?: number;
  readonly ended?: readonly string[];
  readonly of?: readonly Recorded[];
}

const beginning = (step: string, more: More = {}) => {
  const { isLast = false, until = Infinity, carried = {}, of = recorded } = more;
  const run: RecordedRun = {
    ...{ pipeline: 'retrain', runId: 'retrain.r', startedAt: '2026-11-21T03:00:00.000Z' },
    input: {},
    carried: { ...carried },
    recorded: of.filter(({ eventId }) => eventId < until),
  };
  return beginningOf(history, { run, graph, step, isLast, ended: more.ended && new Set(more.ended) });
};

it('is the task that scheduled its first call, whatever went on beside it', () => {
  expect(beginning('deep')).toBe(4);
  expect(beginning('wide')).toBe(4);
  expect(beginning('register')).toBe(20);
});

it('is, of a step that calls nothing, the task after the last call before it, not that of what came later', () => {
  expect(beginning('gate')).toBe(10);
  expect(beginning('gate', { until: 20, isLast: true })).toBe(10);
});

it('is known of a step that calls nothing where all before it have ended, though nothing has begun after it', () => {
  expect(beginning('gate', { until: 20, ended: ['deep'] })).toBe(10);
  expect(beginning('gate', { until: 20, ended: [] })).toBeNull();
  expect(beginning('register', { until: 20, ended: ['deep'] })).toBeNull();
});

it('is, of a step that was carried over, the task in which one began that waits for it', () => {
  expect(beginning('gate', { carried: { gate: {} } })).toBe(20);
});

it('is none of a step that the attempt has not come to', () => {
  expect(beginning('register', { until: 20 })).toBeNull();
  expect(beginning('gate', { until: 20 })).toBeNull();
});

it('is, of a step with items, the task that scheduled the first of them, and waits for all of them', () => {
  const ofItems = recorded.map((entry) =>
    entry.type === 'activity' && entry.step === 'deep' ? { ...entry, step: 'deep.1' } : entry,
  );
  expect(beginning('deep', { of: ofItems })).toBe(4);
  expect(beginning('gate', { until: 20, ended: ['deep.1'], of: ofItems })).toBe(10);
  expect(beginning('gate', { until: 20, ended: ['deep.0'], of: ofItems })).toBeNull();
});
