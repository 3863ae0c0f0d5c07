/** What the table of failures says of each. */
type Retry = 'never' | 'backoff' | 'after' | 'patience' | 'operator';

/** One row of the table. */
export interface FailureKind {
  readonly meaning: string;
  readonly retry: Retry;
  readonly operator: string;
}
