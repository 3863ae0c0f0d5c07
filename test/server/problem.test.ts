import { describe, expect, it } from '@jest/globals';
import { translateRunError } from '../../src/client/translating.js';
import { LonghaulError } from '../../src/pipeline/errors.js';
import { problemOf } from '../../src/server/problem.js';

describe('a problem', () => {
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
