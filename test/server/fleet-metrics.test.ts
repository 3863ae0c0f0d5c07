import { describe, expect, it } from '@jest/globals';
import type { FleetCounts } from '../../src/client/fleet.js';
import { serverMetrics } from '../../src/observability/metrics.js';
import { createRegistry } from '../../src/observability/registry.js';
import { createFleetMetrics } from '../../src/server/fleet-metrics.js';

const counts: FleetCounts = {
  runs: [
    { pipeline: 'churn', status: 'running', count: 4 },
    { pipeline: 'churn', status: 'parked', count: 1 },
  ],
  parked: { CONFLICT: 1 },
  approvals: 2,
  deliveries: 3,
  queues: [
    { queue: 'pipelines', workers: 2, backlog: { tasks: 5, oldestMs: 1_500 } },
    { queue: 'webhooks', workers: 0, backlog: null },
  ],
};

/** A fleet that answers in this order. */
function createStage(...answers: (FleetCounts | Error)[]) {
  const metrics = createRegistry(serverMetrics);
  const failures: unknown[] = [];
  let [nowMs, asked] = [0, 0];
  const meterFleet = createFleetMetrics({
    fleet: {
      count: () => {
        const answer = answers[asked++] ?? new Error('asked too often');
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    },
    scope: { pipelines: ['churn'], queues: ['pipelines', 'webhooks'] },
    logger: { warn: (logged: { readonly err: unknown }) => failures.push(logged.err) },
    now: () => nowMs,
  });
  const read = async (): Promise<string[]> => {
    await meterFleet(metrics);
    return (await metrics.registry.metrics())
      .split('\n')
      .filter((line) => /^longhaul_(temporal|runs|approvals|deliveries|workers|queue)/.test(line));
  };
  return { read, failures, wait: (ms: number) => (nowMs += ms), asked: () => asked };
}

const whole = [
  'longhaul_temporal_reachable 1',
  'longhaul_runs{pipeline="churn",status="running"} 4',
  'longhaul_runs{pipeline="churn",status="parked"} 1',
  'longhaul_runs_parked{code="CONFLICT"} 1',
  'longhaul_approvals_pending 2',
  'longhaul_deliveries_open 3',
  'longhaul_workers{queue="pipelines"} 2',
  'longhaul_workers{queue="webhooks"} 0',
  'longhaul_queue_backlog{queue="pipelines"} 5',
  'longhaul_queue_backlog_age_seconds{queue="pipelines"} 1.5',
];

describe('the metrics of the fleet', () => {
  it('tell what Temporal counts, and leave out what it does not say', async () => {
    expect(await createStage(counts).read()).toEqual(whole);
  });

  it('are counted once for all who read within 15 seconds', async () => {
    const { read, wait, asked } = createStage(counts, counts);
    await Promise.all([read(), read()]);
    wait(15_000);
    await read();
    expect(asked()).toBe(1);
    wait(1);
    await read();
    expect(asked()).toBe(2);
  });

  it('are left out while Temporal is out of reach, rather than told from memory', async () => {
    const gone = new Error('Temporal does not answer');
    const { read, failures, wait } = createStage(counts, gone, { ...counts, parked: {} });
    await read();
    wait(20_000);
    expect(await read()).toEqual(['longhaul_temporal_reachable 0']);
    expect(failures).toEqual([gone]);
    wait(20_000);
    expect(await read()).toEqual(whole.filter((line) => !line.includes('code=')));
  });
});
