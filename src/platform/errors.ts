/** What a call throws. */
import type { FailureCode } from '../run/failures/errors.js';

/** A failed call. Its message names the path that was asked for, without secrets; never a host, a header or a query. */
export class PlatformError extends Error {
  readonly code: FailureCode;
  readonly status: number | undefined;
  /** What the platform asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Whether a write may have taken effect all the same. */
  readonly ambiguous: boolean;
  /** Whether the answer was larger than any that is read: of a list, fewer items may be asked for. */
  readonly isTooLarge: boolean;
  /** What the platform itself has said, where it has answered: without the endpoint and the status, which the message has. */
  readonly said: string | undefined;
  /** Whose answer it is, where that is not the connection’s platform. */
  readonly from: string | undefined;
  /** Of a `CONFLICT` with what the same effect has made of something else: the marker that it carries. */
  readonly marker: string | undefined;

  constructor(
    code: FailureCode,
    message: string,
    details: {
      status?: number | undefined;
      retryAfterMs?: number | undefined;
      ambiguous?: boolean;
      isTooLarge?: boolean;
      said?: string | undefined;
      from?: string;
      marker?: string;
    } = {},
  ) {
    super(message);
    this.name = 'PlatformError';
    this.code = code;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.ambiguous = details.ambiguous ?? code === 'ANSWER_LOST';
    this.isTooLarge = details.isTooLarge ?? false;
    this.said = details.said;
    this.from = details.from;
    this.marker = details.marker;
  }
}
