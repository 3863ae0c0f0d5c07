/** What happens when a schedule ticks while its last run goes on. */
export const overlaps = [
  'skip',
  'buffer-one',
  'buffer-all',
  'cancel-other',
  'terminate-other',
  'allow-all',
] as const;
export type Overlap = (typeof overlaps)[number];

/** A backfill of a schedule that would start more runs than this must be asked for expressly. */
export const usualBackfillMax = 100;
