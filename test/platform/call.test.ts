/** One call of an endpoint: what is sent, what is read of the answer, and what is told of a failure. */
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Endpoint } from '../../src/contract/endpoint.js';
import { type Channel, call } from '../../src/platform/call.js';
import { PlatformError } from '../../src/platform/errors.js';
import { probeConnection } from '../../src/platform/probe.js';
import type { HttpOutcome, HttpRequest } from '../../src/platform/transport.js';

const endpoint = {
  ...{ method: 'GET', path: '/things/{id}', summary: '', source: '', replay: 'safe' },
  response: z.object({ id: z.string() }),
} as const satisfies Endpoint;

const answered = (text: string, more: object = {}): HttpOutcome => ({
  ...{ kind: 'answered', status: 200, headers: {}, url: 'http://here/v1/things', text },
  bytes: new Uint8Array([1]),
  ...more,
});

/** Calls it, on these outcomes in their order. */
async function called(
  outcomes: readonly HttpOutcome[],
  {
    of = {},
    input = { path: { id: 'a' } },
    channel = {},
    connection = {},
    options = {},
  }: Readonly<Partial<Record<'of' | 'input' | 'channel' | 'connection' | 'options', object>>> = {},
) {
  const sent: HttpRequest[] = [];
  const left = [...outcomes];
  const whole = {
    connection: { name: 'here', credential: () => ({ kind: 'apiKey', value: 'the-key' }), ...connection },
    transport: (request: HttpRequest) => {
      request.check?.();
      sent.push(request);
      return Promise.resolve(left.shift() ?? { kind: 'broken', reason: 'nothing is left' });
    },
    dialect: {},
    refusals: {
      statuses: [400, 401, 404],
      isOwn: (body: object) => 'said' in body,
      said: ({ said }: { said?: string }) => ({ words: said ?? '' }),
      codeOf: () => null,
    },
    ...channel,
  } as unknown as Channel; // of all of it, what a call uses
  const asked = { group: 'things', name: 'get', endpoint: { ...endpoint, ...of } as Endpoint };
  const result = await call(whole, asked, input, options).catch((error: unknown) => error);
  return { sent, result };
}
const failure = async (...of: Parameters<typeof called>) => (await called(...of)).result as PlatformError;

