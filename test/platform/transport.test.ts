/** On which connections requests go: a server that counts them. */
import { once } from 'node:events';
import { type Server, type ServerResponse, createServer } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { dominoWing } from '../../src/platform/domino/index.js';
import { createGate } from '../../src/platform/gate.js';
import { type Transport, createTransport } from '../../src/platform/transport.js';

let server: Server;
let send: Transport;
let connections = 0;
/** Told from which port a request has come that is never answered. */
let silent: (port: number) => void = () => undefined;
/** Answers that are given when a test says so. */
const kept: ServerResponse[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/kept') {
      kept.push(response);
      return;
    }
    const answer = () => response.end('{}');
    request.resume().on('end', () => {
      if (request.url === '/large') response.end(Buffer.alloc(40 * 1024 * 1024));
      else if (request.url === '/silent') silent(request.socket.remotePort ?? 0);
      else setTimeout(answer, request.url === '/slow' ? 1_500 : 0);
    });
  });
  server.on('connection', () => (connections += 1));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const credential = () => ({ kind: 'apiKey', value: 'key' }) as const;
  send = createTransport(dominoWing, {
    name: 'here',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dialect: 'v6',
    requestTimeoutMs: 60_000,
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

const post = (path: string) =>
  send({ method: 'POST', path, query: {}, body: {}, credential: { kind: 'apiKey', value: 'key' } });

it('says of an answer that is larger than allowed that it is', async () => {
  expect(await post('/large')).toEqual({
    ...{ kind: 'broken', isTooLarge: true },
    reason: 'the answer was larger than allowed',
  });
});

/** Breaks the client’s end of a connection, as the system does when the route to the other one is gone. */
function loseRoute(port: number, syscall: string): void {
  const ends = (process as unknown as { _getActiveHandles(): object[] })._getActiveHandles(); // sockets of this process
  const end = ends.find((one) => one instanceof Socket && one.localPort === port && one.remotePort !== port);
  const error = Object.assign(new Error(`${syscall} EHOSTUNREACH`), { code: 'EHOSTUNREACH', syscall });
  if (end instanceof Socket) end.destroy(error);
}

it.each(['read', 'write'])('may have sent what no route was left for when it came to %s', async (syscall) => {
  silent = (port) => loseRoute(port, syscall);
  expect(await post('/silent')).toEqual({ kind: 'broken', reason: 'EHOSTUNREACH' });
});

it('has sent nothing when no connection was made', async () => {
  const credential = () => ({ kind: 'apiKey', value: 'key' }) as const;
  const nowhere = createTransport(dominoWing, {
    ...{ name: 'nowhere', url: 'http://127.0.0.1:9', dialect: 'v6', requestTimeoutMs: 10_000, credential },
  });
  expect(
    await nowhere({ method: 'POST', path: '/', query: {}, body: {}, credential: credential() }),
  ).toMatchObject({ kind: 'not-sent' });
});

it('asks once more whether a read may be sent when it has waited for others', async () => {
  const credential = { kind: 'apiKey', value: 'key' } as const;
  const gate = createGate('here');
  const read = () =>
    send({
      ...{ method: 'GET', path: '/kept', query: {}, body: undefined, credential },
      check: () => gate.check(),
    });
  const first = Array.from({ length: 50 }, read);
  const late = Array.from({ length: 10 }, read);
  const lateEnds = Promise.allSettled(late);
  while (kept.length < 50) await delay(10);
  gate.hold(60_000);
  for (const response of kept) response.end('{}');
  expect((await Promise.all(first)).map(({ kind }) => kind)).toEqual(Array(50).fill('answered'));
  expect((await lateEnds).map(({ status }) => status)).toEqual(Array(10).fill('rejected'));
  expect(kept).toHaveLength(50);
});
