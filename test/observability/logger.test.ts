/** What is logged of errors. */
import { expect, it } from '@jest/globals';
import { withoutSecrets } from '../../src/observability/logger.js';
import { LonghaulError } from '../../src/run/failures/errors.js';

it('is what has caused an error too, and nothing else that either holds', () => {
  const cause = Object.assign(new LonghaulError('PAYLOAD_UNREADABLE', 'the key "new" is not there'), {
    request: { headers: { authorization: 'secret' } },
  });
  const error = new Error('Unexpected error while making gRPC request', { cause });
  expect(withoutSecrets(error)).toEqual({
    ...{ type: 'Error', code: undefined, message: error.message, stack: error.stack },
    cause: { type: 'LonghaulError', code: 'PAYLOAD_UNREADABLE', message: 'the key "new" is not there' },
  });
  expect(JSON.stringify(withoutSecrets(error))).not.toContain('secret');
  const endless = new Error('round');
  endless.cause = endless;
  expect(JSON.stringify(withoutSecrets(endless))).toContain('round');
});
