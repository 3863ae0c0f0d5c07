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
