/** Bytes of an answer as they come: read once, from the first to the last. What breaks off on the way throws. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /** How many there will be, where the platform says so. */
  readonly size: number | undefined;
}
