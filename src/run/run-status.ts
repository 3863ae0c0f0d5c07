/** How a run stands. */

/** `terminated` and `timed-out` are known to Temporal alone: the workflow never sees them. */
export const runStatuses = [
  'running',
  'parked',
  'succeeded',
  'failed',
  'cancelled',
  'terminated',
  'timed-out',
] as const;
export type RunStatus = (typeof runStatuses)[number];
