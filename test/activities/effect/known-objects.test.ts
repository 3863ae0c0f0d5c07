import { describe, expect, it } from '@jest/globals';
import type { Attempt } from '../../../src/activities/effect/attempt.js';
import { fromKnown, ofKnown } from '../../../src/activities/effect/known-objects.js';
import type { FailureCode } from '../../../src/run/failures/errors.js';
import { PlatformError } from '../../../src/platform/errors.js';

const attempt: Attempt = {
  number: 1,
  elapsedMs: 0,
  nowMs: () => 0,
  heldMs: 0,
  hasStayed: () => false,
  unsettled: null,
  remember: () => undefined,
  deadlineMs: () => Number.POSITIVE_INFINITY,
  endsMs: () => performance.now() + 60_000,
};

const failing =
  (code: FailureCode, message = 'GET /jobs/{jobId} answered') =>
  (): Promise<never> =>
    Promise.reject(new PlatformError(code, message));

const codeOf = (failed: Promise<unknown>): Promise<unknown> =>
  failed.catch((error: unknown) => (error instanceof PlatformError ? error.code : error));

describe('an effect that asks for what is known to exist', () => {
  it.each(['NOT_FOUND', 'REQUEST_REJECTED', 'CONFLICT'] as const)('misses it after %s', async (code) => {
    expect(await codeOf(ofKnown(failing(code))(null, attempt))).toBe('OBJECT_MISSING');
  });

  it.each(['PLATFORM_UNAVAILABLE', 'PROXY_PAGE', 'CREDENTIALS_REJECTED'] as const)(
    'fails as before after %s',
    async (code) => {
      expect(await codeOf(ofKnown(failing(code))(null, attempt))).toBe(code);
    },
  );
});

describe('a creation from what is known to exist', () => {
  const given = ({ tier }: { tier?: string }) => [tier];

  it('misses it when the platform finds something that it does not name, or that was there', async () => {
    const unnamed = fromKnown(failing('NOT_FOUND', 'answered 404'), given);
    const named = fromKnown(failing('NOT_FOUND', 'answered 404: No environment "66f0"'), given);
    expect(await codeOf(unnamed({ tier: 'large' }, attempt))).toBe('OBJECT_MISSING');
    expect(await codeOf(named({ tier: 'large' }, attempt))).toBe('OBJECT_MISSING');
    expect(await codeOf(named({}, attempt))).toBe('OBJECT_MISSING');
  });

  it('is not possible when it is what only the input names', async () => {
    const create = fromKnown(failing('NOT_FOUND', 'answered 404: No hardware tier "large"'), given);
    expect(await codeOf(create({ tier: 'large' }, attempt))).toBe('NOT_FOUND');
  });

  it('misses it when a name is in the address or the status alone', async () => {
    const said = { status: 404, said: 'Deployment was not found' };
    const message = 'GET /deployments/{version} on a answered 404: Deployment was not found';
    const perform = fromKnown(() => Promise.reject(new PlatformError('NOT_FOUND', message, said)), given);
    expect(await codeOf(perform({ tier: '4' }, attempt))).toBe('OBJECT_MISSING');
    expect(await codeOf(perform({ tier: 'version' }, attempt))).toBe('OBJECT_MISSING');
  });

  it('is refused when its request is', async () => {
    expect(await codeOf(fromKnown(failing('REQUEST_REJECTED'))(null, attempt))).toBe('REQUEST_REJECTED');
  });
});
