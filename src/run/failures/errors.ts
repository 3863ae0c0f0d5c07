/** Failures by code, as runs, steps, errors and answers carry them. */
import type { FailureKind } from './failure-kind.js';
import { kinds } from './failure-kinds.js';

/** A stable code: callers branch on it, never on a message. */
export type FailureCode = keyof typeof kinds;

/** The table, for the generated reference and for look-ups. */
export const failureKinds: Readonly<Record<FailureCode, FailureKind>> = kinds;

/** Whether a string is a code of the table; codes come back from Temporal as plain strings. */
export const isFailureCode = (value: unknown): value is FailureCode =>
  typeof value === 'string' && Object.hasOwn(kinds, value);

/** A failure as runs, steps and answers carry it. The message holds no secret, header or query string. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
}

/** One fault of what a caller sent. */
export interface FieldFault {
  /** A JSON Pointer into what was sent. */
  readonly pointer: string;
  readonly detail: string;
}

/** Among the details of a creation's failure: a request before the one that failed may still make it. */
export const mayBeMadeDetail = 'MAY_BE_MADE';

/**
 * Thrown outside workflows and activities: at the door, in the client, in the configuration. Programs that call a platform
 * themselves get it before anything is sent: `CONFIG_INVALID` for a connection that cannot be used, `CREDENTIALS_MISSING` for a
 * key that cannot be read. What comes of a request is a `PlatformError`.
 */
export class LonghaulError extends Error implements Failure {
  readonly code: FailureCode;
  readonly fields: readonly FieldFault[] | undefined;

  constructor(
    code: FailureCode,
    message: string,
    options?: ErrorOptions & { readonly fields?: readonly FieldFault[] },
  ) {
    super(message, options);
    this.name = 'LonghaulError';
    this.code = code;
    this.fields = options?.fields;
  }
}
