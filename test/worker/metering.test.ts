import { describe, expect, it } from '@jest/globals';
import { CompleteAsyncError, Context, type Info } from '@temporalio/activity';
import { ApplicationFailure, noopMetricMeter } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { notYet } from '../../src/activities/effect/failures.js';
import { createMeters } from '../../src/observability/meters.js';
import { workerMetrics } from '../../src/observability/metrics.js';
import { createRegistry } from '../../src/observability/registry.js';
import { isLook, meterDeliveries, meterEffects } from '../../src/worker/metering.js';

/** What the metrics say after activities of this name have come to these ends. */
async function meter(
  effect: string,
  interceptors: (meters: ReturnType<typeof createMeters>) => ActivityInterceptorsFactory,
  ...ends: (() => unknown)[]
): Promise<string[]> {
  const metrics = createRegistry(workerMetrics);
  const info = { activityType: effect } as Info; // all that is read
  const never = new Promise<never>(() => undefined);
  const { signal } = new AbortController();
  const context = new Context(info, never, signal, () => undefined, undefined, console, noopMetricMeter, {});
  const { inbound } = interceptors(createMeters(metrics))(context);
  for (const end of ends)
    await inbound
      ?.execute?.({ args: [{ target: 'team' }], headers: {} }, () => Promise.resolve().then(end))
      .catch(() => undefined);
  return (await metrics.registry.metrics())
    .split('\n')
    .filter((line) => /^longhaul_(looks|rate|deliveries|end_to_seen_seconds_count)/.test(line));
}

const raise = (error: Error) => (): never => {
  throw error;
};
const retried = ApplicationFailure.create({ type: 'PLATFORM_UNAVAILABLE' });
const final = ApplicationFailure.create({ type: 'JOB_FAILED', nonRetryable: true });

describe('the activities of a connection', () => {
  it('count the looks of a wait by what they saw, and when an end was seen', async () => {
    const completedAt = new Date(Date.now() - 3_000).toISOString();
    const of = (meters: ReturnType<typeof createMeters>) => meterEffects('prod', meters);
    const waiting = [raise(notYet('job 7 is running', 100)), raise(new CompleteAsyncError())];
    const ends = [...waiting, raise(retried), raise(final), () => ({ completedAt })];
    expect(await meter('awaitJob', of, ...ends)).toEqual([
      'longhaul_looks_total{connection="prod",effect="awaitJob",outcome="waiting"} 2',
      'longhaul_looks_total{connection="prod",effect="awaitJob",outcome="failed"} 1',
      'longhaul_looks_total{connection="prod",effect="awaitJob",outcome="ended"} 2',
      'longhaul_end_to_seen_seconds_count{connection="prod",object="job"} 1',
    ]);
  });

  it('send looks where they wait, or look for all who wait', () => {
    expect(['awaitJob', 'keepLookout', 'ensureJob', 'getReading'].filter(isLook)).toEqual([
      'awaitJob',
      'keepLookout',
    ]);
  });

  it('count no look of another effect', async () => {
    const of = (meters: ReturnType<typeof createMeters>) => meterEffects('prod', meters);
    expect(await meter('ensureJob', of, () => ({ jobId: 'j' }), raise(retried))).toEqual([]);
  });
});

describe('deliveries', () => {
  it('are counted as delivered, as failed where another try follows, and as given up', async () => {
    expect(
      await meter('ensureDelivered', meterDeliveries, () => ({ status: 200 }), raise(retried), raise(final)),
    ).toEqual([
      'longhaul_deliveries_total{receiver="team",outcome="delivered"} 1',
      'longhaul_deliveries_total{receiver="team",outcome="failed"} 1',
      'longhaul_deliveries_total{receiver="team",outcome="given-up"} 1',
    ]);
  });
});
