/** Counts the gRPC calls that a process makes: it connects through here. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const prefaceBytes = 24;
const frameHeadBytes = 9;
const headersFrame = 1; // each call begins with one

/** Passes everything on to `address`; `calls()` is how many have begun. */
export async function countCalls(address) {
  const [host, port] = address.split(':');
  let calls = 0;
  const server = createServer((inner) => {
    const outer = connect(Number(port), host);
    for (const socket of [inner, outer]) socket.on('error', () => socket.destroy());
    inner.pipe(outer).pipe(inner);
    inner.on(
      'data',
      createFrameReader((type) => (calls += type === headersFrame ? 1 : 0)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${server.address().port}`,
    calls: () => calls,
    close: () => server.close(),
  };
}

/** Tells the type of every HTTP/2 frame of a connection, whatever the pieces it comes in. */
function createFrameReader(tell) {
  let skip = prefaceBytes;
  let head = Buffer.alloc(0);
  return (piece) => {
    for (let at = 0; at < piece.length;) {
      if (skip > 0) {
        const step = Math.min(skip, piece.length - at);
        skip -= step;
        at += step;
        continue;
      }
      const more = piece.subarray(at, at + frameHeadBytes - head.length);
      head = Buffer.concat([head, more]);
      at += more.length;
      if (head.length < frameHeadBytes) continue;
      tell(head[3]);
      skip = head.readUIntBE(0, 3);
      head = Buffer.alloc(0);
    }
  };
}
