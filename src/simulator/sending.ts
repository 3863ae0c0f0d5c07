/** An answer on its way: sent as it is, or as a fault leaves it. */
import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from './fault-body.js';
import { Stored } from './stored.js';
import type { WireAnswer } from './wing.js';

/** Breaks the connection without an answer. */
export function hangUp(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.raw.socket.destroy();
  return reply;
}

/** Sends the answer to a request, as the fault that has struck it leaves it. */
export async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: WireAnswer,
  fault: Fault | undefined,
): Promise<FastifyReply> {
  switch (fault?.kind) {
    case 'lose-answer':
      return hangUp(request, reply);
    case 'hold-answer':
      await wait(fault.ms, undefined, { ref: false });
      return sendAnswer(reply, answer);
    case 'truncate':
      return sendPart(reply, encoded(await inMemory(answer)), fault.bytes);
    case 'slow-body':
      return drip(reply, encoded(await inMemory(answer)), fault.ms);
    case 'garble':
      return sendWhole(reply, garbled(encoded(await inMemory(answer)), fault.into));
    default:
      return sendAnswer(reply, answer);
  }
}

function sendAnswer(reply: FastifyReply, answer: WireAnswer): FastifyReply {
  const { status, headers = {}, body } = answer;
  if (!(body instanceof Stored)) return sendWhole(reply, encoded(answer));
  const length = { 'content-type': 'application/octet-stream', 'content-length': String(body.size) };
  return reply
    .code(status)
    .headers({ ...length, ...headers })
    .send(body.stream());
}

/** What a fault makes of an answer, it makes of its bytes. */
const inMemory = async ({ body, ...answer }: WireAnswer): Promise<WireAnswer> => ({
  ...answer,
  body: body instanceof Stored ? await body.read() : body,
});

interface Encoded {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

function encoded({ status, headers = {}, body }: WireAnswer): Encoded {
  const as = (type: string, bytes: Buffer): Encoded => ({
    status,
    headers: { 'content-type': type, ...headers },
    bytes,
  });
  if (body === undefined) return { status, headers, bytes: Buffer.alloc(0) };
  if (body instanceof Uint8Array)
    return as('application/octet-stream', Buffer.from(body.buffer, body.byteOffset, body.length));
  if (typeof body === 'string') return as('text/plain; charset=utf-8', Buffer.from(body));
  return as('application/json; charset=utf-8', Buffer.from(JSON.stringify(body)));
}

const sendWhole = (reply: FastifyReply, { status, headers, bytes }: Encoded): FastifyReply =>
  reply
    .code(status)
    .headers(headers)
    .send(bytes.length > 0 ? bytes : undefined);

/** The head promises the whole body, and the connection breaks on the way. */
function sendPart(reply: FastifyReply, { status, headers, bytes }: Encoded, count?: number): FastifyReply {
  const { raw } = reply.hijack();
  const sent = bytes.subarray(0, count ?? Math.floor(bytes.length / 2));
  raw.writeHead(status, { ...headers, 'content-length': Math.max(bytes.length, sent.length + 1) });
  raw.flushHeaders();
  raw.write(sent, () => raw.destroy());
  return reply;
}

const drops = 10;

async function drip(
  reply: FastifyReply,
  { status, headers, bytes }: Encoded,
  ms: number,
): Promise<FastifyReply> {
  const { raw } = reply.hijack();
  raw.writeHead(status, { ...headers, 'content-length': bytes.length });
  raw.flushHeaders();
  const size = Math.ceil(bytes.length / drops);
  for (let drop = 0; drop < drops; drop += 1) {
    await wait(ms / drops, undefined, { ref: false });
    if (raw.destroyed) return reply; // whoever asked has given up
    raw.write(bytes.subarray(drop * size, (drop + 1) * size));
  }
  raw.end();
  return reply;
}

const proxyPage = '<!doctype html><title>Gateway</title><h1>One moment, please</h1>';

function garbled(answer: Encoded, into: (Fault & { kind: 'garble' })['into']): Encoded {
  switch (into) {
    case 'half':
      return { ...answer, bytes: answer.bytes.subarray(0, Math.floor(answer.bytes.length / 2)) };
    case 'nothing':
      return { ...answer, bytes: Buffer.alloc(0) };
    case 'page':
      return {
        ...answer,
        headers: { ...answer.headers, 'content-type': 'text/html; charset=utf-8' },
        bytes: Buffer.from(proxyPage),
      };
    case 'gzip':
      // What follows the head of a compressed body is not compressed.
      return { ...answer, headers: { ...answer.headers, 'content-encoding': 'gzip' } };
  }
}
