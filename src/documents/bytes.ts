/** Reads files and streams that people name, and no more of them than is allowed. */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';

/** The bytes of a file, at most one more than `maxBytes`: the one more says that it is too large. */
export function readBytesSync(file: string, maxBytes: number): Uint8Array {
  const handle = openSync(file, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let left = maxBytes + 1; left > 0;) {
      const chunk = Buffer.alloc(Math.min(left, 65_536));
      const size = readSync(handle, chunk, 0, chunk.length, null);
      if (size === 0) break;
      chunks.push(chunk.subarray(0, size));
      left -= size;
    }
    return Buffer.concat(chunks);
  } finally {
    closeSync(handle);
  }
}

/**
 * What a person can do something about, of why a file cannot be opened, as the end of a sentence about it; nothing of what
 * is in it. In a container the user is another one than outside.
 */
export function whyUnreadable(cause: unknown): string {
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : 'unknown';
  const user = process.getuid?.();
  switch (code) {
    case 'ENOENT':
      return 'it is not there';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
      return user === undefined
        ? 'this user has no right to read it'
        : `user ${user} has no right to read it`;
    default:
      return code;
  }
}

/** As `readBytesSync`, without blocking. */
export const readBytes = (file: string, maxBytes: number): Promise<Uint8Array> =>
  readStream(createReadStream(file, { end: maxBytes }), maxBytes);

/** The bytes of a stream; it is left when there is one more than `maxBytes`. */
export async function readStream(stream: Readable, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    // no encoding is set, so these are bytes
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes + 1);
}
