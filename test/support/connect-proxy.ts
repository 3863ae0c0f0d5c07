/** An HTTP proxy as companies have: it opens tunnels by CONNECT. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';

export interface ConnectProxy {
  readonly url: string;
  /** What it was asked for, such as `CONNECT host:443`, with the credentials that came with it. */
  readonly asked: readonly { readonly what: string; readonly authorization: string | undefined }[];
  /** What it answers to the next CONNECT: a status, or nothing ever. */
  next: number | 'silence';
  close(): void;
}

/** Listens on a free port. Whatever host it is asked for, it connects to this machine. */
export async function createConnectProxy(): Promise<ConnectProxy> {
  const asked: { what: string; authorization: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    asked.push({ what: `${request.method} ${request.url}`, authorization: undefined });
    response.writeHead(405, { 'content-type': 'text/html' }).end('<p>no</p>');
  });
  const proxy = {
    asked,
    next: 200 as ConnectProxy['next'],
    url: '',
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  server.on('connect', ({ url, headers }, socket: Socket) => {
    asked.push({ what: `CONNECT ${url}`, authorization: headers['proxy-authorization'] });
    const status = proxy.next;
    proxy.next = 200;
    if (status === 'silence') return;
    if (status !== 200)
      return void socket.end(
        `HTTP/1.1 ${status} No\r\ncontent-type: text/html\r\n\r\n<p>ask the IT department</p>`,
      );
    const onwards = connect(Number(url?.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onwards).pipe(socket);
    });
    onwards.on('error', () => socket.destroy());
    socket.on('error', () => onwards.destroy());
    socket.once('close', () => onwards.destroy());
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // of a TCP server that listens
  return proxy;
}
