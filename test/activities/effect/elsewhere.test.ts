import { describe, expect, it } from '@jest/globals';
import { createElsewhere } from '../../../src/activities/effect/elsewhere.js';
import { type FailureCode, LonghaulError } from '../../../src/run/failures/errors.js';
import { PlatformError } from '../../../src/platform/errors.js';

const failing = (code: FailureCode, status?: number) =>
  createElsewhere(() => Promise.reject(new PlatformError(code, `answered ${status}`, { status })));

describe('what a connection answers elsewhere', () => {
  it('is the platform where it says who this is, or that this may not be asked', async () => {
    expect(await createElsewhere(() => Promise.resolve({}))()).toBe('answers');
    expect(await failing('PERMISSION_DENIED', 403)()).toBe('answers');
  });

  it.each<[string, FailureCode, number | undefined]>([
    ['a page', 'PROXY_PAGE', 200],
    ['a redirect', 'PROXY_PAGE', 302],
    ['a page with 403', 'PROXY_PAGE', 403],
    ['JSON that says nothing', 'ANSWER_UNEXPECTED', 200],
    ['503', 'PLATFORM_UNAVAILABLE', 503],
    ['429', 'PLATFORM_THROTTLED', 429],
    ['nothing', 'PLATFORM_UNREACHABLE', undefined],
  ])('is an outage where it is %s', async (_, code, status) => {
    expect(await failing(code, status)()).toBe('outage');
  });

  it('is a refused credential by 401, whoever says so, and where there is none', async () => {
    const refused = { code: 'CREDENTIALS_REJECTED', message: 'answered 401' };
    expect(await failing('CREDENTIALS_REJECTED', 401)()).toEqual(refused);
    expect(await failing('PROXY_PAGE', 401)()).toEqual(refused);
    const missing = new LonghaulError('CREDENTIALS_MISSING', 'there is no file');
    expect(await createElsewhere(() => Promise.reject(missing))()).toMatchObject({
      code: 'CREDENTIALS_MISSING',
    });
  });

  it('is asked once for all who doubt it at the same time', async () => {
    let asked = 0;
    const elsewhere = createElsewhere(() => Promise.resolve((asked += 1)));
    await Promise.all(Array.from({ length: 100 }, elsewhere));
    expect(asked).toBe(1);
  });
});
