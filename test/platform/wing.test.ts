/** One platform more, over real HTTP: calls, codes and lists know of it what its wing says, and of no other platform. */
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPlatformClient } from '../../src/platform/client.js';
import { createGate } from '../../src/platform/gate.js';
import { eachItem, pageOf } from '../../src/platform/pages.js';
import { toyWing } from './toy-wing.js';

let server: Server;
/** What is answered next instead of the shop's own answer. */
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

describe('a platform of its own', () => {
  it('is asked with its own header, and with no other', async () => {
    expect(await pack()).toEqual({ id: 'new', label: 'a' });
    const [{ line, headers, body } = { line: '', headers: {}, body: '' }] = asked;
    expect({ line, body }).toEqual({ line: 'POST /boxes', body: '{"label":"a"}' });
    expect(headers['x-shop-token']).toBe('Shop let-me-in');
    const others = Object.keys(headers).filter((name) => name === 'authorization' || /api-?key/.test(name));
    expect(others).toEqual([]);
  });

  it('refuses in its own shape, by its own statuses', async () => {
    stated = { status: 418, body: { sorry: 'no tea, let-me-in', receipt: 7 } };
    await expect(pack()).rejects.toMatchObject({
      ...{ code: 'REQUEST_REJECTED', status: 418, ambiguous: false },
      message: 'POST /boxes on corner answered 418: no tea, [redacted] (request 7)',
    });
  });

  it.each([
    ['in the shape of another platform', 404, { error: 'no' }],
    ['by a status that it does not use', 400, { sorry: 'no' }],
  ])('has not refused what is refused %s', async (_, status, body) => {
    stated = { status, body };
    await expect(pack()).rejects.toMatchObject({ code: 'PROXY_PAGE', status, ambiguous: true });
  });

  it('says itself what 409 means, and leaves the rest to HTTP', async () => {
    stated = { status: 409, body: { sorry: 'closed for lunch' } };
    await expect(pack()).rejects.toMatchObject({ code: 'PLATFORM_UNAVAILABLE', status: 409 });
    // The words by which another platform tells of a quota are none here.
    stated = { status: 403, body: { sorry: 'quota exceeded' } };
    await expect(pack()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    stated = { status: 429, body: { sorry: 'slowly' } };
    await expect(pack()).rejects.toMatchObject({ code: 'PLATFORM_THROTTLED', ambiguous: false });
  });

  it('lists page by page', async () => {
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

  it('may be spoken to in an older spelling, and answer with text in it alone', async () => {
    stated = { status: 200, body: 'b9\n', headers: { 'content-type': 'text/plain' } };
    expect(await pack('old')).toEqual({ id: 'b9', label: 'of old' });
    expect(asked.map(({ body }) => body)).toEqual(['{"text":"a"}']);
    await expect(pack('plain')).rejects.toMatchObject({ code: 'ANSWER_LOST' });
  });

  it('is asked nothing in a spelling that it has not', () => {
    expect(() => createPlatformClient(toyWing, connection('v6'))).toThrow(
      'connection corner: the shop has no dialect "v6", but plain, old',
    );
  });
});

describe('the files of the layer that all platforms share', () => {
  const folder = new URL('../../src/platform/', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));

  it('are these', () => {
    expect(files).toContain('call.ts');
    expect(files).toContain('classify.ts');
  });

  it.each(files)('%s names no platform', (file) => {
    expect(readFileSync(new URL(file, folder), 'utf8')).not.toMatch(/domino|ubiops|v6|\/v4/i);
  });
});
