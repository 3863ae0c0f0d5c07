/** A probe of a connection whose platform takes a request and says nothing. */
import { once } from 'node:events';
import { type Socket, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { createGate } from '../../src/platform/gate.js';
import { probeConnection } from '../../src/platform/probe.js';
import { platforms } from '../../src/platform/wings.js';

it('finds a silent platform silent within seconds, however long a request of the connection may take', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const beganMs = performance.now();
  const probe = await probeConnection(platforms.domino, {
    ...{ name: 'silent', url: `http://127.0.0.1:${port}`, dialect: 'v6', requestTimeoutMs: 60_000 },
    ...{ gate: createGate('silent'), credential: () => ({ kind: 'apiKey', value: 'secret-of-it' }) },
  });
  server.close();
  for (const socket of sockets) socket.destroy();
  expect(probe).toMatchObject({ ok: false, line: expect.stringContaining('GET /version on silent') });
  expect(performance.now() - beganMs).toBeLessThan(15_000);
}, 30_000);
