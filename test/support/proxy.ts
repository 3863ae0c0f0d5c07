/** A proxy in front of servers that breaks things on the way: each request goes to the next server. */
import { type IncomingMessage, type ServerResponse, createServer, request as send } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface Passed {
  readonly method: string;
  readonly path: string;
  readonly server: string;
  readonly headers: IncomingMessage['headers'];
  /** What was done to it. */
  readonly broken: 'answer lost' | 'cut off' | 'refused' | null;
}

export interface Proxy {
  readonly url: string;
  /** Every request, in the order of arrival. */
  readonly passed: readonly Passed[];
  /** The answers to the next so many starts are lost, after the server has given them. */
  loseStarts(times: number): void;
  /** The next so many starts are answered 503 with this `Retry-After`, and do not reach a server. */
  refuseStarts(times: number, retryAfter: string): void;
  /** The next so many event streams are cut off in the middle of a line, with their first events told. */
  cutStreams(times: number): void;
  close(): Promise<void>;
}

/** Listens on a free port. */
export async function createProxy(servers: readonly string[]): Promise<Proxy> {
  const passed: Passed[] = [];
  const left = { lose: 0, refuse: 0, cut: 0, retryAfter: '0' };
  const take = (what: 'lose' | 'refuse' | 'cut'): boolean => left[what] > 0 && (left[what] -= 1) >= 0;

  const breakOf = (method: string, path: string): Passed['broken'] => {
    if (method === 'POST' && path.endsWith('/runs'))
      return take('refuse') ? 'refused' : take('lose') ? 'answer lost' : null;
    return path.endsWith('/events') && take('cut') ? 'cut off' : null;
  };
  const proxy = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    const server = servers[passed.length % servers.length] ?? '';
    const broken = breakOf(method, path);
    passed.push({ method, path, server, headers, broken });
    if (broken === 'refused') response.writeHead(503, { 'retry-after': left.retryAfter }).end('busy');
    else forward(request, response, { server, broken });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo; // of a TCP server that listens

  return {
    url: `http://127.0.0.1:${port}`,
    passed,
    loseStarts: (times) => void (left.lose = times),
    refuseStarts: (times, retryAfter) => void Object.assign(left, { refuse: times, retryAfter }),
    cutStreams: (times) => void (left.cut = times),
    close: async () => {
      const closed = once(proxy, 'close');
      proxy.close();
      proxy.closeAllConnections();
      await closed;
    },
  };
}

function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { server, broken }: Pick<Passed, 'server' | 'broken'>,
): void {
  const { method, url, headers } = request;
  const onwards = send(new URL(url ?? '/', server), { method, headers, agent: false }, (answer) => {
    if (broken === 'answer lost') {
      answer.resume().once('end', () => response.destroy());
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    let chunks = 0;
    answer.on('data', (chunk: Buffer) => {
      chunks += 1;
      if (broken !== 'cut off' || chunks === 1) return void response.write(chunk);
      answer.removeAllListeners('data');
      response.write(chunk.subarray(0, Math.ceil(chunk.length * 0.8)), () => response.destroy());
    });
    answer.once('end', () => response.end());
    answer.once('error', () => response.destroy());
  });
  onwards.once('error', () => response.destroy());
  response.once('close', () => onwards.destroy());
  request.pipe(onwards);
}
