/** Bytes that are not held in memory: what is sent from a file, what comes in pieces, and what breaks off. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { openAsBlob } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { ByteStream } from '../../src/contract/bytes.js';
import { endpoint } from '../../src/contract/endpoint.js';
import { createPlatformClient } from '../../src/platform/client.js';
import { saveFile } from '../../src/platform/files.js';
import { PlatformError } from '../../src/platform/errors.js';
import { wholeOf } from '../../src/platform/streams.js';
import { toyWing } from './toy-wing.js';

const facts = { path: '/box', source: 'here', summary: 'A box.' } as const;
const contract = {
  boxes: {
    send: endpoint({
      ...{ ...facts, method: 'PUT', replay: 'idempotent' },
      ...{ body: z.instanceof(Uint8Array), bodyEncoding: 'bytes', response: z.object({ sum: z.string() }) },
    }),
    fetch: endpoint({
      ...{ ...facts, method: 'GET', replay: 'safe', encoding: 'bytes', response: z.instanceof(Uint8Array) },
    }),
  },
} as const;

let folder: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const server = createServer((request, response) => answer(request, response));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streams-'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const connect = (requestTimeoutMs = 5_000) =>
  createPlatformClient(
    { ...toyWing, contract },
    {
      ...{
        name: 'toy',
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        dialect: 'plain',
        requestTimeoutMs,
      },
      credential: () => ({ kind: 'apiKey' as const, value: 'k' }),
    },
  );
const receive = async (timeoutMs?: number) =>
  // Boundary cast: what `streams` answers.
  (await connect(timeoutMs).boxes.fetch({}, { streams: true })) as unknown as ByteStream;
const save = async (timeoutMs?: number) => saveFile(await receive(timeoutMs), join(folder, 'out'));

it('sends a file with its length, and reads the answer as JSON', async () => {
  const bytes = Buffer.alloc(3_000_000, 'abc');
  await writeFile(join(folder, 'in'), bytes);
  const hash = createHash('sha256');
  let length: string | undefined;
  answer = (request, response) => {
    length = request.headers['content-length'];
    request.on('data', (chunk: Buffer) => hash.update(chunk));
    request.on('end', () => response.end(JSON.stringify({ sum: hash.digest('hex') })));
  };
  const { sum } = await connect().boxes.send({ body: await openAsBlob(join(folder, 'in')) });
  expect([length, sum]).toEqual(['3000000', createHash('sha256').update(bytes).digest('hex')]);
});

it('reads more than it would hold in memory, for longer than a call may take', async () => {
  const chunk = Buffer.alloc(4 * 1024 * 1024, 1);
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': String(chunk.length * 10) });
    let sent = 0;
    const timer = setInterval(() => {
      response.write(chunk);
      sent += 1;
      if (sent === 10) clearInterval(timer);
      if (sent === 10) response.end();
    }, 250);
  };
  expect(await save(2_000)).toBe(chunk.length * 10);
});

it('gives up what stands still, and leaves no part of a file', async () => {
  await writeFile(join(folder, 'out'), 'before');
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('12345');
  };
  await expect(save(300)).rejects.toMatchObject({
    code: 'PLATFORM_UNAVAILABLE',
    message: expect.stringContaining('got no whole answer'),
  });
  expect(await readdir(folder)).toEqual(['out']);
  expect(await readFile(join(folder, 'out'), 'utf8')).toBe('before');
});

it('saves no page of a login, and leaves its connection', async () => {
  let closed: Promise<unknown> | undefined;
  answer = (request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).write('<!doctype html>');
    closed = once(request.socket, 'close');
  };
  await expect(save()).rejects.toMatchObject({ code: 'PROXY_PAGE' });
  expect(await readdir(folder)).toEqual([]);
  await closed;
});

it('stops at a signal, also while nothing comes', async () => {
  answer = (_, response) => response.writeHead(200, { 'content-length': '10' }).write('12345');
  const controller = new AbortController();
  const saving = saveFile(await receive(60_000), join(folder, 'out'), { signal: controller.signal });
  setTimeout(() => controller.abort(new Error('enough')), 100);
  await expect(saving).rejects.toThrow('enough');
  expect(await readdir(folder)).toEqual([]);
});

it('gives up what breaks off, and what has fewer bytes than were told', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('12345', () => response.destroy());
  };
  await expect(save()).rejects.toMatchObject({ code: 'PLATFORM_UNAVAILABLE' });
  expect(await readdir(folder)).toEqual([]);
});

it.each<[number | undefined, 'safe' | 'idempotent', string | null]>([
  [5, 'safe', null],
  [undefined, 'safe', null],
  [6, 'safe', 'PLATFORM_UNAVAILABLE: GET /box got no whole answer: 5 of 6 bytes have come'],
  [4, 'idempotent', 'ANSWER_LOST: GET /box got no whole answer: 5 of 4 bytes have come'],
])('are as many as were told, %j, or lost to %s', async (size, replay, expected) => {
  const stream = {
    size,
    async *[Symbol.asyncIterator]() {
      yield await Promise.resolve(Buffer.from('123'));
      yield Buffer.from('45');
    },
  };
  const whole = wholeOf(stream, { endpoint: { ...contract.boxes.fetch, replay }, what: 'GET /box' });
  const saved = saveFile(whole, join(folder, 'out')).catch((error: unknown) =>
    error instanceof PlatformError ? `${error.code}: ${error.message}` : error,
  );
  expect([whole.size, await saved]).toEqual([size, expected ?? 5]);
});

it('have no length of what was compressed on the way', async () => {
  answer = (_, response) => {
    const packed = gzipSync('12345');
    response
      .writeHead(200, { 'content-encoding': 'gzip', 'content-length': String(packed.length) })
      .end(packed);
  };
  expect((await receive()).size).toBeUndefined();
  expect(await save()).toBe(5);
});

/** Sends what a server reads slowly and never answers, until a deadline that holds from its first bytes on: what is told, and how many bytes had come when nothing more did. */
async function sendSlowly(body: Blob, { timeoutMs = 60_000, deadlineMs = Infinity }) {
  const seen = { bytes: 0, isTold: false };
  const options = { deadlineMs: () => (seen.bytes === 0 ? Infinity : deadlineMs) };
  const ended = new Promise<void>((resolve) => {
    answer = (request) => {
      request.once('close', resolve).on('data', (chunk: Buffer) => {
        seen.bytes += chunk.length;
        if (seen.isTold) return; // what is on its way is read before the end is
        request.pause();
        setTimeout(() => request.resume(), 20);
      });
    };
  });
  const told = await connect(timeoutMs)
    .boxes.send({ body }, options)
    .catch((error: unknown) => error);
  seen.isTold = true;
  await ended;
  return { told, bytes: seen.bytes };
}

