/** The step that asks a service, against one over HTTP: what is sent how often, and what is kept of its answer. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { http as room } from '../../../src/activities/steps/http.js';
import { dominoActivities } from '../../../src/activities/domino/index.js';
import { createForesight } from '../../../src/activities/replay/foresight.js';
import { createRequestActivities } from '../../../src/activities/steps/requests.js';
import { createGate } from '../../../src/platform/gate.js';
import { createMask } from '../../../src/foreign-text/mask.js';
import type { HttpSpec } from '../../../src/run/documents/requests.js';
import { LonghaulError } from '../../../src/run/failures/errors.js';
import type { Service } from '../../../src/services/send.js';
import { http } from '../../../src/steps/http.js';
import { type Performing, contextOf } from '../performing.js';
import { type Setting, openSetting } from '../retraining-stage.js';

interface Asked {
  readonly line: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What the service does with the next requests: answers, or cuts the connection. */
type Answer =
  { readonly status: number; readonly text?: string; readonly headers?: Record<string, string> } | 'cut';

const secret = 'a-very-secret-token-1234';
const asked: Asked[] = [];
let answers: Answer[] = [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    asked.push({ line: `${request.method ?? ''} ${request.url ?? ''}`, headers: request.headers, body });
    const answer = answers.shift() ?? { status: 200, text: '{"id":7}' };
    if (answer === 'cut') request.socket.destroy();
    else {
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      response.end(answer.text ?? '');
    }
  });
});
let setting: Setting;
let service: Service;

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(async () => {
  asked.length = 0;
  answers = [];
  const { port } = server.address() as AddressInfo;
  service = {
    url: `http://127.0.0.1:${port}/base/`,
    ...{ methods: ['GET', 'POST', 'PUT'], internal: true, timeoutMs: 1_000 },
    headers: () => ({ authorization: `Bearer ${secret}` }),
  };
  setting = await openSetting();
});
afterEach(() => setting.close());

const origin = { runId: 'x.y', firstAttemptId: 'a', step: 'ask', generation: 1 };
const get: HttpSpec = { service: 'features', method: 'GET', path: '/items', query: {}, replay: 'safe' };
const post: HttpSpec = { ...get, method: 'POST', body: { n: 1 }, replay: 'once' };

const activities = () => {
  const mask = createMask(() => [secret]);
  const known = (name: string) => (name === 'features' ? service : null);
  return createRequestActivities({
    ...setting.deps,
    redact: mask.text,
    redactLines: mask.lines,
    service: known,
  });
};
async function perform(spec: HttpSpec, more: Partial<Performing> = {}) {
  const between = () => Promise.resolve();
  return http.perform(contextOf(activities(), { origin, between, ...more }).step, spec);
}
const lines = () => asked.map(({ line }) => line);

