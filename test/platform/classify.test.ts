import { describe, expect, it } from '@jest/globals';
import {
  type Outcome,
  type Unusable,
  classify,
  isAmbiguous,
  reasonOf,
  retryAfterMs,
} from '../../src/platform/classify.js';
import { dominoRefusals as refusals } from '../../src/platform/domino/refusals.js';

const to = (path: `/${string}`, replay: 'safe' | 'idempotent' | 'creates') => ({
  endpoint: { path, replay },
  refusals,
});
const read = to('/api/jobs/beta/jobs', 'safe');
const write = to('/api/jobs/v1/jobs', 'creates');
const answered = (status: number, text = '', headers: Record<string, string> = {}): Outcome => ({
  kind: 'answered',
  status,
  headers,
  text,
});

/** Words of the platform. */
const no = '{"error":"no"}';

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
    [
      'an answer that is too large',
      { kind: 'broken', reason: 'it was larger', isTooLarge: true },
      undefined,
      'ANSWER_UNEXPECTED',
      'ANSWER_LOST',
    ],
    ['a choice of addresses', answered(300), undefined, 'PROXY_PAGE', 'PROXY_PAGE'],
    ['a page instead of JSON', answered(200), 'page', 'PROXY_PAGE', 'ANSWER_LOST'],
    ['half of the JSON', answered(200), 'undecodable', 'PLATFORM_UNAVAILABLE', 'ANSWER_LOST'],
    ['JSON without an id', answered(201), 'unexpected', 'ANSWER_UNEXPECTED', 'ANSWER_LOST'],
    ['a redirect', answered(302), undefined, 'PROXY_PAGE', 'PROXY_PAGE'],
    ['400', answered(400, no), undefined, 'REQUEST_REJECTED', 'REQUEST_REJECTED'],
    ['401', answered(401, no), undefined, 'CREDENTIALS_REJECTED', 'CREDENTIALS_REJECTED'],
    ['403', answered(403, no), undefined, 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    [
      '403 for a quota',
      answered(403, '{"errors":["Compute quota exceeded"]}'),
      undefined,
      'QUOTA_EXCEEDED',
      'QUOTA_EXCEEDED',
    ],
    ['410', answered(410, no), undefined, 'NOT_FOUND', 'NOT_FOUND'],
    ['404', answered(404, no), undefined, 'NOT_FOUND', 'NOT_FOUND'],
    ['408', answered(408), undefined, 'PLATFORM_UNAVAILABLE', 'ANSWER_LOST'],
    ['409', answered(409, no), undefined, 'CONFLICT', 'CONFLICT'],
    ['422', answered(422, no), undefined, 'REQUEST_REJECTED', 'REQUEST_REJECTED'],
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
    const relogin = answered(409, '{"redirectPath":"/login"}');
    expect(classify(to('/v4/jobs/start', 'creates'), relogin)).toBe('CREDENTIALS_REJECTED');
    expect(classify(to('/v4/jobs/restart', 'creates'), relogin)).toBe('CREDENTIALS_REJECTED');
    expect(classify(to('/v4/jobs/stop', 'idempotent'), relogin)).toBe('CONFLICT');
  });
});

/** Answers with 4xx that are not the platform’s word, whatever they say. */
const foreign = [
  ['a page', '<html><body>rate limit exceeded</body></html>'],
  ['the text of an ingress', 'default backend - 404'],
  ['nothing', ''],
  ['a word in JSON', '"quota exceeded"'],
  ['an empty object', '{}'],
  ['a list', '[]'],
  ['an error of Spring', '{"timestamp":1,"status":404,"error":"Not Found","path":"/api"}'],
  ['an error of Cloudflare', '{"success":false,"errors":[{"code":1015,"message":"limit exceeded"}]}'],
  ['an error of Google', '{"error":{"code":403,"message":"quota exceeded"}}'],
  ['a status of Kubernetes', '{"kind":"Status","status":"Failure","message":"not found","code":404}'],
  ['no words', '{"errors":[]}'],
] as const;

/** What the platform says, in each of its shapes. */
const own = [
  '{"errors":["no"],"requestId":"r1"}',
  '{"error":"no"}',
  '{"message":"no"}',
  '{"message":"no","correlationId":"c1"}',
  '{"redirectPath":"/login"}',
];

describe('a refusal', () => {
  const statuses = [400, 401, 403, 404, 405, 409, 410, 413, 422];

  it.each(foreign)('that is %s says nothing, of whatever status', (_, text) => {
    for (const status of statuses) {
      expect({ status, code: classify(read, answered(status, text)) }).toEqual({
        status,
        code: 'PROXY_PAGE',
      });
      expect(isAmbiguous(write, answered(status, text), 'PROXY_PAGE')).toBe(true);
      expect(isAmbiguous(read, answered(status, text), 'PROXY_PAGE')).toBe(false);
    }
  });

  it.each(own)('in the shape %s is the platform’s word', (text) => {
    for (const status of statuses) {
      const code = classify(write, answered(status, text));
      expect(code).not.toBe('PROXY_PAGE');
      expect(isAmbiguous(write, answered(status, text), code)).toBe(false);
    }
  });
});

describe('a status by which the platform does not refuse', () => {
  it.each([402, 407, 421, 423, 424, 431, 444, 460, 499])('%i says nothing, whatever its words', (status) => {
    for (const text of own) {
      expect(classify(write, answered(status, text))).toBe('PROXY_PAGE');
      expect(isAmbiguous(write, answered(status, text), 'PROXY_PAGE')).toBe(true);
    }
  });
});

describe('isAmbiguous', () => {
  it.each<[string, Outcome, boolean]>([
    ['a request that was not sent', { kind: 'not-sent', reason: 'ECONNREFUSED' }, false],
    ['an answer that broke off', { kind: 'broken', reason: 'ECONNRESET' }, true],
    ['408', answered(408, no), true],
    ['425', answered(425, no), true],
    ['a redirect', answered(302), true],
    ['429 of the platform', answered(429, '{"errors":["slow down"]}'), false],
    ['429 of an ingress', answered(429, '', { 'retry-after': '5' }), true],
    ['500', answered(500, no), true],
    ['503 with Retry-After', answered(503, no, { 'retry-after': '5' }), true],
    ['400', answered(400, no), false],
  ])('tells of %s whether a write may have taken effect', (_, outcome, expected) => {
    expect(isAmbiguous(write, outcome, classify(write, outcome))).toBe(expected);
  });

  it('is true of a success that cannot be read', () => {
    const code = classify(write, answered(201), 'unexpected');
    expect(isAmbiguous(write, answered(201), code)).toBe(true);
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
    ['{"errors":[{"message":"key expired"}]}', ''],
    ['{"error":"no such job"}', 'no such job'],
    ['{"message":"nope"}', 'nope'],
    ['{"redirectPath":"/login"}', ''],
    ['', ''],
    ['<html>secret</html>', ''],
    ['null', ''],
  ])('takes the reason from %j', (text, reason) => {
    expect(reasonOf(text, refusals)).toBe(reason);
  });

  it('keeps at most 500 characters', () => {
    expect(reasonOf(JSON.stringify({ message: 'x'.repeat(9_000) }), refusals)).toHaveLength(500);
  });
});