it('breaks an upload off when its attempt is over', async () => {
  const body = new Blob([Buffer.alloc(64 * 1024 * 1024)]);
  const { told, bytes } = await sendSlowly(body, { deadlineMs: performance.now() });
  expect(told).toMatchObject({
    ...{ code: 'ANSWER_LOST', ambiguous: true },
    message: expect.stringContaining('its attempt was over before all was sent'),
  });
  expect(bytes).toBeLessThan(body.size);
});

it('gives a small upload no more time than any request', async () => {
  const { told } = await sendSlowly(new Blob(['small']), { timeoutMs: 300 });
  expect(told).toMatchObject({ message: expect.stringContaining('timed out (request)') });
});

it('says of a file that has changed that it has', async () => {
  await writeFile(join(folder, 'in'), 'before');
  const body = await openAsBlob(join(folder, 'in'));
  await writeFile(join(folder, 'in'), 'it is another');
  answer = (request, response) => void request.resume().on('end', () => response.end('{"sum":""}'));
  await expect(connect().boxes.send({ body })).rejects.toThrow(/has changed, or could not be read/);
});

it('tells a refusal as any other call does', async () => {
  answer = (_, response) => {
    response
      .writeHead(404, { 'content-type': 'application/json' })
      .end(JSON.stringify({ sorry: 'no such box' }));
  };
  await expect(receive()).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('no such box'),
  });
});

it('refuses what does not fit before it is sent, naming the field', async () => {
  let asked = 0;
  answer = () => (asked += 1);
  const wrong = { body: 'text' } as unknown as { body: Uint8Array<ArrayBuffer> };
  await expect(connect().boxes.send(wrong)).rejects.toMatchObject({
    code: 'REQUEST_REJECTED',
    message: expect.stringMatching(/was not sent: body does not fit/),
  });
  expect(asked).toBe(0);
});
