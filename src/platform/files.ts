/** Files that are sent and received without being held in memory. */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import type { ByteSource, ByteStream } from '../contract/bytes.js';

/**
 * The bytes of a file, as many as it has now: what is added while it is sent is left out.
 *
 * @throws Error of the file system, or one that says that it is no file
 */
export async function openFile(file: string): Promise<ByteSource> {
  const found = await stat(file);
  if (!found.isFile()) throw new Error('it is no regular file');
  const { size } = found;
  return {
    size,
    async *read() {
      let left = size;
      if (left === 0) return;
      // no encoding is set, so these are bytes
      for await (const chunk of createReadStream(file, { end: size - 1 }) as AsyncIterable<Buffer>) {
        left -= chunk.length;
        yield chunk;
      }
      if (left > 0) throw new Error(`${file} became smaller while it was sent`);
    },
  };
}

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
  stream: ByteStream | AsyncIterable<Uint8Array>,
  file: string,
  { mode, signal }: Saving = {},
): Promise<number> {
  const part = `${file}.${randomBytes(4).toString('hex')}.part`;
  const handle = await open(part, 'wx', mode);
  let size = 0;
  try {
    try {
      for await (const chunk of stream) {
        signal?.throwIfAborted();
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
