/** Streams to callers: Server-Sent Events, JSON lines or plain text, with heartbeats and an end for slow readers. */
import { once } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { visible } from '../../foreign-text/visible.js';
import { withoutUnseenRuns } from '../unseen.js';

/** How one item is written in each form. */
export interface Item {
  readonly id?: string;
  readonly type: string;
  /** What JSON lines and `data:` hold. */
  readonly json: unknown;
  /** What plain text holds. */
  readonly text?: string;
}

type Form = 'text/event-stream' | 'application/x-ndjson' | 'text/plain';

/** Proxies cut a connection off on which nothing comes for a minute. */
const heartbeatMs = 15_000;
/** A reader that takes nothing for this long is cut off: it resumes where it was. */
const stalledMs = 60_000;

/** Streams are looked at with a terminal, which control characters that JSON allows would steer. */
const jsonOf = (json: unknown): string => visible(JSON.stringify(json));

const writers: Readonly<Record<Form, (item: Item) => string>> = {
  'text/event-stream': ({ id, type, json }) =>
    `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${jsonOf(json)}\n\n`,
  'application/x-ndjson': ({ json }) => `${jsonOf(json)}\n`,
  'text/plain': ({ json, text }) => `${text === undefined ? jsonOf(json) : visible(text)}\n`,
};
const heartbeats: Readonly<Partial<Record<Form, string>>> = {
  'text/event-stream': ': waiting\n\n',
  'application/x-ndjson': '\n',
};

/** The form that `Accept` asks for; the first of `forms` when it asks for none of them. */
export function formOf(request: FastifyRequest, forms: readonly [Form, ...Form[]]): Form {
  const accepted = request.headers.accept ?? '';
  return forms.find((form) => accepted.includes(form)) ?? forms[0];
}

/** What ends an answer early, beside the caller who is gone. */
interface Ends {
  readonly stopping: AbortSignal;
  readonly refused: AbortSignal;
  readonly withinMs?: number | undefined;
}

/**
 * Aborts when the caller is gone or refused, the server stops, or `withinMs` are over. Not by `AbortSignal.any` with
 * `AbortSignal.timeout`: Node 20 collects that as garbage while somebody waits for it, and it never aborts.
 */
export function goneSignal({ raw }: FastifyReply, { stopping, refused, withinMs }: Ends): AbortSignal {
  const gone = new AbortController();
  const abort = (): void => gone.abort();
  const timer = withinMs === undefined ? undefined : setTimeout(abort, withinMs);
  stopping.addEventListener('abort', abort, { once: true });
  refused.addEventListener('abort', abort, { once: true });
  // Of the answer and not of the connection, which outlives it.
  raw.once('close', () => {
    clearTimeout(timer);
    stopping.removeEventListener('abort', abort);
    abort();
  });
  if (stopping.aborted || raw.destroyed || raw.socket?.destroyed === true) abort();
  return gone.signal;
}

/**
 * Writes every item as it comes. What was answered cannot be taken back, so a fault in between, or a server that stops,
 * breaks the stream off: it ends as streams should only when it is whole.
 */
export async function stream(
  reply: FastifyReply,
  form: Form,
  items: AsyncIterable<Item>,
  signal: AbortSignal,
): Promise<FastifyReply> {
  reply.hijack();
  const { raw } = reply;
  const shown = withoutUnseenRuns(reply.request);
  const headers = Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  raw.writeHead(200, {
    ...Object.fromEntries(headers),
    'content-type': `${form}; charset=utf-8`,
    'x-accel-buffering': 'no',
  });
  raw.flushHeaders();
  const heartbeat = setInterval(() => raw.write(heartbeats[form] ?? ''), heartbeatMs);
  try {
    for await (const item of items) {
      if (signal.aborted) break;
      if (raw.write(shown(writers[form](item)))) continue;
      const stalled = setTimeout(() => raw.destroy(), stalledMs);
      await once(raw, 'drain', { signal }).finally(() => clearTimeout(stalled));
    }
    if (signal.aborted) raw.destroy();
    else raw.end();
  } catch (error) {
    if (!signal.aborted) reply.log.warn({ err: error }, 'a stream was cut off');
    raw.destroy();
  } finally {
    clearInterval(heartbeat);
  }
  return reply;
}
