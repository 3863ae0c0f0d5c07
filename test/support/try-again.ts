/** In CI, a test that fails is tried once more. What its first try said is printed too. */
import { jest } from '@jest/globals';

const retries = Number(process.env['LONGHAUL_TEST_RETRIES'] ?? 0);
if (retries > 0) jest.retryTimes(retries, { logErrorsBeforeRetry: true });
