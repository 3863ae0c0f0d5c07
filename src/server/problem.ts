/** Errors as `application/problem+json` (RFC 9457): a stable code, what was wrong where, and whether to try again. */
import { attributesMissing } from '../client/translating.js';
import { type FailureCode, type FieldFault, LonghaulError, failureKinds } from '../run/failures/errors.js';

/** The media type of every error. */
export const problemType = 'application/problem+json';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: FailureCode;
  readonly retryable: boolean;
  readonly requestId: string;
  readonly fields?: readonly FieldFault[];
}

/**
 * Of how a server or a worker is set up. What is wrong with it names files and variables: that is for the log, not for
 * callers, some of whom are not even let in.
 */
const setUpCodes: readonly FailureCode[] = ['CREDENTIALS_MISSING', 'CONFIG_INVALID', 'AUDIT_UNAVAILABLE'];

/** Whether a problem says less than its error, so that the log has to. */
export const isForLog = ({ code }: Pick<Problem, 'code'>): boolean =>
  code === 'INTERNAL' || setUpCodes.includes(code);

/** A caller may try a retryable request again after so many seconds. */
const againAfterSeconds = 5;

/** After how many seconds a caller may try again: as many as the platform has asked for, where it has. */
export function retryAfterSeconds(error: unknown): number {
  const cause = error instanceof Error ? error.cause : undefined;
  const askedMs = cause instanceof Error && 'retryAfterMs' in cause ? cause.retryAfterMs : undefined;
  return typeof askedMs === 'number' ? Math.ceil(askedMs / 1_000) : againAfterSeconds;
}

/** An answer repeats no more than this of what a caller has sent. */
const longestDetail = 4_000;
const longestFieldDetail = 500;
const mostFields = 50;

const bounded = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most)}…`;

/** The problem that answers a request. Foreign errors and faults of the set-up do not say their cause: it is in the log. */
export function problemOf(error: unknown, requestId: string): Problem {
  const { code, message, fields } =
    error instanceof LonghaulError
      ? error
      : {
          code: 'INTERNAL' as const,
          message: 'the server made a mistake; its log has it',
          fields: undefined,
        };
  const kind = failureKinds[code];
  return {
    type: `urn:longhaul:${code}`,
    title: kind.meaning,
    status: kind.status ?? 500,
    detail:
      setUpCodes.includes(code) && message !== attributesMissing
        ? `the server or a worker is not set up as it has to be; the server’s log has it under the request id ${requestId}`
        : bounded(message, longestDetail),
    code,
    retryable: kind.retry === 'backoff' || kind.retry === 'after',
    requestId,
    ...(fields &&
      fields.length > 0 && {
        fields: fields.slice(0, mostFields).map(({ pointer, detail }) => ({
          pointer: bounded(pointer, longestFieldDetail),
          detail: bounded(detail, longestFieldDetail),
        })),
      }),
  };
}
