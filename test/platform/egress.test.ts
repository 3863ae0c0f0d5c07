/** The way to a platform: a path in its URL, a proxy, an authority of one's own; all of them real, on loopback. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Egress } from '../../src/egress/agents.js';
import { dominoWing } from '../../src/platform/domino/index.js';
import { type HttpRequest, createTransport } from '../../src/platform/transport.js';
import { createAuthority } from '../support/authority.js';
import { type ConnectProxy, createConnectProxy } from '../support/connect-proxy.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-egress-'));
const { caFile, server: certificate } = createAuthority(folder);
const ca = readFileSync(caFile, 'utf8');
rmSync(folder, { recursive: true });
const seen: { path: string | undefined; key: unknown }[] = [];
let connections = 0;
const answer = (request: IncomingMessage, response: ServerResponse): void => {
  seen.push({ path: request.url, key: request.headers['x-domino-api-key'] });
  request.resume().once('end', () => response.end('{}'));
};
const plain = createServer(answer);
const secure = createTlsServer(certificate, answer);
const portOf = (server: { address(): AddressInfo | string | null }): number =>
  (server.address() as AddressInfo).port; // it listens on TCP
let proxy: ConnectProxy;

for (const server of [plain, secure]) server.on('connection', () => (connections += 1));
beforeAll(async () => {
  for (const server of [plain, secure]) await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  for (const server of [plain, secure]) {
    server.closeAllConnections();
    server.close();
  }
});
beforeEach(async () => {
  proxy = await createConnectProxy();
  seen.length = 0;
  connections = 0;
});
afterEach(() => proxy.close());

const credential = { kind: 'apiKey', value: 'the-key' } as const;
const send = (url: string, egress?: Egress, requestTimeoutMs = 10_000) => {
  const transport = createTransport(dominoWing, {
    ...{ name: 'here', url, dialect: 'v6', requestTimeoutMs },
    credential: () => credential,
    ...(egress && { egress: () => egress }),
  });
  return (method: HttpRequest['method'] = 'GET', path = '/v4/users/self', body?: unknown) =>
    transport({ method, path, query: { a: 'b' }, body, credential });
};

describe('a URL with a path', () => {
  it.each(['/domino', '/domino/', '/a/b//', ''])('is where every request begins: %s', async (path) => {
    await send(`http://127.0.0.1:${portOf(plain)}${path}`)();
    expect(seen).toEqual([{ path: `${path.replace(/\/+$/, '')}/v4/users/self?a=b`, key: 'the-key' }]);
  });
});

describe('a platform behind TLS of a private authority', () => {
  it('is reached with that authority, and without it not', async () => {
    const url = `https://localhost:${portOf(secure)}`;
    expect(await send(url, { ca })()).toMatchObject({ kind: 'answered', status: 200 });
    expect(await send(url)()).toMatchObject({
      kind: 'not-sent',
      reason: expect.stringMatching(/CERT|UNABLE/),
    });
  });
});

describe('a platform behind a proxy', () => {
  it('is reached by a tunnel, which hides the key from the proxy, and is used again', async () => {
    const ask = send(`https://domino.test:${portOf(secure)}/domino`, { proxy: proxy.url, ca });
    expect(await ask()).toMatchObject({ kind: 'answered', status: 200 });
    expect(await ask()).toMatchObject({ kind: 'answered', status: 200 });
    expect(proxy.asked).toEqual([
      { what: `CONNECT domino.test:${portOf(secure)}`, authorization: undefined },
    ]);
    expect(seen).toHaveLength(2);
    expect(seen[0]).toEqual({ path: '/domino/v4/users/self?a=b', key: 'the-key' });
  });

  it('is reached by a tunnel in plain HTTP too, with the credentials of the proxy', async () => {
    const withPassword = proxy.url.replace('//', '//ada:lovelace@');
    await send(`http://domino.test:${portOf(plain)}`, { proxy: withPassword })();
    await send(`https://domino.test:${portOf(secure)}`, { proxy: withPassword, ca })();
    const authorization = `Basic ${Buffer.from('ada:lovelace').toString('base64')}`;
    expect(proxy.asked).toEqual(
      [plain, secure].map((server) => ({ what: `CONNECT domino.test:${portOf(server)}`, authorization })),
    );
    expect(seen).toHaveLength(2);
  });

  it.each(['http', 'https'])('gets each write once, whatever its body: %s', async (scheme) => {
    const url = `${scheme}://domino.test:${portOf(scheme === 'http' ? plain : secure)}`;
    for (const body of [undefined, { a: 1 }, Buffer.from('bytes'), Buffer.alloc(300_000)]) {
      const ask = send(url, { proxy: proxy.url, ca: scheme === 'https' ? ca : undefined });
      expect(await ask('POST', '/once', body)).toMatchObject({ status: 200 });
      expect(await ask('POST', '/again', body)).toMatchObject({ status: 200 });
    }
    expect(seen.map(({ path }) => path)).toEqual(
      Array.from({ length: 4 }, () => ['/once?a=b', '/again?a=b']).flat(),
    );
  });

  it('gets no write on a tunnel that was idle for long', async () => {
    const ask = send(`https://domino.test:${portOf(secure)}`, { proxy: proxy.url, ca });
    await ask('POST');
    await ask('POST');
    expect(connections).toBe(1);
    await delay(1_300);
    expect(await ask('POST')).toMatchObject({ status: 200 });
    expect(connections).toBe(2);
  });

  it('has been sent nothing where the proxy refuses, is silent or is not there, or the certificate is another’s', async () => {
    const url = `https://domino.test:${portOf(secure)}`;
    for (const status of [407, 403, 502, 503]) {
      proxy.next = status;
      expect(await send(url, { proxy: proxy.url, ca })('POST')).toEqual({
        kind: 'not-sent',
        reason: `the proxy answered ${status}`,
      });
    }
    proxy.next = 'silence';
    expect(await send(url, { proxy: proxy.url, ca }, 900)('POST')).toEqual({
      kind: 'not-sent',
      reason: 'the proxy opened no way within 0.3 s',
    });
    const gone = await createConnectProxy();
    gone.close();
    expect(await send(url, { proxy: gone.url, ca })('POST')).toEqual({
      kind: 'not-sent',
      reason: 'the proxy cannot be reached (ECONNREFUSED)',
    });
    expect(
      await send(url.replace('domino.test', 'other.test'), { proxy: proxy.url, ca })('POST'),
    ).toMatchObject({
      kind: 'not-sent',
    });
    expect(await send(url, { proxy: proxy.url })('POST')).toMatchObject({ kind: 'not-sent' });
    expect(seen).toEqual([]);
  });
});