describe('a call', () => {
  it('sends what the endpoint says, with its query as texts, and reads the answer', async () => {
    const { sent, result } = await called([answered('{"id":"a","more":1}')], {
      of: { method: 'POST', body: z.object({ n: z.number() }), query: z.looseObject({}) },
      input: { path: { id: 'a b' }, query: { n: 1, list: [1, 'x'], none: undefined }, body: { n: 2 } },
    });
    expect(sent).toMatchObject([
      {
        ...{ method: 'POST', path: '/things/a%20b', body: { n: 2 }, query: { n: '1', list: ['1', 'x'] } },
        credential: { value: 'the-key' },
      },
    ]);
    expect(sent[0]?.query).not.toHaveProperty('none');
    expect(result).toEqual({ id: 'a' });
    const bare = await called([answered('{"id":"a"}')], {
      input: { path: { id: 'a' }, query: { n: 1 }, body: 3 },
    });
    expect(bare.sent).toMatchObject([{ query: {}, body: undefined }]);
  });

  it.each([
    ['/things/{id}', { id: '..' }, '{id} must not be ".."'],
    ['/things/{id}', { id: '' }, '{id} must not be ""'],
    ['/things/{id}', {}, '{id} is missing'],
    ['/files/{+path}', { path: 'a/../b' }, '{path} must not be "a/../b"'],
    ['/files/{+path}', {}, '{path} is missing'],
  ])('is not sent that would leave its place: %s %j', async (path, values, said) => {
    const { sent, result } = await called([], { of: { path }, input: { path: values } });
    expect(result).toMatchObject({ code: 'REQUEST_REJECTED', message: `${path}: ${said}` });
    expect(sent).toEqual([]);
  });

  it('keeps the slashes of a path, also of none', async () => {
    const pathOf = async (path: string) => {
      const { sent } = await called([answered('')], {
        of: { path: '/files/{+path}' },
        input: { path: { path } },
      });
      return sent[0]?.path;
    };
    expect([await pathOf('a b/c'), await pathOf('')]).toEqual(['/files/a%20b/c', '/files/']);
  });

  it.each([
    ['json', '{"id":NaN}', { id: 'NaN' }],
    ['json', '{"id":"NaN \\" is no number","n":-Infinity}', { id: 'NaN " is no number' }],
    ['none', '<html>', undefined],
    ['text', '<html>', '<html>'],
    ['bytes', '<svg/>', new Uint8Array([1])],
    ['bytes', 'PK <html>', new Uint8Array([1])],
    ['bytes', '<!DOCTYPE svg><svg/>', new Uint8Array([1])],
  ])('reads %s as it is: %s', async (encoding, text, value) => {
    expect((await called([answered(text)], { of: { encoding } })).result).toEqual(value);
  });

  it('says soon that JSON with a number that is none is cut off', async () => {
    const cut = `{"loss":NaN,"log":"${'\\"'.repeat(60_000)}`;
    const startedMs = process.cpuUsage().user / 1_000;
    expect(await failure([answered(cut)])).toMatchObject({ code: 'PLATFORM_UNAVAILABLE' });
    expect(process.cpuUsage().user / 1_000 - startedMs).toBeLessThan(2_000); // it was fourteen seconds
  });

  const page = { headers: { 'content-type': 'Text/HTML; charset=utf-8' } };
  it.each<[string, object]>([
    [' <!DocType HTML><p>Log in', {}],
    ['<HTML lang="en">', {}],
    ['PK', page],
  ])('takes no page for bytes: %s %j', async (text, more) => {
    const bytes = { of: { encoding: 'bytes' } };
    expect(await failure([answered(text, more)], bytes)).toMatchObject({ code: 'PROXY_PAGE', status: 200 });
    const packed = { ...bytes, input: { path: { id: 'report.html.zip' } } };
    expect(await failure([answered(text, more)], packed)).toMatchObject({ code: 'PROXY_PAGE' });
    const named = { ...bytes, input: { path: { id: 'report.html' } } };
    expect((await called([answered(text, more)], named)).result).toEqual(new Uint8Array([1]));
  });

  it('takes no page for a stream, and ends it', async () => {
    let discarded = 0;
    const stream = { size: 1, async *[Symbol.asyncIterator]() {} };
    const streaming = answered('', { ...page, stream, discard: () => (discarded += 1) });
    const options = { of: { encoding: 'bytes' }, options: { streams: true } };
    expect(await failure([streaming], options)).toMatchObject({ code: 'PROXY_PAGE' });
    expect(discarded).toBe(1);
  });

  it('is not sent when its attempt is over, or its gate is shut', async () => {
    const late = await called([], { options: { deadlineMs: () => 0 } });
    expect(late.result).toMatchObject({
      code: 'PLATFORM_UNREACHABLE',
      message: 'GET /things/a on here was not sent: its attempt is over',
    });
    const early = await called([answered('{"id":"a"}')], {
      options: { deadlineMs: () => performance.now() + 60_000 },
    });
    expect(early.result).toEqual({ id: 'a' });
    const check = () => {
      throw new PlatformError('PLATFORM_THROTTLED', 'shut');
    };
    const shut = await called([], { connection: { gate: { check } } });
    expect([late.sent, shut.sent, shut.result]).toMatchObject([[], [], { message: 'shut' }]);
  });

  it('reads the credential again when it is refused, and asks once more only with another', async () => {
    const refused = answered('{"said":"no"}', { status: 401 });
    const keys = (...values: string[]) => ({
      credential: () => ({ kind: 'apiKey', value: values.shift() ?? 'none' }),
    });
    const renewed = await called([refused, answered('{"id":"a"}')], { connection: keys('old', 'new') });
    expect(renewed.sent.map(({ credential }) => credential.value)).toEqual(['old', 'new']);
    expect(renewed.result).toEqual({ id: 'a' });
    const same = await called([refused], { connection: keys('old', 'old') });
    expect(same.sent).toHaveLength(1);
    expect(same.result).toMatchObject({ code: 'CREDENTIALS_REJECTED', status: 401, ambiguous: false });
    const other = await called([answered('{}', { status: 500 })], { connection: keys('old', 'new') });
    expect(other.sent).toHaveLength(1);
  });
});

