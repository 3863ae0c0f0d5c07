import { describe, expect, it } from '@jest/globals';
import { type Outcome, type Unusable, classify, reasonOf, retryAfterMs } from '../../src/platform/errors.js';

const read = { path: '/api/jobs/beta/jobs', replay: 'safe' } as const;
const write = { path: '/api/jobs/v1/jobs', replay: 'creates' } as const;
const answered = (status: number, text = '', headers: Record<string, string> = {}): Outcome => ({
  kind: 'answered',
  status,
  headers,
  text,
});

describe('classify', () => {
  it.each<[string, Outcome, Unusable | undefined, string | null, string | null]>([
    ['a usable answer', answered(200), undefined, null, null],
    [
      'a request that was not sent',
      { kind: 'not-sent', reason: 'ECONNREFUSED' },
      undefined,
      'PLATFORM_UNREACHABLE',
      'PLATFORM_UNREACHABLE',
    ],
    [
      'an answer that broke off',
      { kind: 'broken', reason: 'ECONNRESET' },
      undefined,
      'PLATFORM_UNAVAILABLE',
      'ANSWER_LOST',
    ],
    ['a page instead of JSON', answered(200), 'page', 'PROXY_PAGE', 'ANSWER_LOST'],
    ['half of the JSON', answered(200), 'undecodable', 'PLATFORM_UNAVAILABLE', 'ANSWER_LOST'],
    ['JSON without an id', answered(201), 'unexpected', 'ANSWER_UNEXPECTED', 'ANSWER_LOST'],
    ['a redirect', answered(302), undefined, 'PROXY_PAGE', 'PROXY_PAGE'],
    ['400', answered(400), undefined, 'REQUEST_REJECTED', 'REQUEST_REJECTED'],
    ['401', answered(401), undefined, 'CREDENTIALS_REJECTED', 'CREDENTIALS_REJECTED'],
    ['403', answered(403), undefined, 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    [
      '403 for a quota',
      answered(403, '{"errors":["Compute quota exceeded"]}'),
      undefined,
      'QUOTA_EXCEEDED',
      'QUOTA_EXCEEDED',
    ],
    ['404', answered(404), undefined, 'NOT_FOUND', 'NOT_FOUND'],
    ['408', answered(408), undefined, 'PLATFORM_UNAVAILABLE', 'ANSWER_LOST'],
    ['409', answered(409), undefined, 'CONFLICT', 'CONFLICT'],
    ['422', answered(422), undefined, 'REQUEST_REJECTED', 'REQUEST_REJECTED'],
    ['429', answered(429), undefined, 'PLATFORM_THROTTLED', 'PLATFORM_THROTTLED'],
    ['500', answered(500), undefined, 'PLATFORM_UNAVAILABLE', 'ANSWER_LOST'],
    ['502', answered(502), undefined, 'PLATFORM_UNAVAILABLE', 'ANSWER_LOST'],
    ['503', answered(503), undefined, 'PLATFORM_UNAVAILABLE', 'ANSWER_LOST'],
    [
      '503 with Retry-After',
      answered(503, '', { 'retry-after': '5' }),
      undefined,
      'PLATFORM_THROTTLED',
      'PLATFORM_THROTTLED',
    ],
    ['an unlisted status', answered(599), undefined, 'PLATFORM_UNAVAILABLE', 'ANSWER_LOST'],
  ])('tells what %s means for a read and for a write', (_, outcome, unusable, forRead, forWrite) => {
    expect(classify(read, outcome, unusable)).toBe(forRead);
    expect(classify(write, outcome, unusable)).toBe(forWrite);
  });

  it('reads 409 on starting a job through /v4 as “log in again”', () => {
    expect(classify({ path: '/v4/jobs/start', replay: 'creates' }, answered(409))).toBe(
      'CREDENTIALS_REJECTED',
    );
    expect(classify({ path: '/v4/jobs/restart', replay: 'creates' }, answered(409))).toBe(
      'CREDENTIALS_REJECTED',
    );
    expect(classify({ path: '/v4/jobs/stop', replay: 'idempotent' }, answered(409))).toBe('CONFLICT');
  });
});

describe('retryAfterMs', () => {
  const now = Date.parse('2026-11-21T10:00:00Z');

  it.each<[string | undefined, number | undefined]>([
    ['7', 7_000],
    ['0', 1_000],
    ['99999', 99_999_000],
    ['1e300', 30 * 86_400_000],
    ['Sat, 21 Nov 2026 10:00:30 GMT', 30_000],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %j', (header, expected) => {
    expect(retryAfterMs({ 'retry-after': header }, now)).toBe(expected);
  });

  it('measures a date by the clock of the platform, whatever the clock of the worker says', () => {
    const headers = {
      date: 'Sat, 21 Nov 2026 10:00:00 GMT',
      'retry-after': 'Sat, 21 Nov 2026 10:01:30 GMT',
    };
    for (const offMs of [-7_200_000, 0, 7_200_000]) expect(retryAfterMs(headers, now + offMs)).toBe(90_000);
  });
});

describe('reasonOf', () => {
  it.each<[string, string]>([
    ['{"errors":["a","b"],"requestId":"r1"}', 'a; b (request r1)'],
    ['{"error":"no such job"}', 'no such job'],
    ['{"message":"nope"}', 'nope'],
    ['{"redirectPath":"/login"}', ''],
    ['', ''],
    ['<html>secret</html>', ''],
    ['null', ''],
  ])('takes the reason from %j', (text, reason) => {
    expect(reasonOf(text)).toBe(reason);
  });

  it('keeps at most 500 characters', () => {
    expect(reasonOf(JSON.stringify({ message: 'x'.repeat(9_000) }))).toHaveLength(500);
  });
});
