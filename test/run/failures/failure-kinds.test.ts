import { describe, expect, it } from '@jest/globals';
import { exitCodes } from '../../../src/cli/exit-codes.js';
import { failureKinds } from '../../../src/run/failures/errors.js';

describe('the table of failures', () => {
  it.each(Object.entries(failureKinds))('says of %s all there is to say', (_code, kind) => {
    expect(kind).toEqual({
      meaning: expect.stringMatching(/^\S.*\.$/),
      retry: expect.stringMatching(/^(?:never|backoff|after|patience|operator)$/),
      operator: expect.stringMatching(/^\S.*\.$/),
      exit: expect.any(String),
      status: kind.status === null ? null : expect.any(Number),
    });
    expect(exitCodes[kind.exit]).toBeGreaterThan(0);
    if (kind.status !== null)
      expect([400, 401, 403, 404, 409, 413, 415, 422, 500, 502, 503]).toContain(kind.status);
  });

  it('answers what is tried again with a 5xx status, so that callers try again too', () => {
    const again = Object.entries(failureKinds).filter(
      ([, { retry, status }]) =>
        (retry === 'backoff' || retry === 'after') && status !== null && status < 500,
    );
    expect(again).toEqual([]);
  });
});
