/** Another host, to which redirects lead. Nobody must send it anything, and a key least of all. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Stranger {
  readonly url: string;
  /** Requests that came, with their headers. */
  readonly visits: readonly string[];
  close(): Promise<void>;
}

/** Listens on a free port and answers nothing of use. */
export async function openStranger(): Promise<Stranger> {
  const visits: string[] = [];
  const server = createServer(({ method, url, headers }, response) => {
    visits.push(`${method ?? ''} ${url ?? ''} ${JSON.stringify(headers)}`);
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Sign in</title>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // of a TCP server that listens
  return {
    url: `http://127.0.0.1:${port}`,
    visits,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
