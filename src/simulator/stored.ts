/** Bytes that lie on disk, so that memory stays small however many they are. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** A part of a file. */
export class Stored {
  constructor(
    readonly file: string,
    readonly start: number,
    readonly size: number,
  ) {}

  /** Reads it bit by bit. */
  stream(): Readable {
    const { file, start, size } = this;
    return size === 0
      ? createReadStream('/dev/null')
      : createReadStream(file, { start, end: start + size - 1 });
  }

  /** Reads so many bytes of it, from so far within it on; all of it unless stated. */
  async read(from = 0, length = this.size - from): Promise<Buffer> {
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, this.size - from)));
    const handle = await open(this.file);
    try {
      await handle.read(bytes, 0, bytes.length, this.start + from);
    } finally {
      await handle.close();
    }
    return bytes;
  }
}
