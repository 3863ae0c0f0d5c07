/** What a pending activity tells of a step, as Temporal describes it. */
import { describe, expect, it } from '@jest/globals';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { withProgress } from '../../../src/client/runs/progress.js';
import { nowMs, steps } from '../../cli/run/runs.js';

const { progress: _, ...train } = steps.train;
const at = (beforeMs: number): string => new Date(nowMs - beforeMs).toISOString();

/** A look that was seen last two minutes ago, as it stands in Temporal now. */
function progressOf(pending: object) {
  const activity = {
    ...{ activityId: 'train.3', activityType: { name: 'awaitJob' }, attempt: 4 },
    ...pending,
  };
  const looked = {
    lastAttemptCompleteTime: msToTs(nowMs - 120_000),
    lastFailure: { message: 'job 7 is Running' },
  };
  const raw = { pendingActivities: [{ ...looked, ...activity }] } as WorkflowExecutionDescription['raw'];
  return withProgress([train], { raw }, undefined, nowMs)[0]?.progress;
}
const known = { effect: 'awaitJob', attempt: 4, message: 'job 7 is Running' };
const [scheduled, started] = [1, 2];

describe('the progress of a step', () => {
  it('says since when no worker has taken the next look, and when the last one was', () => {
    const scheduledTime = msToTs(nowMs - 90_000);
    expect(progressOf({ state: scheduled, scheduledTime })).toEqual({
      ...known,
      untakenSince: at(90_000),
      lastAttemptAt: at(120_000),
    });
    expect(progressOf({ state: scheduled, scheduledTime, lastAttemptCompleteTime: null })).toEqual({
      ...known,
      untakenSince: at(90_000),
    });
  });

  it('is that of its own activity, where others are pending beside it', () => {
    const scheduledTime = msToTs(nowMs - 90_000);
    expect(progressOf({ activityId: 'training.3', state: scheduled, scheduledTime })).toBeUndefined();
    expect(progressOf({ activityId: 'train.12', state: started, scheduledTime })).toEqual(known);
  });

  it('says nothing of that for ten seconds, nor of a look that waits for its time or is under way', () => {
    expect(progressOf({ state: scheduled, scheduledTime: msToTs(nowMs - 9_000) })).toEqual(known);
    expect(progressOf({ state: started, scheduledTime: msToTs(nowMs - 90_000) })).toEqual(known);
    const nextAttemptScheduleTime = msToTs(nowMs + 30_000);
    expect(
      progressOf({ state: scheduled, scheduledTime: msToTs(nowMs - 90_000), nextAttemptScheduleTime }),
    ).toEqual({
      ...known,
      nextAttemptAt: at(-30_000),
    });
  });
});
