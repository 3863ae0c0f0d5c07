/** How a lookout stands: what is due when, how old its looks are, and what it says of an outage. */
import { describe, expect, it } from '@jest/globals';
import type { Wait } from '../../../../src/run/lookouts.js';
import { day, outage, stageOf, startMs, waitFor } from './rounds-stage.js';

describe('how a lookout stands', () => {
  const alone = (id: string, more: Partial<Wait> = {}): Wait => {
    const { list: _, ...wait } = waitFor(id, more);
    return wait;
  };

  it('is when something is due, how old the oldest look is, and when the platform has last answered', async () => {
    const { rounds, after } = stageOf();
    expect(rounds.oldestLookMs).toBe(0);
    rounds.add([alone('old', { sinceMs: startMs - day }), alone('young')]);
    expect(rounds.restMs()).toBe(2_000);
    await after(1_500);
    expect([rounds.restMs(), rounds.oldestLookMs, rounds.lastLookMs]).toEqual([500, 1_500, 1_500]);
    await after(500);
    expect([rounds.restMs(), rounds.oldestLookMs, rounds.lastLookMs]).toEqual([2_000, 2_000, 0]);
  });

  it('is said by the time of the next look, at most a minute ahead', async () => {
    const { rounds, platform, after } = stageOf();
    rounds.add([alone('a')]);
    expect(rounds.word('dev')).toMatchObject({ lookedAtMs: startMs, nextLookMs: startMs + 2_000 });
    platform.look = () => {
      throw outage(600_000);
    };
    await after(2_000);
    expect(rounds.restMs()).toBe(600_000);
    expect(rounds.word('dev')).toMatchObject({
      nextLookMs: startMs + 62_000,
      failing: { sinceMs: startMs + 2_000, heldUntilMs: startMs + 602_000 },
    });
  });

  it('is an outage by one answer that asks to be sent nothing, and not by one that is missing', async () => {
    const { rounds, platform, after } = stageOf();
    rounds.add(['a', 'b', 'c', 'd'].map((id) => alone(id)));
    platform.look = (id) => {
      if (id === 'a') throw outage();
      return { id };
    };
    await after(2_000);
    const word = rounds.word('dev');
    expect(word.failing).toBeUndefined();
    expect(Object.values(word.unanswered ?? {})).toMatchObject([{ sinceMs: startMs + 2_000 }]);
    rounds.add([alone('e', { atMs: startMs + 2_000 })]);
    platform.look = () => {
      throw outage(5_000);
    };
    await after(2_000);
    expect(rounds.word('dev').failing).toMatchObject({ heldUntilMs: startMs + 9_000 });
  });

  it('is looked at again after a longer and longer while without an answer, a minute at most', async () => {
    const { rounds, platform, after } = stageOf();
    rounds.add([alone('a')]);
    platform.look = () => {
      throw outage();
    };
    const rests: number[] = [];
    for (let ms = rounds.restMs(); rests.length < 8; ms = rounds.restMs()) {
      await after(ms);
      rests.push(rounds.restMs());
    }
    expect(rests).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(rounds.word('dev').failing).not.toHaveProperty('heldUntilMs');
  });

  it('is told to each look as to a try that has just begun', async () => {
    const { rounds, seen, after } = stageOf();
    rounds.add([alone('a', { attempt: 3, sinceMs: startMs - 10_000 })]);
    await after(2_000);
    const [attempt] = seen.attempts;
    expect(attempt).toMatchObject({ number: 3, elapsedMs: 12_000, heldMs: 0, unsettled: null });
    expect([attempt?.nowMs(), attempt?.hasStayed('PROXY_PAGE')]).toEqual([startMs + 2_000, false]);
    for (const untilMs of [attempt?.deadlineMs(), attempt?.endsMs()]) {
      expect((untilMs ?? 0) - performance.now()).toBeGreaterThan(50_000);
      expect((untilMs ?? 0) - performance.now()).toBeLessThanOrEqual(60_000);
    }
  });
});
