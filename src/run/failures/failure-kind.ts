/** The columns of the table of failures. */

/** Whether and when a failure is tried again; `failure-kinds.ts` says what each policy does. */
type Retry = 'never' | 'backoff' | 'after' | 'patience' | 'operator';

/** The exit codes of the CLI that a failure may have, by name; `src/cli/exit-codes.ts` has the numbers. */
type Exit =
  'error' | 'usage' | 'credentials' | 'notFound' | 'runFailed' | 'conflict' | 'refused' | 'unavailable';

/** One row of the table. */
export interface FailureKind {
  readonly meaning: string;
  readonly retry: Retry;
  /** What an operator does about it. */
  readonly operator: string;
  /** How a command exits that fails for this reason. */
  readonly exit: Exit;
  /** The HTTP status of an answer with this code; `null` where only runs or commands have it, never an answer. */
  readonly status: number | null;
}
