/** The exit codes of `longhaul`; the table of failures says which one each failure has. */
import { type FailureCode, failureKinds } from '../run/failures/errors.js';
import type { Run } from '../run/steps.js';

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

/** The exit code of a command that failed for this reason. */
export const exitCodeOf = (code: FailureCode): ExitCode => exitCodes[failureKinds[code].exit];

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
