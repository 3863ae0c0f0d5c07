/** What is refused, or put right, before routes and access: HTTP that cannot be read or can be read in two ways. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { LonghaulError } from '../run/failures/errors.js';
import { problemOf, problemType } from './problem.js';

/** What Node cannot read as HTTP never becomes a request. */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
  const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const isLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const [status, title] = isLate
    ? [408, 'Request Timeout']
    : isLarge
      ? [431, 'Headers Too Large']
      : [400, 'Bad Request'];
  const detail = isLate ? 'the request did not arrive in time' : 'this is not HTTP that can be read';
  const problem = {
    ...problemOf(new LonghaulError('REQUEST_MALFORMED', detail), randomUUID()),
    status,
  };
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/**
 * Node takes the first of two `Host` headers, where a proxy may have judged by the other.
 * @throws LonghaulError `REQUEST_MALFORMED`
 */
export function checkHostHeader({ rawHeaders, headers, httpVersion }: IncomingMessage): void {
  if (headers.host === undefined && httpVersion !== '1.0')
    throw new LonghaulError('REQUEST_MALFORMED', 'the header Host is missing');
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.length === 4 && rawHeaders[at]?.toLowerCase() === 'host') hosts += 1;
  if (hosts > 1) throw new LonghaulError('REQUEST_MALFORMED', 'the header Host is there twice');
}

/** Node answers an `Expect` that it does not know by 417 without a word; the standard allows to ignore it. */
export function ignoreExpectations(server: Server): void {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    server.emit('request', request, response),
  );
}