describe('bytes that are elsewhere', () => {
  const url = 'https://here/v1';
  const held: number[] = [];
  const gate = { check: () => undefined, hold: (ms: number) => held.push(ms) };
  const of = { of: { encoding: 'bytes' }, connection: { url, gate } };
  const to = (location: string) =>
    answered('', { status: 302, headers: { location }, url: 'https://here/v1/things/a/bytes' });

  it.each([
    ['https://there/x?sig=1', 'https://there/x?sig=1', false],
    ['https://here:8443/x', 'https://here:8443/x', false],
    ['https://here/x', 'https://here/x', true],
    ['other', 'https://here/v1/things/a/other', true],
  ])('are read at %s', async (location, there, isAuthorized) => {
    const { sent, result } = await called([to(location), answered('PK')], of);
    expect(sent[1]?.elsewhere).toEqual({ url: there, isAuthorized });
    expect(result).toEqual(new Uint8Array([1]));
  });

  it.each(['http://there/x', 'file:///etc/passwd', 'http://['])('are not read at %s', async (location) => {
    const { sent, result } = await called([to(location)], of);
    expect([sent.length, result]).toMatchObject([1, { code: 'PROXY_PAGE' }]);
  });

  it.each<[HttpOutcome, string]>([
    ...[301, 401, 403, 404, 429, 503].map((status): [HttpOutcome, string] => [
      answered('{"said":"no"}', { status, headers: { 'retry-after': '99' } }),
      `answered ${status}`,
    ]),
    [{ kind: 'broken', reason: 'ECONNRESET' }, 'did not answer: ECONNRESET'],
    [{ kind: 'not-sent', reason: 'ENOTFOUND' }, 'did not answer: ENOTFOUND'],
  ])('say nothing of the platform when they are refused: %j', async (outcome, what) => {
    const error = await failure([to('https://there/x?sig=1'), outcome], of);
    expect(error).toMatchObject({
      ...{ code: 'PLATFORM_UNAVAILABLE', status: undefined, retryAfterMs: undefined, ambiguous: false },
      message: `GET /things/a on here was told that the bytes are on there, which ${what}`,
    });
    expect(held).toEqual([]);
  });

  it('are not read again when they are larger than allowed', async () => {
    const broken: HttpOutcome = { kind: 'broken', reason: 'it was larger', isTooLarge: true };
    expect(await failure([to('https://there/x'), broken], of)).toMatchObject({
      ...{ code: 'ANSWER_UNEXPECTED', isTooLarge: true },
    });
  });

  it('are the platform’s word on its own host', async () => {
    const refused = answered('{"said":"no"}', { status: 401 });
    expect(await failure([to('/x'), refused], of)).toMatchObject({ code: 'CREDENTIALS_REJECTED' });
  });
});

describe('a call that fails', () => {
  it('names what was asked for, as it was sent and without secrets', async () => {
    const { result } = await called([answered('{"said":"no"}', { status: 404 })], {
      input: { path: { id: 'a b/the-key' } },
    });
    expect(result).toMatchObject({ message: 'GET /things/a%20b%2F[redacted] on here answered 404: no' });
  });

  const html = { headers: { 'content-type': 'text/html; charset=utf-8' } };
  it.each<[HttpOutcome, string, string]>([
    [{ kind: 'not-sent', reason: 'ENOTFOUND' }, 'PLATFORM_UNREACHABLE', 'could not be sent: ENOTFOUND'],
    [{ kind: 'broken', reason: 'ECONNRESET' }, 'PLATFORM_UNAVAILABLE', 'got no whole answer: ECONNRESET'],
    [answered(' <html>'), 'PROXY_PAGE', 'answered 200: a web page instead of JSON'],
    [answered('{"id":"a"}', html), 'PROXY_PAGE', 'answered 200: a web page instead of JSON'],
    [answered('{'), 'PLATFORM_UNAVAILABLE', 'answered 200: with a body that is not whole JSON'],
    [answered('{"id":1}'), 'ANSWER_UNEXPECTED', 'answered 200: unexpectedly: id Invalid input'],
    [answered('{"said":"no such"}', { status: 404 }), 'NOT_FOUND', 'answered 404: no such'],
    [answered('{"said":""}', { status: 404 }), 'NOT_FOUND', 'answered 404'],
    [answered('{}', { status: 404 }), 'PROXY_PAGE', 'answered 404, but not in the platform’s JSON'],
    [answered('{}', { status: 502 }), 'PLATFORM_UNAVAILABLE', 'answered 502'],
    [answered('', { status: 302 }), 'PROXY_PAGE', 'answered 302'],
  ])('says how: %j', async (outcome, code, said) => {
    const error = await failure([outcome]);
    expect(error.code).toBe(code);
    expect(error.message).toContain(`GET /things/a on here ${said}`);
    if (!said.includes('unexpectedly')) expect(error.message.endsWith(said)).toBe(true);
  });

  it('tells no secret, neither the key nor what the connection takes out', async () => {
    const said = answered('{"said":"the-key of ada is not the-key"}', { status: 404 });
    expect((await failure([said])).message).toContain('[redacted] of ada is not [redacted]');
    const redact = (text: string) => text.replaceAll('ada', '***');
    expect((await failure([said], { connection: { redact } })).message).toContain('of *** is not');
    const broken: HttpOutcome = { kind: 'broken', reason: 'ada' };
    expect((await failure([broken], { connection: { redact } })).message).toContain('answer: ***');
  });

  it('tells no credential that was sent, wherever it is cut', async () => {
    const values = ['the-old', 'the-renewed'];
    const connection = { credential: () => ({ kind: 'apiKey', value: values.shift() }) };
    const text = JSON.stringify({ said: `the-old ${'x'.repeat(480)} the-renewed` });
    const refused = answered(text, { status: 401 });
    const { message } = await failure([refused, refused], { connection });
    expect(message).toContain('[redacted] xxx');
    expect(message).not.toMatch(/the-/);
  });

  it('holds the connection for as long as the platform asks for, and tells that', async () => {
    const held: number[] = [];
    const gate = { check: () => undefined, hold: (ms: number) => held.push(ms) };
    const asks = { headers: { 'retry-after': '7' } };
    const of = { connection: { gate } };
    expect(await failure([answered('{"said":""}', { ...asks, status: 429 })], of)).toMatchObject({
      ...{ code: 'PLATFORM_THROTTLED', status: 429, retryAfterMs: 7_000 },
    });
    await failure([answered('{"said":""}', { status: 429 })], of);
    const other = await failure([answered('{"said":""}', { ...asks, status: 404 })], of);
    expect([held, other.retryAfterMs]).toEqual([[7_000], undefined]);
  });

  it('says whether it may have taken effect, and whether its answer was too large', async () => {
    const write = { of: { method: 'POST', replay: 'creates', found: 'none' } };
    const broken = (isTooLarge: boolean): HttpOutcome => ({ kind: 'broken', reason: '', isTooLarge });
    expect(await failure([broken(false)], write)).toMatchObject({ ambiguous: true, isTooLarge: false });
    expect(await failure([broken(true)])).toMatchObject({
      ambiguous: false,
      isTooLarge: true,
      status: undefined,
    });
    expect(await failure([answered('', { isTooLarge: true, status: 404 })])).toMatchObject({
      isTooLarge: false,
    });
  });
});

