import { describe, expect, it } from '@jest/globals';
import { createGate } from '../../src/platform/gate.js';

const opened = () => {
  const clock = { ms: 0 };
  const told: number[] = [];
  const gate = createGate('domino-prod', { now: () => clock.ms, held: (forMs) => told.push(forMs) });
  return { clock, told, gate };
};
const refusal = {
  code: 'CREDENTIALS_REJECTED',
  message: 'GET /v4/jobs on domino-prod answered 401',
  since: '2026-12-01T10:03:00Z',
} as const;

describe('a gate', () => {
  it('lets nothing pass for as long as the platform has asked for, and says how long that is', () => {
    const { clock, gate } = opened();
    expect(() => gate.check()).not.toThrow();
    gate.hold(99_999_000);
    clock.ms = 99_998_000;
    expect(() => gate.check()).toThrow(
      expect.objectContaining({ code: 'PLATFORM_THROTTLED', retryAfterMs: 1_000 }),
    );
    clock.ms = 99_999_000;
    expect(() => gate.check()).not.toThrow();
  });

  it('says for how long nothing is sent, and whether the credential is refused', () => {
    const { clock, gate } = opened();
    expect(gate.standing()).toEqual({ heldMs: 0, isRefused: false });
    gate.holdAll(5_000);
    gate.refuse(refusal);
    clock.ms = 2_000;
    expect(gate.standing()).toEqual({ heldMs: 3_000, isRefused: true });
    gate.open();
    expect(gate.standing()).toEqual({ heldMs: 0, isRefused: false });
  });

  it('tells the others once of holds that end together, and again of each that ends later, however little', () => {
    const { clock, told, gate } = opened();
    clock.ms = 100;
    gate.hold(30_000);
    clock.ms = 300;
    gate.hold(30_000);
    gate.hold(10_000);
    clock.ms = 600;
    gate.hold(30_000);
    expect(told).toEqual([30_400, 30_400]);
    clock.ms = 30_999;
    expect(() => gate.check()).toThrow();
  });

  it('waits as long as another worker has been asked to, and tells nobody what it has heard', () => {
    const { clock, told, gate } = opened();
    gate.hear(5_000);
    gate.hear(3_000);
    gate.open();
    clock.ms = 4_999;
    expect(() => gate.check()).toThrow(expect.objectContaining({ retryAfterMs: 1 }));
    clock.ms = 5_000;
    expect(() => gate.check()).not.toThrow();
    expect(told).toEqual([]);
  });

  it('keeps what the platform has asked this process for when the others are told that theirs is over', () => {
    const { gate } = opened();
    gate.hold(5_000);
    gate.holdAll(60_000);
    gate.open();
    expect(() => gate.check()).toThrow(expect.objectContaining({ retryAfterMs: 5_000 }));
    gate.reset();
    expect(() => gate.check()).not.toThrow();
  });

  it('lets only the question pass whether the credential is accepted again, while it is refused', () => {
    const { gate } = opened();
    gate.refuse(refusal);
    expect(() => gate.check()).toThrow(
      expect.objectContaining({
        code: 'CREDENTIALS_REJECTED',
        message:
          'domino-prod has refused its credential since 2026-12-01T10:03:00Z: GET /v4/jobs on domino-prod answered 401',
      }),
    );
    expect(() => gate.check({ probing: true })).not.toThrow();
    gate.hold(5_000);
    expect(() => gate.check({ probing: true })).toThrow(
      expect.objectContaining({ code: 'PLATFORM_THROTTLED' }),
    );
    gate.open();
    gate.reset();
    expect(() => gate.check()).not.toThrow();
  });
});
