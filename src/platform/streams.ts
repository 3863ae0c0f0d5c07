/** Answers whose bytes are read as they come. */
import type { ByteStream } from '../contract/bytes.js';
import type { Endpoint } from '../contract/endpoint.js';
import { PlatformError } from './errors.js';
import { outcomeOf } from './transport.js';

interface Asked {
  readonly endpoint: Endpoint;
  /** What was asked of whom, for a message. */
  readonly what: string;
}

/** A stream that throws a `PlatformError` where it breaks off, and where fewer or more bytes come than were told. */
export const wholeOf = (stream: ByteStream, { endpoint, what }: Asked): ByteStream => ({
  size: stream.size,
  async *[Symbol.asyncIterator]() {
    const code = endpoint.replay === 'safe' ? 'PLATFORM_UNAVAILABLE' : 'ANSWER_LOST';
    const broken = (reason: string) => new PlatformError(code, `${what} got no whole answer: ${reason}`);
    let size = 0;
    try {
      for await (const chunk of stream) {
        size += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw broken(outcomeOf(error).reason);
    }
    if (stream.size !== undefined && size !== stream.size)
      throw broken(`${size} of ${stream.size} bytes have come`);
  },
});
