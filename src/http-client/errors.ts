/** What goes wrong between a caller and the server. */
import type { FailureCode, FieldFault } from '../run/failures/errors.js';

/**
 * The code of a failure: one of the server's table, or `SERVER_UNREACHABLE` when no server answered. A newer server
 * may know more codes than this client.
 */
export type HttpErrorCode = FailureCode | 'SERVER_UNREACHABLE' | (string & Record<never, never>);

/** What else is known of an error. */
export interface HttpErrorDetails {
  readonly status?: number | undefined;
  readonly retryable: boolean;
  readonly requestId?: string | undefined;
  readonly fields?: readonly FieldFault[] | undefined;
  readonly retryAfterMs?: number | undefined;
}

/**
 * Thrown by every call of the client. It has no `cause`: what `fetch` throws may hold the request, and with it the
 * API key.
 */
export class LonghaulHttpError extends Error {
  /** Stable: branch on it, never on the message. */
  readonly code: HttpErrorCode;
  /** The HTTP status; `undefined` when no server answered. */
  readonly status: number | undefined;
  /** Whether the same call, made again later, may succeed and cannot do harm. */
  readonly retryable: boolean;
  /** By which the server's log has it. */
  readonly requestId: string | undefined;
  /** The faults of what was sent, by JSON Pointer. */
  readonly fields: readonly FieldFault[] | undefined;
  /** How long the server asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(code: HttpErrorCode, message: string, details: HttpErrorDetails) {
    super(message);
    this.name = 'LonghaulHttpError';
    this.code = code;
    this.status = details.status;
    this.retryable = details.retryable;
    this.requestId = details.requestId;
    this.fields = details.fields;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** A copy of an error with a sentence added to its message and `retryable` set anew. */
export const explained = (
  error: LonghaulHttpError,
  more: string,
  { retryable }: { readonly retryable: boolean },
): LonghaulHttpError => {
  const { code, message, status, requestId, fields, retryAfterMs } = error;
  const details = { status, requestId, fields, retryAfterMs, retryable };
  return new LonghaulHttpError(code, `${message}; ${more}`, details);
};

/** A request that the client itself refuses to send. */
export const unsendable = (message: string): LonghaulHttpError =>
  new LonghaulHttpError('REQUEST_MALFORMED', message, { retryable: false });
