/** Sends a hostile request, by a client library where one would send it, else as bytes. */
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
/** Longer than the server waits for Temporal. */
const answerWithinMs = 30_000;
/** A request that is not whole is left like this: the server would wait for the rest. */
const partialMs = 30;

/** Its answer, of which a stream is not read; status 0 when the server cut off without one. */
export function send(url, request) {
  if (request.raw !== undefined) return sendBytes(url, request.raw, request.partial);
  try {
    return sendHttp(url, request);
  } catch {
    return sendBytes(url, bytesOf(request), request.partial); // not what a library sends
  }
}

const cutOff = { status: 0, contentType: '', body: '' };

function sendHttp(url, { method, path, headers, body, partial }) {
  const { hostname, port } = new URL(url);
  const outgoing = httpRequest({ hostname, port, method, path, headers, agent, timeout: answerWithinMs });
  return new Promise((resolve) => {
    outgoing.on('error', () => resolve(cutOff));
    outgoing.on('timeout', () => {
      resolve({ status: 599, contentType: '', body: 'no answer' });
      outgoing.destroy();
    });
    outgoing.on('response', (incoming) => {
      const { statusCode: status, headers: given } = incoming;
      const contentType = given['content-type'] ?? '';
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('error', () => resolve({ status, contentType, body: text }));
      const isStream = status === 200 && /event-stream|ndjson|text\/plain/.test(contentType);
      if (isStream && !path.startsWith('/metrics')) {
        resolve({ status, contentType, body: '' });
        outgoing.destroy();
        return;
      }
      incoming.on('data', (chunk) => (text += chunk));
      incoming.on('end', () => resolve({ status, contentType, body: text }));
    });
    if (partial) {
      outgoing.write(body ?? '');
      setTimeout(() => outgoing.destroy(), partialMs);
    } else outgoing.end(body);
  });
}

function bytesOf({ method, path, headers, body = '' }) {
  const lines = Object.entries({ host: '127.0.0.1', connection: 'close', ...headers }).flatMap(
    ([name, value]) => [value].flat().map((one) => `${name}: ${one}`),
  );
  const sent = Buffer.from(body);
  const head = [`${method} ${path} HTTP/1.1`, ...lines, `content-length: ${sent.length}`, '', ''].join(
    '\r\n',
  );
  return Buffer.concat([Buffer.from(head, 'latin1'), sent]);
}

function sendBytes(url, bytes, partial) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('utf8');
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.on('connect', () => {
      socket.write(bytes);
      if (partial) setTimeout(() => socket.destroy(), partialMs);
    });
    socket.setTimeout(answerWithinMs, () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk;
      socket.setTimeout(100, () => socket.destroy());
    });
    socket.on('close', () => {
      const [head, ...rest] = text.split('\r\n\r\n');
      resolve({
        status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
        contentType: /content-type: (.*)/i.exec(head)?.[1] ?? '',
        body: rest.join('\r\n\r\n').split('HTTP/1.1 ')[0],
      });
    });
  });
}
