/** Exit codes: the one table from which every command takes its own. */
import type { FailureCode } from '../pipeline/errors.js';
import type { Run } from '../pipeline/steps.js';

/** What each exit code of `longhaul` means. */
export const exitCodes = {
  success: 0,
  error: 1,
  usage: 2,
  credentials: 3,
  notFound: 4,
  /** The run has failed. */
  runFailed: 5,
  /** The time to wait is over; the run goes on. */
  waitExpired: 6,
  conflict: 7,
  /** The run was cancelled, or its gate refused the model. */
  refused: 8,
  /** Temporal, the platform or every worker is out of reach: trying again later may help. */
  unavailable: 9,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const byFailure: Readonly<Record<FailureCode, ExitCode>> = {
  PLATFORM_UNREACHABLE: exitCodes.unavailable,
  PLATFORM_UNAVAILABLE: exitCodes.unavailable,
  PLATFORM_THROTTLED: exitCodes.unavailable,
  PROXY_PAGE: exitCodes.unavailable,
  WORKER_SILENT: exitCodes.unavailable,
  TEMPORAL_UNREACHABLE: exitCodes.unavailable,
  AUDIT_UNAVAILABLE: exitCodes.unavailable,
  ISSUER_UNREACHABLE: exitCodes.unavailable,
  SERVER_BUSY: exitCodes.unavailable,
  CREDENTIALS_MISSING: exitCodes.credentials,
  CREDENTIALS_REJECTED: exitCodes.credentials,
  PERMISSION_DENIED: exitCodes.credentials,
  UNAUTHENTICATED: exitCodes.credentials,
  ACCESS_DENIED: exitCodes.credentials,
  APPROVAL_DENIED: exitCodes.credentials,
  SIGNATURE_INVALID: exitCodes.credentials,
  CONFIG_INVALID: exitCodes.usage,
  REQUEST_MALFORMED: exitCodes.usage,
  BODY_TOO_LARGE: exitCodes.usage,
  MEDIA_TYPE_UNSUPPORTED: exitCodes.usage,
  CONNECTION_UNKNOWN: exitCodes.usage,
  PIPELINE_UNKNOWN: exitCodes.usage,
  INPUT_INVALID: exitCodes.usage,
  RESOLUTION_INVALID: exitCodes.usage,
  SCHEDULE_INVALID: exitCodes.usage,
  BACKFILL_TOO_LARGE: exitCodes.usage,
  REPLAY_INVALID: exitCodes.usage,
  CAMPAIGN_INVALID: exitCodes.usage,
  RUN_NOT_FOUND: exitCodes.notFound,
  CONNECTION_NOT_FOUND: exitCodes.notFound,
  ROUTE_NOT_FOUND: exitCodes.notFound,
  WEBHOOK_UNKNOWN: exitCodes.notFound,
  DELIVERY_NOT_FOUND: exitCodes.notFound,
  KEY_UNKNOWN: exitCodes.notFound,
  SCHEDULE_UNKNOWN: exitCodes.notFound,
  VERSION_UNKNOWN: exitCodes.notFound,
  CAMPAIGN_UNKNOWN: exitCodes.notFound,
  NOT_FOUND: exitCodes.notFound,
  RUN_KEY_REUSED: exitCodes.conflict,
  SCHEDULE_EXISTS: exitCodes.conflict,
  SCHEDULE_BUSY: exitCodes.conflict,
  REPLAY_REFUSED: exitCodes.conflict,
  REPLAY_STALE: exitCodes.conflict,
  REPLAY_UNDER_WAY: exitCodes.conflict,
  CAMPAIGN_EXISTS: exitCodes.conflict,
  CAMPAIGN_STATE: exitCodes.conflict,
  DELIVERY_UNDER_WAY: exitCodes.conflict,
  STEP_NOT_PARKED: exitCodes.conflict,
  RUN_ENDED: exitCodes.conflict,
  RUN_GOES_ON: exitCodes.conflict,
  RESET_REFUSED: exitCodes.conflict,
  APPROVAL_NOT_AWAITED: exitCodes.conflict,
  MODEL_BUSY: exitCodes.conflict,
  CONFLICT: exitCodes.conflict,
  GATE_REFUSED: exitCodes.refused,
  CANCELLED: exitCodes.refused,
  BUILD_FAILED: exitCodes.runFailed,
  BUILD_CANCELLED: exitCodes.runFailed,
  JOB_FAILED: exitCodes.runFailed,
  JOB_STOPPED: exitCodes.runFailed,
  JOB_BROKEN: exitCodes.runFailed,
  JOB_ON_OTHER_REVISION: exitCodes.runFailed,
  METRIC_MISSING: exitCodes.runFailed,
  METRIC_NOT_A_NUMBER: exitCodes.runFailed,
  OUTCOME_UNKNOWN: exitCodes.runFailed,
  BASELINE_UNKNOWN: exitCodes.runFailed,
  EXPERIMENT_RUN_UNKNOWN: exitCodes.runFailed,
  APPROVAL_MISSING: exitCodes.runFailed,
  DEPLOYMENT_FAILED: exitCodes.runFailed,
  DEPLOYMENT_TAKEN_BACK: exitCodes.runFailed,
  OBJECT_MISSING: exitCodes.runFailed,
  WAIT_EXPIRED: exitCodes.runFailed,
  ABORTED: exitCodes.runFailed,
  DELIVERY_FAILED: exitCodes.error,
  ANSWER_LOST: exitCodes.error,
  QUOTA_EXCEEDED: exitCodes.error,
  ANSWER_UNEXPECTED: exitCodes.error,
  REQUEST_REJECTED: exitCodes.error,
  INTERNAL: exitCodes.error,
};

/** The exit code of a command that failed for this reason. */
export const exitCodeOf = (code: FailureCode): ExitCode => byFailure[code];

/** The exit code of a command that says how a run ended. A run that has not ended is no failure. */
export function exitCodeOfRun({ status, failure }: Pick<Run, 'status' | 'failure'>): ExitCode {
  switch (status) {
    case 'running':
    case 'parked':
    case 'succeeded':
      return exitCodes.success;
    case 'cancelled':
      return exitCodes.refused;
    case 'failed':
      return failure?.code === 'GATE_REFUSED' ? exitCodes.refused : exitCodes.runFailed;
    case 'terminated':
    case 'timed-out':
      return exitCodes.runFailed;
  }
}
