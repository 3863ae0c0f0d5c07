/** What is not known of UbiOps, or differs: which way the simulator goes. */
import { z } from 'zod';

/** How it behaves; each may be changed while it runs (`POST /_simulator/behaviour`). */
export const Behaviour = z.strictObject({
  /** The status that refuses a name that is there already. */
  duplicates: z.union([z.literal(400), z.literal(409)]),
  /** What a version says that is built and has no instance, because `minimum_instances` is 0. */
  idleVersions: z.enum(['available', 'unavailable']),
  /** Real milliseconds until what was created or deleted is seen to be. */
  visibleAfterMs: z.number().int().nonnegative(),
  /** Whether a download answers the bytes, or where they are (`302`). */
  downloads: z.enum(['direct', 'redirect']),
  /** The order of lists without a stated one. */
  lists: z.enum(['oldest', 'newest', 'shuffled']),
  /** Requests that one address may send a minute; `null`: any number. */
  callsPerMinute: z.number().int().positive().nullable(),
  /** Simulated minutes until the package of a revision is gone; `null`: never. */
  packagesExpireAfterMinutes: z.number().positive().nullable(),
});

export type Behaviour = z.output<typeof Behaviour>;

/** As it is unless a world states otherwise. */
export const usualBehaviour: Behaviour = {
  duplicates: 400,
  idleVersions: 'available',
  visibleAfterMs: 0,
  downloads: 'direct',
  lists: 'oldest',
  callsPerMinute: 300,
  packagesExpireAfterMinutes: null,
};
