/** HTTP as bytes on a socket: what no client library would send. */
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** How many answers came on the connection: more than one means that a request was smuggled in. */
  readonly answers: number;
}

/** A connection to a server. */
export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined); // a server may cut off what it has refused
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes as they are and reads until the server closes, or has been silent for `quietMs` after an answer. */
export async function sendRaw(url: string, bytes: string | Buffer, quietMs = 300): Promise<RawAnswer> {
  const socket = await openSocket(url);
  const answer = readRaw(socket, quietMs);
  socket.write(bytes);
  return answer;
}

/** Reads what a server answers on a socket. */
export async function readRaw(socket: Socket, quietMs = 300): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    socket.setTimeout(quietMs, () => socket.destroy());
  });
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
  return parse(Buffer.concat(chunks).toString('utf8'));
}

function parse(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0),
    headers: new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    ),
    body: rest.join('\r\n\r\n'),
    answers: text.match(/^HTTP\/1\.1 \d{3}/gm)?.length ?? 0,
  };
}
