/** What a lookout says of the awaits of a run, as Temporal describes both. */
import proto from '@temporalio/proto';
import { describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';

import { toldOf } from '../../../src/client/runs/told-by-lookouts.js';
import type { Pending } from '../../../src/client/runs/unserved.js';
import type { LookoutWord } from '../../../src/run/lookouts.js';

const nowMs = Date.parse('2026-11-30T12:00:00Z');
const at = (beforeMs: number): string => new Date(nowMs - beforeMs).toISOString();
const resting = { lastAttemptCompleteTime: msToTs(nowMs - 60_000) } as Pending;
const { PENDING_ACTIVITY_STATE_SCHEDULED: scheduled, PENDING_ACTIVITY_STATE_STARTED: started } =
  proto.temporal.api.enums.v1.PendingActivityState;
const word: LookoutWord = {
  ...{ lookedAtMs: nowMs - 2_000, nextLookMs: nowMs + 3_000 },
  usual: 'Running',
  others: { Pulling: ['k2'], '': ['k3'] },
  ended: [],
};
const keepingOf = (said: LookoutWord | null, more: Partial<Pending> = {}): Pending => ({
  ...{ state: started },
  ...(said && { heartbeatDetails: { payloads: [defaultPayloadConverter.toPayload(said)] } }),
  ...more,
});
const told = (key: string, keeping: Pending | undefined) =>
  toldOf(resting, { lookout: 'lookout.x', key, what: 'job 7' }, keeping, nowMs);

describe('what a lookout tells of an await', () => {
  it('is the state of the platform, when that was seen, and when it looks again', () => {
    const looks = { lastAttemptAt: at(2_000), nextAttemptAt: at(-3_000) };
    expect(told('k1', keepingOf(word))).toEqual({ ...looks, message: 'job 7 is Running' });
    expect(told('k2', keepingOf(word))).toEqual({ ...looks, message: 'job 7 is Pulling' });
    expect(told('k3', keepingOf(word))).toEqual(looks);
  });

  it('is since when the platform has given no usable answer, and until when it wants none', () => {
    const failing = { sinceMs: nowMs - 30_000, message: 'no usable answer', heldUntilMs: nowMs + 5_000 };
    expect(told('k1', keepingOf({ ...word, failing }))).toMatchObject({
      ...{ message: 'no usable answer', failingSince: at(30_000), heldUntil: at(-5_000) },
    });
  });

  it('is that also where nothing was seen since it was handed over', () => {
    const failing = { sinceMs: nowMs - 30_000, message: 'no usable answer' };
    const old = { ...word, lookedAtMs: nowMs - 70_000 };
    expect(told('k1', keepingOf({ ...old, failing }))).toEqual({
      ...{ message: 'no usable answer', failingSince: at(30_000), lastAttemptAt: at(60_000) },
    });
    // Its own look was answered after that.
    const before = { ...failing, sinceMs: nowMs - 65_000 };
    expect(told('k1', keepingOf({ ...old, failing: before }))).toEqual({ lastAttemptAt: at(60_000) });
  });

  it('is the same of it alone, where the platform answers for others', () => {
    const broken = { sinceMs: nowMs - 30_000, message: 'no usable answer', lookedAtMs: nowMs - 40_000 };
    const keeping = keepingOf({ ...word, unanswered: { k1: broken } });
    expect(told('k1', keeping)).toMatchObject({
      ...{ message: 'no usable answer', failingSince: at(30_000), lastAttemptAt: at(40_000) },
    });
    expect(told('k2', keeping)).toMatchObject({
      message: 'job 7 is Pulling',
      lastAttemptAt: at(2_000),
    });
    expect(told('k2', keeping)).not.toHaveProperty('failingSince');
  });

  it('is since when no worker of the connection keeps it', () => {
    const keeping = keepingOf(word, { state: scheduled, nextAttemptScheduleTime: msToTs(nowMs - 90_000) });
    expect(told('k1', keeping)).toEqual({
      ...{ lastAttemptAt: at(2_000), untakenSince: at(90_000), message: 'job 7 is Running' },
    });
  });

  it('is when the await itself has looked, where the lookout has not yet', () => {
    expect(told('k1', keepingOf({ ...word, lookedAtMs: nowMs - 70_000 }))).toEqual({
      lastAttemptAt: at(60_000),
    });
    expect(told('k1', keepingOf(null))).toEqual({ lastAttemptAt: at(60_000) });
    expect(told('k1', undefined)).toEqual({});
  });
});
