import { describe, expect, it } from '@jest/globals';
import { createMeters } from '../../src/observability/meters.js';
import { workerMetrics } from '../../src/observability/metrics.js';
import { createRegistry } from '../../src/observability/registry.js';

const nowMs = Date.parse('2026-11-30T10:00:00Z');

/** The samples of a metric, as Prometheus reads them. */
function createStage() {
  const metrics = createRegistry(workerMetrics);
  const meters = createMeters(metrics, { nowMs: () => nowMs });
  const samples = async (name: string): Promise<string[]> =>
    (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(name));
  return { meters, samples };
}

describe('the meters of a worker', () => {
  it('count requests by endpoint and status, and time them by method', async () => {
    const { meters, samples } = createStage();
    const request = { connection: 'prod', endpoint: 'jobs.list', method: 'GET' };
    meters.requested({ ...request, status: 200, seconds: 0.3 });
    meters.requested({ ...request, status: 'broken', seconds: 5 });
    expect(await samples('longhaul_platform_requests_total')).toEqual([
      'longhaul_platform_requests_total{connection="prod",endpoint="jobs.list",status="200"} 1',
      'longhaul_platform_requests_total{connection="prod",endpoint="jobs.list",status="broken"} 1',
    ]);
    expect(await samples('longhaul_platform_request_duration_seconds_count')).toEqual([
      'longhaul_platform_request_duration_seconds_count{connection="prod",method="GET"} 2',
    ]);
  });

  it('tell when a look was last answered, not when one failed', async () => {
    const { meters, samples } = createStage();
    meters.looked({ connection: 'prod', effect: 'awaitJob', outcome: 'waiting' });
    meters.looked({ connection: 'other', effect: 'awaitJob', outcome: 'failed' });
    expect(await samples('longhaul_last_look_timestamp_seconds')).toEqual([
      `longhaul_last_look_timestamp_seconds{connection="prod"} ${nowMs / 1_000}`,
    ]);
  });

  it('put the lookouts of one connection together, and forget one that has ended', async () => {
    const { meters, samples } = createStage();
    const one = { connection: 'prod', name: 'ada/iris' };
    const two = { connection: 'prod', name: 'ada/churn' };
    meters.watching(one, { waits: 7, intervalMs: 2_000, oldestLookMs: 1_000, lastLookMs: 500 });
    meters.watching(two, { waits: 3, intervalMs: 15_000, oldestLookMs: 4_000, lastLookMs: 700 });
    const all = () => samples('longhaul_lookout').then((lines) => lines.map((line) => line.split('} ')[1]));
    expect(await all()).toEqual(['10', '2', '15', `${nowMs / 1_000 - 4}`]);
    meters.watching(two, null);
    expect(await all()).toEqual(['7', '1', '2', `${nowMs / 1_000 - 1}`]);
    meters.watching(one, null);
    expect(await all()).toEqual(['0', '0', '0', '0']);
  });

  it('tell when a lookout was last answered, and not of an earlier time by one that is not', async () => {
    const { meters, samples } = createStage();
    const said = { waits: 7, intervalMs: 2_000, oldestLookMs: 90_000 };
    meters.watching({ connection: 'prod', name: 'ada/iris' }, { ...said, lastLookMs: 500 });
    meters.watching({ connection: 'prod', name: 'ada/churn' }, { ...said, lastLookMs: 60_000 });
    expect(await samples('longhaul_last_look_timestamp_seconds')).toEqual([
      `longhaul_last_look_timestamp_seconds{connection="prod"} ${nowMs / 1_000 - 0.5}`,
    ]);
  });

  it('tell 200 pipelines and 2,000 steps apart, and count the others together', async () => {
    const { meters, samples } = createStage();
    for (let at = 0; at < 203; at += 1)
      meters.runEnded({ pipeline: `p${at}`, status: 'failed', code: 'JOB_FAILED', lastedMs: 1_000 });
    for (let at = 0; at < 2_002; at += 1)
      meters.stepParked({ pipeline: 'p1', step: `s${at}`, code: 'CONFLICT' });
    const ended = await samples('longhaul_runs_ended_total');
    expect([ended.length, ended.at(-1)]).toEqual([
      201,
      'longhaul_runs_ended_total{pipeline="other",status="failed",code="JOB_FAILED"} 3',
    ]);
    const parked = await samples('longhaul_steps_parked_total');
    expect([parked.length, parked.at(-1)]).toEqual([
      2_001,
      'longhaul_steps_parked_total{pipeline="p1",step="other",code="CONFLICT"} 2',
    ]);
  });

  it('show a receiver before anything was given up, so that the first time is an increase', async () => {
    const { meters, samples } = createStage();
    meters.expectReceivers(['team']);
    meters.delivered({ receiver: 'team', outcome: 'given-up' });
    expect(await samples('longhaul_deliveries_total')).toEqual([
      'longhaul_deliveries_total{receiver="team",outcome="delivered"} 0',
      'longhaul_deliveries_total{receiver="team",outcome="failed"} 0',
      'longhaul_deliveries_total{receiver="team",outcome="given-up"} 1',
    ]);
  });

  it('never tell that an end was seen before it was: clocks differ', async () => {
    const { meters, samples } = createStage();
    meters.endSeen({ connection: 'prod', object: 'job', afterMs: -4_000 });
    expect(await samples('longhaul_end_to_seen_seconds_sum')).toEqual([
      'longhaul_end_to_seen_seconds_sum{connection="prod",object="job"} 0',
    ]);
  });
});
