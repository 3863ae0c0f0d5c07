import { describe, expect, it } from '@jest/globals';
import { createTemporalInstruments } from '../../src/observability/instruments.js';
import { workerMetrics } from '../../src/observability/metrics.js';
import { eventually } from '../support/eventually.js';

type Meter = Parameters<typeof createTemporalInstruments>[0];

/** Temporal's meter, as far as instruments use it, and what it was told. */
function createStage() {
  const told: (readonly [name: string, value: number, labels: object | undefined])[] = [];
  const instrument = (name: string) => ({
    add: (value: number, labels?: object) => void told.push([name, value, labels]),
    set: (value: number, labels?: object) => void told.push([name, value, labels]),
    record: (value: number, labels?: object) => void told.push([name, value, labels]),
  });
  const meter = { createCounter: instrument, createGauge: instrument, createHistogram: instrument };
  // what is missing of a meter, instruments do not call
  return { told, to: createTemporalInstruments(meter as unknown as Meter, workerMetrics) };
}

const jobs = { connection: 'prod', endpoint: 'jobs.get', status: '200' };

describe('the instruments of a worker', () => {
  it('tell Temporal of a counter once for all that was added under the same labels', async () => {
    const { told, to } = createStage();
    to.add('longhaul_platform_requests_total', jobs);
    to.add('longhaul_platform_requests_total', { ...jobs, status: '503' });
    to.add('longhaul_platform_requests_total', jobs, 2);
    expect(told).toEqual([]);
    await eventually(() => Promise.resolve(told.length === 2));
    expect(told).toEqual([
      ['longhaul_platform_requests', 3, jobs],
      ['longhaul_platform_requests', 1, { ...jobs, status: '503' }],
    ]);
  });

  it('go on counting after they have told, and tell of a counter that has nothing yet', async () => {
    const { told, to } = createStage();
    to.add('longhaul_platform_requests_total', jobs);
    await eventually(() => Promise.resolve(told.length === 1));
    to.add('longhaul_platform_requests_total', jobs, 0);
    await eventually(() => Promise.resolve(told.length === 2));
    expect(told[1]).toEqual(['longhaul_platform_requests', 0, jobs]);
  });

  it('tell of a gauge and of a duration at once', () => {
    const { told, to } = createStage();
    to.set('longhaul_connection_refused', { connection: 'prod' }, 1);
    to.observe('longhaul_platform_request_duration_seconds', { connection: 'prod', method: 'GET' }, 0.2);
    expect(told.map(([name]) => name)).toEqual([
      'longhaul_connection_refused',
      'longhaul_platform_request_duration_seconds',
    ]);
  });
});