describe('a request to a service', () => {
  it('carries its secrets, its query and its body, and hands over the answer', async () => {
    const spec = { ...post, query: { day: '2026-11-29', tag: ['a', 'b c'], deep: true } };
    expect(await perform(spec)).toEqual({ status: 200, body: { id: 7 } });
    expect(lines()).toEqual(['POST /base/items?day=2026-11-29&tag=a&tag=b+c&deep=true']);
    expect(asked[0]).toMatchObject({
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: '{"n":1}',
    });
    expect(asked[0]?.headers).not.toHaveProperty('idempotency-key');
  });

  it('sends a text as it is, and takes an answer that is none, or empty', async () => {
    answers = [{ status: 200, text: 'all well' }, { status: 204 }];
    expect(await perform({ ...post, body: 'hello' })).toEqual({ status: 200, body: 'all well' });
    expect(asked[0]).toMatchObject({
      body: 'hello',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
    expect(await perform({ ...post, body: 'hello' })).toEqual({ status: 204, body: null });
  });

  it('keeps what is selected of an answer, and no secret that is in it', async () => {
    const text = JSON.stringify({
      data: [{ id: 3 }],
      [secret]: `it is ${secret}`,
      more: 'x'.repeat(100_000),
    });
    answers = [{ status: 200, text }];
    const select = { id: '/data/0/id', none: '/data/7', said: `/${secret}` };
    expect(await perform({ ...get, select })).toEqual({
      status: 200,
      body: { id: 3, said: 'it is [redacted]' },
    });
  });

  it('keeps no private key that comes line by line', async () => {
    const body = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7';
    const key = ['-----BEGIN PRIVATE KEY-----', body, '-----END PRIVATE KEY-----'];
    answers = [
      { status: 200, text: JSON.stringify({ log: ['begun', ...key, 'done'].map((line) => ({ line })) }) },
    ];
    const { body: kept } = await perform(get);
    expect(JSON.stringify(kept)).not.toContain(body);
    expect(kept).toMatchObject({ log: [{ line: 'begun' }, {}, {}, {}, { line: 'done' }] });
  });

  it('waits for a person where an answer is larger than a step keeps, and does not send a write again', async () => {
    const large = { status: 201, text: JSON.stringify('x'.repeat(70_000)) };
    answers = [large];
    await expect(perform(post)).rejects.toMatchObject({
      type: 'ANSWER_TOO_LARGE',
      message:
        'POST /items of service features was answered with 69 KiB, and a step keeps at most 64 KiB: name what is needed of it under `select`',
      details: ['MAY_BE_MADE'],
    });
    expect(lines()).toHaveLength(1);
  });

  it('takes the statuses that are expected, and no other', async () => {
    answers = [{ status: 404 }, { status: 200 }];
    expect(await perform({ ...get, expect: [404] })).toEqual({ status: 404, body: null });
    await expect(perform({ ...get, expect: [404] })).rejects.toMatchObject({ type: 'SERVICE_REFUSED' });
  });

  it('says what the service has refused in its words, without secrets', async () => {
    answers = [{ status: 422, text: `no such  day, ${secret}` }];
    await expect(perform(post)).rejects.toMatchObject({
      type: 'SERVICE_REFUSED',
      message: 'POST /items of service features was answered 422: no such day, [redacted]',
    });
  });
});

describe('a request that is safe or idempotent', () => {
  it.each<Answer>(['cut', { status: 503 }, { status: 429, headers: { 'retry-after': '1' } }])(
    'is sent again after %j',
    async (answer) => {
      answers = [answer];
      expect(await perform(get, { between: () => delay(300) })).toMatchObject({ status: 200 });
      expect(lines()).toHaveLength(2);
    },
  );

  it('has the same key each time, and another one in another generation', async () => {
    answers = ['cut', { status: 500 }];
    await perform({ ...post, replay: 'idempotent' });
    await perform({ ...post, replay: 'idempotent' }, { origin: { ...origin, generation: 2 } });
    const keys = asked.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^lh-[a-z2-7]{12}$/);
    expect(keys.slice(0, 3)).toEqual([keys[0], keys[0], keys[0]]);
    expect(keys[3]).not.toBe(keys[0]);
  });

  it('waits for a person where the service stays away for as long as patience lasts', async () => {
    answers = Array.from({ length: 500 }, () => ({ status: 500 }));
    let elapsed = 0;
    const between = async (): Promise<void> => {
      elapsed += 1;
      await delay(250);
    };
    await expect(perform(get, { between })).rejects.toMatchObject({
      type: 'SERVICE_UNAVAILABLE',
      message: expect.stringContaining('no usable answer from service features since'),
    });
    expect(elapsed).toBeGreaterThan(3);
  });
});

describe('an answer that may be of something in between, or pass', () => {
  const redirect: Answer = { status: 302, headers: { location: '/login' } };
  const page: Answer = { status: 404, headers: { 'content-type': 'text/html' }, text: '<h1>Not here</h1>' };
  const between = () => delay(250);

  it.each([redirect, page, { status: 401 }, { status: 403 }])(
    'is no word on the request at first: %j',
    async (answer) => {
      answers = [answer, answer, answer];
      expect(await perform(get)).toMatchObject({ status: 200 });
      expect(lines()).toHaveLength(4);
    },
  );

  it.each([
    [redirect, 'SERVICE_REFUSED', 'was answered 302, and redirects are not followed'],
    [page, 'SERVICE_REFUSED', 'was answered 404'],
    [{ status: 401 }, 'SERVICE_UNUSABLE', 'its credential is not accepted'],
  ])('is its end where it stays: %j', async (answer, type, words) => {
    answers = Array.from({ length: 500 }, () => answer);
    await expect(perform(get, { between })).rejects.toMatchObject({
      type,
      message: expect.stringContaining(words) as unknown,
    });
  });

  it.each([redirect, page])('does not say whether what is sent once was done: %j', async (answer) => {
    answers = [answer];
    await expect(perform(post)).rejects.toMatchObject({ type: 'EFFECT_UNKNOWN' });
    expect(lines()).toHaveLength(1);
  });
});

describe('a service that asks to be sent nothing', () => {
  const held: Answer = { status: 429, headers: { 'retry-after': '3600' } };

  it('is sent nothing by the tries that follow, nor by other requests of the process', async () => {
    answers = [held];
    const gate = createGate('features');
    service = { ...service, gate };
    let tries = 0;
    const between = () => {
      tries += 1;
      return tries > 3 ? Promise.reject(new Error('enough')) : Promise.resolve();
    };
    await expect(perform(get, { between })).rejects.toThrow('enough');
    tries = 0;
    await expect(perform({ ...get, path: '/more' }, { between })).rejects.toThrow('enough');
    expect(lines()).toEqual(['GET /base/items']);
  });

  it('is sent nothing by another worker that makes the next try', async () => {
    answers = [held];
    let tries = 0;
    const between = () => {
      tries += 1;
      service = { ...service, gate: createGate('features') };
      return tries > 3 ? Promise.reject(new Error('enough')) : Promise.resolve();
    };
    await expect(perform(get, { between })).rejects.toThrow('enough');
    expect(lines()).toHaveLength(1);
  });
});

describe('a request that is sent once', () => {
  it('waits for a person where its answer is lost', async () => {
    answers = ['cut'];
    await expect(perform(post)).rejects.toMatchObject({
      type: 'EFFECT_UNKNOWN',
      details: ['MAY_BE_MADE'],
      message: expect.stringContaining('it is not sent again, for that might do it twice'),
    });
    expect(lines()).toHaveLength(1);
  });

  it.each([500, 504, 408])('does so also where %d was answered, which says nothing of it', async (status) => {
    answers = [{ status }];
    await expect(perform(post)).rejects.toMatchObject({ type: 'EFFECT_UNKNOWN' });
    expect(lines()).toHaveLength(1);
  });

  it('is not sent by a worker that takes over from one that died', async () => {
    await expect(perform(post, { firstTry: 2 })).rejects.toMatchObject({ type: 'EFFECT_UNKNOWN' });
    expect(lines()).toEqual([]);
  });

  it('is not sent where an attempt before may have sent it', async () => {
    await expect(perform(post, { begunBefore: true })).rejects.toMatchObject({ type: 'EFFECT_UNKNOWN' });
    expect(lines()).toEqual([]);
  });

  it('is sent where it is known that none has, and again where it was refused before it was taken', async () => {
    answers = [{ status: 429 }];
    expect(await perform(post, { begunBefore: true, isFirst: true })).toMatchObject({ status: 200 });
    expect(lines()).toHaveLength(2);
  });

  it('is known not to be sent where the service is refused or cannot be reached', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    service = { ...service, url: `http://127.0.0.1:${port}` };
    const back = (): Promise<void> => {
      service = { ...service, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
      return Promise.resolve();
    };
    expect(await perform(post, { between: back })).toMatchObject({ status: 200 });
    expect(lines()).toHaveLength(1);
  });
});

describe('a service that cannot be used', () => {
  const missing = () => {
    throw new LonghaulError('CREDENTIALS_MISSING', 'the environment variable TOKEN is not set');
  };

  it.each<[string, Partial<HttpSpec>, Partial<Service>, string]>([
    [
      'is not configured',
      { service: 'nosuch' },
      {},
      'this worker has no service "nosuch" in its configuration',
    ],
    ['takes no such method', { method: 'DELETE' }, {}, 'service features takes GET, POST, PUT alone'],
    ['has no secret', {}, { headers: missing }, 'the environment variable TOKEN is not set'],
    ['is not public', {}, { internal: false }, 'its URL is not https'],
    [
      'is not public although it is https',
      {},
      { internal: false, url: 'https://127.0.0.1/' },
      '127.0.0.1 is not a public address',
    ],
  ])('waits for a person: it %s', async (_, of, as, words) => {
    service = { ...service, ...as };
    const failure: unknown = await perform({ ...post, ...of }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'SERVICE_UNUSABLE', message: expect.stringContaining(words) });
    expect(failure).not.toMatchObject({ details: ['MAY_BE_MADE'] });
    expect(lines()).toEqual([]);
  });
});

describe('the plan of a request', () => {
  const plan = (spec: HttpSpec) =>
    room.foresee(
      createForesight(dominoActivities, setting.deps),
      { connection: 'domino-test', origin, begunBefore: true },
      spec,
    );

  it('says what would be sent, and nothing is', async () => {
    expect(await plan(get)).toEqual({ why: 'sends GET /items to service features', calls: [] });
    expect(await plan(post)).toEqual({
      why: 'sends POST /items to service features, unless an earlier attempt may have sent it: then a person is asked',
      calls: [{ endpoint: 'http.post', on: '/items of features' }],
    });
    expect(lines()).toEqual([]);
  });
});
