/** What the client sends, and what it makes of answers that no Longhaul server gives. */
import { type IncomingMessage, type RequestListener, createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type HttpClientOptions, LonghaulHttpError, createHttpClient } from '../../src/http-client.js';

const secret = 'lh_0123456789abcdef';
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A client of a server that answers like this, and the requests that came. */
async function against(answer: RequestListener, options: Partial<HttpClientOptions> = {}) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // of a TCP server that listens
  const url = `http://127.0.0.1:${port}/longhaul`;
  return { requests, url, client: createHttpClient({ url, key: secret, retryForMs: 0, ...options }) };
}

async function failureOf(call: () => Promise<unknown>): Promise<LonghaulHttpError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof LonghaulHttpError) return error;
    throw error;
  }
  throw new Error('it succeeded');
}

const page: RequestListener = (_request, response) => response.writeHead(502).end('<h1>Bad gateway</h1>');

describe('a request', () => {
  it('goes below the path of the URL, with the key of that moment', async () => {
    const keys = ['first', 'second\n'];
    const key = () => Promise.resolve(keys.shift() ?? '');
    const { client, requests } = await against((_request, response) => response.end('{"runs":[]}'), { key });
    await client.page({ status: 'parked', startedAfter: new Date(0) }, { limit: 5 });
    await client.page();
    expect(requests.map(({ url }) => url)).toEqual([
      '/longhaul/v1/runs?status=parked&startedAfter=1970-01-01T00%3A00%3A00.000Z&limit=5',
      '/longhaul/v1/runs',
    ]);
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
  });

  it('names nothing but a run: what is no run id stays in its place of the path', async () => {
    const { client, requests } = await against((_request, response) => response.end('{}'));
    await client.get('../pipelines?x');
    expect(requests[0]?.url).toBe('/longhaul/v1/runs/..%2Fpipelines%3Fx');
  });

  it('starts a document of the server by its name, once for its key', async () => {
    const { client, requests } = await against((_request, response) =>
      response.end('{"runId":"sweep.k","attemptId":"a","created":true,"url":"/v1/runs/sweep.k"}'),
    );
    expect(await client.startPipeline('sweep', { month: '2026-12' }, { key: 'k' })).toMatchObject({
      runId: 'sweep.k',
    });
    expect(requests[0]?.url).toBe('/longhaul/v1/pipelines/sweep/runs');
    expect(requests[0]?.headers['idempotency-key']).toBe('k');
  });

  it('is repeated while a read or a start gets a passing answer, and never when it steers', async () => {
    const { client, requests } = await against(page, { retryForMs: 1_000 });
    expect((await failureOf(() => client.get('a.b'))).retryable).toBe(true);
    expect(requests.length).toBeGreaterThan(1);
    requests.length = 0;
    await failureOf(() => client.cancel('a.b', { reason: 'x' }));
    expect(requests).toHaveLength(1);
  });

  it('that steers says, when its answer is lost, that it may have been taken', async () => {
    const { client } = await against((request) => request.socket.destroy());
    const error = await failureOf(() =>
      client.resolve('a.b', { step: 'train', action: 'abort', reason: 'x' }),
    );
    expect(error).toMatchObject({ code: 'SERVER_UNREACHABLE', retryable: false });
    expect(error.message).toContain('look at run a.b before trying again');
  });

  it('has a time-out', async () => {
    const { client } = await against(() => undefined, { timeoutMs: 100 });
    expect((await failureOf(() => client.pipelines())).message).toMatch(/gave no answer within 0\.1 s$/);
  });
});

describe('an answer of something else than a Longhaul server', () => {
  it.each([
    ['a page with 200', 200, {}, '<h1>Welcome</h1>', false],
    ['a page with 502', 502, {}, '<h1>Bad gateway</h1>', true],
    ['a redirect to a login', 302, { location: 'https://login.example.com' }, '', false],
    ['JSON that is no object', 200, {}, '[1]', false],
  ])('%s is PROXY_PAGE', async (_name, status, headers, body, retryable) => {
    const { client } = await against((_request, response) => response.writeHead(status, headers).end(body));
    expect(await failureOf(() => client.get('a.b'))).toMatchObject({ code: 'PROXY_PAGE', status, retryable });
  });

  it('is PROXY_PAGE also where a stream is expected', async () => {
    const { client } = await against((_request, response) => response.writeHead(200).end('<h1>Welcome</h1>'));
    const follow = async () => {
      for await (const _event of client.events('a.b'));
    };
    expect(await failureOf(follow)).toMatchObject({ code: 'PROXY_PAGE', retryable: false });
  });
});

describe('the key', () => {
  it('is shown by nothing: neither the client nor its errors', async () => {
    const { client, url } = await against(page);
    const fetchThatTells: typeof fetch = (_url, init) => Promise.reject(new TypeError(JSON.stringify(init)));
    const errors = [
      await failureOf(() => client.get('a.b')),
      await failureOf(() =>
        createHttpClient({ url, key: secret, retryForMs: 0, fetch: fetchThatTells }).get('a.b'),
      ),
      await failureOf(() => createHttpClient({ url, key: `${secret}\nx` }).get('a.b')),
    ];
    for (const shown of [client, ...errors])
      expect(inspect(shown, { depth: 10, showHidden: true })).not.toContain(secret);
    expect(errors.map(({ code }) => code)).toEqual(['PROXY_PAGE', 'SERVER_UNREACHABLE', 'REQUEST_MALFORMED']);
  });

  it.each(['ftp://127.0.0.1', 'localhost:8080', '', `https://user:${secret}@127.0.0.1`])(
    'is not sent to %j, which is refused and not shown',
    (url) => {
      expect(() => createHttpClient({ url })).toThrow(/^the url of the server must (be|hold) [^0]*$/);
    },
  );
});
