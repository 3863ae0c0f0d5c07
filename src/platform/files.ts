/** Files that are received without being held in memory. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';

interface Saving {
  /** Rights of the file; left out, those that new files have. */
  readonly mode?: number;
  readonly signal?: AbortSignal;
}

/**
 * Writes a stream to a file, which is there when it is whole: what breaks off on the way leaves nothing, and what was there
 * before stays.
 *
 * @throws whatever the stream or the file system throws, and the reason of the signal
 */
export async function saveFile(
  stream: AsyncIterable<Uint8Array>,
  file: string,
  { mode, signal }: Saving = {},
): Promise<number> {
  const part = `${file}.${randomBytes(4).toString('hex')}.part`;
  const handle = await open(part, 'wx', mode);
  let size = 0;
  try {
    try {
      for await (const chunk of signal === undefined ? stream : untilAborted(stream, signal)) {
        await handle.writeFile(chunk);
        size += chunk.length;
      }
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return size;
}

/** What is awaited may never come, so a signal does not wait for it. */
async function* untilAborted(
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const iterator = stream[Symbol.asyncIterator]();
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error); // whatever it is, it is thrown as it is
    signal.addEventListener('abort', abort, { once: true });
  });
  aborted.catch(() => undefined); // it may come when nobody races with it
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    iterator.return?.().catch(() => undefined); // it ends when what it waits for does
  }
}
