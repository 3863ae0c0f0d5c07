/** Where the simulator listens, and how it stops doing so for a while. */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How long it waits when something else has taken the port meanwhile. */
const againMs = 50;

/** Refuses connections for a while, and breaks those that there are. Several at a time last as long as the longest. */
export type RefuseConnections = (ms: number) => void;

/** The refusing of connections by one server, as long as that is not closed. */
export function createRefusing(app: FastifyInstance): RefuseConnections {
  const { server } = app;
  let address: AddressInfo | undefined;
  let untilMs = 0;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  app.addHook('onClose', (_, done) => {
    isClosed = true;
    clearTimeout(timer);
    done();
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' && address !== undefined) later(againMs);
  });
  function later(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(listen, ms);
  }
  function listen(): void {
    const leftMs = untilMs - performance.now();
    if (isClosed || address === undefined) return;
    if (leftMs > 0) later(leftMs);
    else server.listen({ port: address.port, host: address.address });
  }
  return (ms) => {
    const now = server.address();
    if (typeof now === 'object' && now !== null) {
      address = now;
      server.close();
    }
    server.closeAllConnections();
    untilMs = Math.max(untilMs, performance.now() + ms);
    later(untilMs - performance.now());
  };
}
