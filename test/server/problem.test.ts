import { describe, expect, it } from '@jest/globals';
import { translateRunError } from '../../src/client/translating.js';
import {
  type FailureCode,
  LonghaulError,
  failureKinds,
  isFailureCode,
} from '../../src/run/failures/errors.js';
import { problemOf } from '../../src/server/problem.js';

describe('a problem', () => {
  it('of any code but a mistake of Longhaul’s own is not told as one of the server’s', () => {
    // Commands alone have those without a status.
    const codes = Object.keys(failureKinds)
      .filter(isFailureCode)
      .filter((code) => failureKinds[code].status !== null);
    const statusOf = (code: FailureCode): number => problemOf(new LonghaulError(code, 'm'), 'r-1').status;
    expect(codes.filter((code) => statusOf(code) === 500)).toEqual(['INTERNAL']);
  });

  it.each([
    ['CONFLICT', 409],
    ['BASELINE_UNKNOWN', 409],
    ['OBJECT_MISSING', 409],
    ['REQUEST_REJECTED', 502],
    ['QUOTA_EXCEEDED', 502],
  ] as const)('that a look at the platform ends with says what stands in the way: %s', (code, status) => {
    expect(problemOf(new LonghaulError(code, 'm'), 'r-1').status).toBe(status);
  });

  it('names no file of the set-up, and says what a namespace lacks', () => {
    const fault = new LonghaulError('CREDENTIALS_MISSING', '/run/secrets/key cannot be read');
    expect(problemOf(fault, 'r-1')).toMatchObject({
      status: 503,
      detail: expect.stringMatching(/^the server or a worker is not set up .* under the request id r-1$/),
    });
    const cause = new Error('no mapping defined for search attribute LonghaulPipeline');
    const refused = Object.assign(cause, { code: 3, details: '', metadata: {} });
    expect(problemOf(translateRunError(refused, 'train.a', 'here'), 'r-2')).toMatchObject({
      code: 'CONFIG_INVALID',
      detail: expect.stringContaining('run `longhaul worker` once'),
    });
  });
});
