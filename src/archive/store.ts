/** Where an archive is kept: a folder, or a bucket of S3-compatible storage. */
export interface Store {
  /** Its address, as messages name it. */
  readonly where: string;
  /**
   * The keys that begin with a prefix, in the order of their characters. A prefix ends with `/`; where nothing is below
   * it, there are no keys.
   * @throws LonghaulError `ARCHIVE_INVALID`, `ARCHIVE_REFUSED`, `ARCHIVE_UNAVAILABLE`, as all methods
   */
  list(prefix: string): AsyncIterable<string>;
  /** What stands under a key, at most one byte more than `maxBytes`; `null`: nothing. */
  read(key: string, maxBytes: number): Promise<Uint8Array | null>;
  /** Writes it whole or not at all. What stood under the key is replaced. */
  write(key: string, bytes: Uint8Array): Promise<void>;
}
