/** What a lookout says of those who wait, in few words. */
import { describe, expect, it } from '@jest/globals';
import {
  type Tracked,
  sayStatuses,
  sayUnanswered,
  track,
} from '../../../../src/activities/effect/lookout/tracked.js';
import { type Wait, waitKeyOf } from '../../../../src/run/lookouts.js';

const waitFor = (id: number): Wait => ({
  run: { workflowId: `run.${id}`, runId: String(id).padStart(12, '0'), activityId: 'train.1' },
  ...{ attempt: 1, id: String(id), input: {}, sinceMs: 0, atMs: 1_000 },
});
const tracked = (count: number, more: Partial<Tracked> = {}, from = 0): Tracked[] =>
  Array.from({ length: count }, (_, at) => ({ ...track(waitFor(from + at), 2_000), ...more }));
const keysOf = (of: readonly Tracked[]): string[] => of.map(({ wait }) => waitKeyOf(wait));

it('a wait was last looked at when it was handed over, and not later than now', () => {
  expect(track(waitFor(1), 2_000)).toMatchObject({ lookedMs: 1_000, dueMs: 1_000, status: null });
  expect(track(waitFor(1), 500)).toMatchObject({
    ...{ lookedMs: 500, isUnlisted: false, failures: 0, failing: null, isBusy: false },
  });
});

describe('the statuses of all who wait', () => {
  it('name those alone whose status is not the usual one', () => {
    const [running, queued, unknown] = [
      tracked(3, { status: 'Running' }),
      tracked(2, { status: 'Queued' }, 10),
      tracked(4, {}, 20),
    ];
    expect(sayStatuses([...queued, ...running, ...unknown])).toEqual({
      usual: 'Running',
      others: { Queued: keysOf(queued), '': keysOf(unknown) },
    });
    expect(sayStatuses(unknown)).toEqual({ others: { '': keysOf(unknown) } });
    expect(sayStatuses([])).toEqual({ others: {} });
  });

  it('are not told where there are too many to tell apart', () => {
    const of = (count: number) =>
      sayStatuses([...tracked(200, { status: 'Running' }), ...tracked(count, {}, 1_000)]);
    expect(of(150)).toMatchObject({ usual: 'Running' });
    expect(of(150).others['']).toHaveLength(150);
    expect(of(151)).toEqual({ others: {} });
  });
});

describe('those of which there is no usable answer', () => {
  it('are told with since when, and when they were last looked at', () => {
    const failing = { sinceMs: 60_000, message: 'answered 503' };
    const [one] = tracked(1, { failing, lookedMs: 7 });
    expect(sayUnanswered([...tracked(2, {}, 5), ...(one ? [one] : [])], 'dev')).toEqual({
      unanswered: {
        [keysOf(one ? [one] : []).join()]: {
          ...{ sinceMs: 60_000, lookedAtMs: 7 },
          message: 'no usable answer from dev since 1970-01-01T00:01:00Z: answered 503',
        },
      },
    });
    expect(sayUnanswered(tracked(2), 'dev')).toEqual({});
  });

  it('are the ten that are oldest', () => {
    const all = Array.from({ length: 12 }, (_, at) =>
      tracked(1, { failing: { sinceMs: 100_000 - at, message: 'm' } }, at),
    ).flat();
    const { unanswered = {} } = sayUnanswered(all, 'dev');
    expect(Object.keys(unanswered).sort()).toEqual(keysOf(all.slice(2)).sort());
  });
});
