/** On which connections requests go: a server that counts them. */
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Transport, createTransport } from '../../src/platform/transport.js';

let server: Server;
let send: Transport;
let connections = 0;
beforeAll(async () => {
  server = createServer((request, response) => {
    const answer = () => response.end('{}');
    request.resume().on('end', () => setTimeout(answer, request.url === '/slow' ? 1_500 : 0));
  });
  server.on('connection', () => (connections += 1));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const credential = () => ({ kind: 'apiKey', value: 'key' }) as const;
  send = createTransport({
    name: 'here',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dialect: 'v6',
    requestTimeoutMs: 10_000,
    credential,
  });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends one request, and counts the connections that were opened for it. */
async function opened(method: 'GET' | 'POST', path = '/'): Promise<number> {
  const before = connections;
  const credential = { kind: 'apiKey', value: 'key' } as const;
  expect(await send({ method, path, query: {}, body: undefined, credential })).toMatchObject({ status: 200 });
  return connections - before;
}

it('sends no write on a connection that was idle for long, but reads on one that is open', async () => {
  expect([await opened('GET'), await opened('POST')]).toEqual([1, 1]);
  expect([await opened('GET'), await opened('POST')]).toEqual([0, 0]);
  await delay(1_300);
  expect([await opened('GET'), await opened('POST')]).toEqual([0, 1]);
});

it('waits for the answer to a write longer than that', async () => {
  await opened('POST', '/slow');
});