describe('a dialect', () => {
  it('translates what is sent and what is answered', async () => {
    const dialect = {
      request: (name: string) => ({ body: name, query: {} }),
      answer: (name: string, body: { key: string }) => ({ id: `${name} ${body.key}` }),
    };
    const { sent, result } = await called([answered('{"key":"k"}')], { channel: { dialect } });
    expect(sent[0]?.body).toBe('things.get');
    expect(result).toEqual({ id: 'things.get k' });
  });

  it('reads plain text only where it says so, and where it is told that it is some', async () => {
    const dialect = { takesText: true, answer: (_: string, body: unknown) => ({ id: body }) };
    const plain = { headers: { 'content-type': 'text/plain' } };
    const read = async (more: object, of: object) =>
      (await called([answered('a log', more)], { channel: { dialect: of } })).result;
    expect(await read(plain, dialect)).toEqual({ id: 'a log' });
    for (const [more, of] of [
      [plain, {}],
      [{}, dialect],
      [{ headers: { 'content-type': 'x-text/plain' } }, dialect],
    ] as const)
      expect(await read(more, of)).toMatchObject({ code: 'PLATFORM_UNAVAILABLE' });
  });
});

describe('a connection', () => {
  const probed = (version: () => Promise<string>) =>
    probeConnection(
      {
        name: 'Domino',
        dialects: ['v6'],
        read: () => ({ version, whoAmI: () => Promise.resolve('ada') }),
      } as never, // of it, what is read
      { url: 'http://here' } as never,
    );

  it('says whether it works', async () => {
    expect(await probed(() => Promise.resolve('6.3'))).toEqual({
      ok: true,
      line: 'http://here is Domino 6.3; the credential is ada’s',
    });
    const refused = new PlatformError('CREDENTIALS_REJECTED', 'no');
    expect(await probed(() => Promise.reject(refused))).toEqual({
      ...{ ok: false, code: 'CREDENTIALS_REJECTED', line: 'CREDENTIALS_REJECTED: no' },
    });
    await expect(probed(() => Promise.reject(new TypeError('a mistake')))).rejects.toThrow('a mistake');
  });
});

it('an answer that was lost leaves in doubt what was sent, unless that is said', () => {
  expect(new PlatformError('ANSWER_LOST', '').ambiguous).toBe(true);
  expect(new PlatformError('ANSWER_LOST', '', { ambiguous: false }).ambiguous).toBe(false);
  expect(new PlatformError('NOT_FOUND', '')).toMatchObject({ ambiguous: false, isTooLarge: false });
});
