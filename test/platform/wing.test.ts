/** A second platform, over real HTTP, through the files that all platforms share: they know of it what its wing says. */
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPlatformClient } from '../../src/platform/client.js';
import { createGate } from '../../src/platform/gate.js';
import type { PlatformConnection } from '../../src/platform/transport.js';
import { eachItem, pageOf } from '../../src/platform/pages.js';
import { toyWing } from './toy-wing.js';

let server: Server;
/** The answer to every request; left out, the shop's own. */
let stated: { status: number; body: unknown; headers?: Record<string, string> } | undefined;
let asked: { line: string; headers: IncomingMessage['headers']; body: string }[] = [];

const boxes = Array.from({ length: 250 }, (_, at) => ({ id: `b${at}`, label: `box ${at}` }));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await textOf(request);
  asked.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
  const { searchParams } = new URL(request.url ?? '/', 'http://shop');
  const from = Number(searchParams.get('offset'));
  const page = boxes.slice(from, from + Number(searchParams.get('limit')));
  const own =
    request.method === 'GET'
      ? { boxes: page, metadata: { totalCount: boxes.length } }
      : { id: 'new', label: 'a' };
  const { status, body: said, headers } = stated ?? { status: 200, body: own };
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof said === 'string' ? said : JSON.stringify(said));
}

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  stated = undefined;
  asked = [];
});

const connection = (dialect: string) => ({
  ...{ name: 'corner', dialect, requestTimeoutMs: 5_000, gate: createGate('corner') },
  url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on TCP
  credential: () => ({ kind: 'apiKey' as const, value: 'let-me-in' }),
});
const pack = (dialect = 'plain') =>
  createPlatformClient(toyWing, connection(dialect)).boxes.pack({ body: { label: 'a' } });

describe('a second platform', () => {
  it('gets its own authorization header and no other', async () => {
    expect(await pack()).toEqual({ id: 'new', label: 'a' });
    const [{ line, headers, body } = { line: '', headers: {}, body: '' }] = asked;
    expect({ line, body }).toEqual({ line: 'POST /boxes', body: '{"label":"a"}' });
    expect(headers['x-shop-token']).toBe('Shop let-me-in');
    const others = Object.keys(headers).filter((name) => name === 'authorization' || /api-?key/.test(name));
    expect(others).toEqual([]);
  });

  it('has each request watched, with what became of it', async () => {
    const seen: unknown[] = [];
    const around: PlatformConnection['around'] = async (request, send) => {
      const outcome = await send();
      seen.push([request, outcome.kind === 'answered' ? outcome.status : outcome.kind]);
      return outcome;
    };
    const { boxes } = createPlatformClient(toyWing, { ...connection('plain'), around });
    expect(await boxes.pack({ body: { label: 'a' } })).toEqual({ id: 'new', label: 'a' });
    stated = { status: 418, body: { sorry: 'no tea' } };
    await expect(boxes.pack({ body: { label: 'a' } })).rejects.toMatchObject({ status: 418 });
    const request = { connection: 'corner', endpoint: 'boxes.pack', method: 'POST' };
    expect(seen).toEqual([
      [request, 200],
      [request, 418],
    ]);
  });

  it('refuses with its own statuses and its own error shape', async () => {
    stated = { status: 418, body: { sorry: 'no tea, let-me-in', receipt: 'r7' } };
    await expect(pack()).rejects.toMatchObject({
      ...{ code: 'REQUEST_REJECTED', status: 418, ambiguous: false },
      message: 'POST /boxes on corner answered 418: no tea, [redacted] (request r7)',
    });
  });

  it.each([
    ['an error shape of another platform', 404, { error: 'no' }],
    ['a status that it does not use', 400, { sorry: 'no' }],
  ])('did not refuse itself when an answer has %s', async (_, status, body) => {
    stated = { status, body };
    await expect(pack()).rejects.toMatchObject({ code: 'PROXY_PAGE', status, ambiguous: true });
  });

  it('decides what 409 means and leaves other statuses to HTTP', async () => {
    stated = { status: 409, body: { sorry: 'closed for lunch' } };
    await expect(pack()).rejects.toMatchObject({ code: 'PLATFORM_UNAVAILABLE', status: 409 });
    // On another platform these words would mean a quota.
    stated = { status: 403, body: { sorry: 'quota exceeded' } };
    await expect(pack()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    stated = { status: 429, body: { sorry: 'slowly' } };
    await expect(pack()).rejects.toMatchObject({ code: 'PLATFORM_THROTTLED', ambiguous: false });
  });

  it('is listed page by page', async () => {
    const { boxes: shelf } = createPlatformClient(toyWing, connection('plain'));
    const found = [];
    for await (const { id } of eachItem(async (query) => {
      const { boxes: items, metadata } = await shelf.list({ query });
      return pageOf(items, metadata);
    }))
      found.push(id);
    expect(found).toEqual(boxes.map(({ id }) => id));
    expect(asked.map(({ line }) => line)).toEqual([
      'GET /boxes?offset=0&limit=100',
      'GET /boxes?offset=90&limit=100',
      'GET /boxes?offset=180&limit=100',
    ]);
  });

  it('speaks a dialect, and only there answers with plain text', async () => {
    stated = { status: 200, body: 'b9\n', headers: { 'content-type': 'text/plain' } };
    expect(await pack('old')).toEqual({ id: 'b9', label: 'of old' });
    expect(asked.map(({ body }) => body)).toEqual(['{"text":"a"}']);
    await expect(pack('plain')).rejects.toMatchObject({ code: 'ANSWER_LOST' });
  });

  it('rejects a dialect that its wing does not define', () => {
    expect(() => createPlatformClient(toyWing, connection('v6'))).toThrow(
      'connection corner: the shop has no dialect "v6"; its dialects are plain, old',
    );
  });
});
