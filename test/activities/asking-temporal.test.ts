import { describe, expect, it } from '@jest/globals';
import { ServiceError } from '@temporalio/client';
import { askTemporal } from '../../src/activities/asking-temporal.js';

/** As gRPC throws it. */
const unavailable = Object.assign(new Error('14 UNAVAILABLE'), { code: 14, details: 'away', metadata: {} });

describe('what Temporal is asked', () => {
  it.each([
    ['gRPC', unavailable],
    ['its client', new ServiceError('failed to list', { cause: unavailable })],
  ])('is asked again later when it does not answer, by an error of %s', async (_, error) => {
    await expect(askTemporal('list runs', () => Promise.reject(error))).rejects.toMatchObject({
      code: 'TEMPORAL_UNREACHABLE',
      message: 'Temporal could not list runs',
    });
  });

  it('fails as it does with any other error', async () => {
    const mistake = new TypeError('no');
    await expect(askTemporal('list runs', () => Promise.reject(mistake))).rejects.toBe(mistake);
  });
});
