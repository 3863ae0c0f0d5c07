/** Reads a stream of JSON lines while it is alive. */
import { LonghaulHttpError } from './errors.js';
import type { Sender, Sending } from './sender.js';

/** The server writes at least every 15 s; after three of these nothing more will come. */
const silentMs = 45_000;
const mediaType = 'application/x-ndjson';

/** A stream that is open. */
export interface Lines {
  /** 204: there is nothing to tell, and never will be. */
  readonly nothingLeft: boolean;
  /** Ends with the stream. Throws what `fetch` throws when it breaks off or is silent for too long. */
  readonly lines: AsyncIterable<unknown>;
  /** Closes it. */
  close(): void;
}

/** Opens a stream. Throws as `open` of the sender, and `PROXY_PAGE` for anything but JSON lines. */
export async function openLines(sender: Sender, sending: Sending): Promise<Lines> {
  const over = new AbortController();
  const { signal } = sending;
  const response = await sender.open({
    ...sending,
    headers: { ...sending.headers, accept: mediaType },
    signal: signal ? AbortSignal.any([signal, over.signal]) : over.signal,
  });
  const nothingLeft = response.status === 204;
  if (!nothingLeft && response.headers.get('content-type')?.startsWith(mediaType) !== true) {
    over.abort();
    const { status } = response;
    const message = 'what answered sent no JSON lines, as a Longhaul server does';
    throw new LonghaulHttpError('PROXY_PAGE', message, { status, retryable: false });
  }
  return { nothingLeft, lines: linesOf(response, over), close: () => over.abort() };
}

async function* linesOf({ body }: Response, over: AbortController): AsyncGenerator {
  if (body === null) return;
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const alarm = setTimeout(() => over.abort(), silentMs);
    const { done, value } = await reader.read().finally(() => clearTimeout(alarm));
    if (done) return; // a rest was cut off in the middle: resuming repeats it
    const parts = (rest + decoder.decode(value, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) if (line.trim() !== '') yield JSON.parse(line);
  }
}
