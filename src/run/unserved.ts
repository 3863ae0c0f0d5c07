/** What a run waits for that no worker takes, and what starts one. */

/** Left out of a run that a worker serves, and of one that has ended. */
export interface Unserved {
  /** No worker takes its workflow tasks, so nothing of it moves. */
  readonly pipelines?: true;
  /** Connections whose steps no worker takes. */
  readonly connections: readonly string[];
}

/** What no worker does, with the command that starts one: a line for each. */
export const sayUnserved = ({ pipelines, connections }: Unserved): { what: string; next: string }[] => [
  ...(pipelines === true ? [{ what: 'no worker takes work for this run', next: 'longhaul worker' }] : []),
  ...connections.map((connection) => ({
    what: `no worker takes work for the connection ${connection}`,
    next: `longhaul worker --connections ${connection}`,
  })),
];
