/** Bytes that are too many to be held in memory at once. */

/** Bytes that are read when they are sent. */
export interface ByteSource {
  /** How many they are. */
  readonly size: number;
  /** Reads them, from the first one each time. */
  read(): AsyncIterable<Uint8Array>;
}

/** Bytes of an answer as they come: read once, from the first to the last. What breaks off on the way throws. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /** How many there will be, where the platform says so. */
  readonly size: number | undefined;
}

/** Whether a value is such a source, and not bytes in memory. */
export const isByteSource = (value: unknown): value is ByteSource =>
  typeof value === 'object' &&
  value !== null &&
  'size' in value &&
  'read' in value &&
  typeof value.size === 'number' &&
  typeof value.read === 'function';
