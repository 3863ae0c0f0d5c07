/** The state of a connection, as all workers share it: kept by one workflow, told by its memo. */
import type { FailureCode } from './failures/errors.js';

/** The Temporal workflow type that keeps it, and how its ids begin. */
export const connectionWorkflow = 'connection';
const connectionPrefix = 'connection.';

/** The signal by which a worker reports a hold: the others read it where it arrives. */
export const holdSignalName = 'hold';

/** The id of the workflow of a connection. */
export const connectionIdOf = (name: string): string => `${connectionPrefix}${name}`;

/** Whether requests are sent. Times are of Temporal’s clock, ISO 8601. */
export type Standing =
  | { readonly status: 'open' }
  /** The platform has asked to be sent nothing until then. */
  | { readonly status: 'throttled'; readonly since: string; readonly until: string }
  /** It refuses the credential, or there is none; it is asked again and again whether that has changed. */
  | {
      readonly status: 'refused';
      readonly since: string;
      readonly code: FailureCode;
      readonly message: string;
      /** Until when the platform has asked to be sent nothing as well. */
      readonly until?: string;
    };

/** What the memo holds. */
export type ConnectionState = Standing & {
  /** How often an operator has opened it. With each, workers forget what they know by themselves. */
  readonly openings: number;
  /** How long nothing is to be sent from when this was written: clocks of workers may be off. */
  readonly forMs?: number;
};

/** Until when the platform has asked to be sent nothing, whatever else stands in the way. */
export const heldUntilOf = (state: Standing): string | undefined =>
  state.status === 'open' ? undefined : state.until;

/** A connection that nothing stands in the way of. */
export const openConnection: ConnectionState = { status: 'open', openings: 0 };

/** Clocks of machines differ by less, and a workflow says sooner that a time is over. */
const overdueMs = 60_000;

/** A state as it holds now: a time that is long over is none, where no worker has let the workflow say so. */
export function presentState(state: ConnectionState, nowMs: number): ConnectionState {
  const until = heldUntilOf(state);
  if (until === undefined || nowMs - Date.parse(until) <= overdueMs) return state;
  const { openings } = state;
  if (state.status !== 'refused') return { status: 'open', openings };
  const { status, since, code, message } = state;
  return { status, since, code, message, openings };
}

/** The argument of the workflow. */
export interface ConnectionStart {
  readonly name: string;
  /** Of the execution before, which this one continues. */
  readonly state?: ConnectionState;
  /** What was reported to it, and not confirmed yet. */
  readonly reported?: RefusalReport;
}

/** What a worker reports: the platform has asked to be sent nothing for so long. */
export interface HoldReport {
  readonly forMs: number;
}

/** What a worker reports: the credential has been refused for as long as patience lasts. */
export interface RefusalReport {
  readonly since: string;
  readonly code: FailureCode;
  readonly message: string;
}

/** An operator’s wish to go on at once. */
export interface Resumption {
  readonly actor: string;
  readonly reason: string;
}

/** The codes for which runs are parked that go on with their connection. */
export const credentialCodes = [
  'CREDENTIALS_REJECTED',
  'CREDENTIALS_MISSING',
] as const satisfies FailureCode[];

/** What the state of one connection needs of its workers. */
export interface ConnectionEffects {
  /** Asks the platform once whether it accepts the credential. */
  checkCredential(of: {
    readonly connection: string;
  }): Promise<
    | { readonly accepted: true }
    | { readonly accepted: false; readonly code: FailureCode; readonly message: string }
  >;
  /** Waits until it does, for as long as it takes. */
  awaitCredential(of: { readonly connection: string }): Promise<{ readonly accepted: true }>;
  /**
   * Retries the steps that are parked because the credential was refused or missing, until none is listed any more; with
   * `once`, each of them once.
   */
  resumeRuns(of: Resumption & { readonly connection: string; readonly once?: true }): Promise<null>;
}
