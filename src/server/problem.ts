/** Errors as `application/problem+json` (RFC 9457): a stable code, what was wrong where, and whether to try again. */
import { attributesMissing } from '../client/translating.js';
import { type FailureCode, type FieldFault, LonghaulError, failureKinds } from '../pipeline/errors.js';

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
 * Also of codes that come from runs: whoever asks for the plan of a replay is told what stands in the way of a step, and
 * a look at the platform meets what a step meets.
 */
const statuses: Readonly<Record<FailureCode, number>> = {
  REQUEST_MALFORMED: 400,
  SCHEDULE_INVALID: 400,
  UNAUTHENTICATED: 401,
  SIGNATURE_INVALID: 401,
  ACCESS_DENIED: 403,
  APPROVAL_DENIED: 403,
  ROUTE_NOT_FOUND: 404,
  PIPELINE_UNKNOWN: 404,
  RUN_NOT_FOUND: 404,
  CONNECTION_NOT_FOUND: 404,
  NOT_FOUND: 404,
  WEBHOOK_UNKNOWN: 404,
  DELIVERY_NOT_FOUND: 404,
  SCHEDULE_UNKNOWN: 404,
  CAMPAIGN_UNKNOWN: 404,
  VERSION_UNKNOWN: 404,
  KEY_UNKNOWN: 404,
  CONFLICT: 409,
  OBJECT_MISSING: 409,
  WAIT_EXPIRED: 409,
  OUTCOME_UNKNOWN: 409,
  BUILD_FAILED: 409,
  BUILD_CANCELLED: 409,
  JOB_FAILED: 409,
  JOB_STOPPED: 409,
  JOB_BROKEN: 409,
  JOB_ON_OTHER_REVISION: 409,
  METRIC_MISSING: 409,
  METRIC_NOT_A_NUMBER: 409,
  GATE_REFUSED: 409,
  BASELINE_UNKNOWN: 409,
  EXPERIMENT_RUN_UNKNOWN: 409,
  DEPLOYMENT_FAILED: 409,
  DEPLOYMENT_TAKEN_BACK: 409,
  MODEL_BUSY: 409,
  ABORTED: 409,
  CANCELLED: 409,
  APPROVAL_MISSING: 409,
  STEP_NOT_PARKED: 409,
  RUN_ENDED: 409,
  RUN_GOES_ON: 409,
  RESET_REFUSED: 409,
  APPROVAL_NOT_AWAITED: 409,
  DELIVERY_UNDER_WAY: 409,
  SCHEDULE_EXISTS: 409,
  SCHEDULE_BUSY: 409,
  REPLAY_REFUSED: 409,
  REPLAY_STALE: 409,
  REPLAY_UNDER_WAY: 409,
  CAMPAIGN_EXISTS: 409,
  CAMPAIGN_STATE: 409,
  BODY_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  INPUT_INVALID: 422,
  CONNECTION_UNKNOWN: 422,
  RUN_KEY_REUSED: 422,
  RESOLUTION_INVALID: 422,
  BACKFILL_TOO_LARGE: 422,
  REPLAY_INVALID: 422,
  CAMPAIGN_INVALID: 422,
  CREDENTIALS_MISSING: 503,
  TEMPORAL_UNREACHABLE: 503,
  WORKER_SILENT: 503,
  AUDIT_UNAVAILABLE: 503,
  ISSUER_UNREACHABLE: 503,
  CONFIG_INVALID: 503,
  SERVER_BUSY: 503,
  INTERNAL: 500,
  ANSWER_LOST: 502,
  QUOTA_EXCEEDED: 502,
  REQUEST_REJECTED: 502,
  DELIVERY_FAILED: 502,
  PLATFORM_UNREACHABLE: 502,
  PLATFORM_UNAVAILABLE: 502,
  PLATFORM_THROTTLED: 503,
  CREDENTIALS_REJECTED: 502,
  PERMISSION_DENIED: 502,
  PROXY_PAGE: 502,
  ANSWER_UNEXPECTED: 502,
};

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
    status: statuses[code],
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
