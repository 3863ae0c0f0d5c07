/** What one look does not show may be there all the same: an answer can be old for a moment, and a list is no snapshot. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ActivityDependencies } from '../dependencies.js';
import { ifThere, readKnown } from './known-objects.js';

/** An attempt of a read has less than a minute. */
const mostMs = 15_000;

/**
 * Looks for something and, when it is not there, once more after the settle time: only then it is `null`. A look that
 * the platform answers with 404 has not found it. What is only foreseen is looked at once, for all its looks see one
 * moment.
 */
export async function lookTwice<T>(
  { waits, foreseeing }: Pick<ActivityDependencies, 'waits' | 'foreseeing'>,
  look: () => Promise<T | null>,
): Promise<T | null> {
  const seen = await ifThere(look());
  if (seen !== null || foreseeing !== undefined) return seen;
  await settled({ waits });
  return ifThere(look());
}

/** Passes the time after which another look may show what one has not. */
export const settled = ({ waits }: Pick<ActivityDependencies, 'waits'>): Promise<void> =>
  delay(Math.min(waits.settleMs, mostMs));

/**
 * The same in a list, where something that is not found is not said to be missing: a list that is answered with 404
 * both times does not say that nothing is in it.
 * @throws PlatformError `OBJECT_MISSING`
 */
export async function lookTwiceInList<T>(
  deps: Pick<ActivityDependencies, 'waits' | 'foreseeing'>,
  look: () => Promise<T | null>,
): Promise<T | null> {
  const last = { isAnswered: false };
  const seen = await lookTwice(deps, async () => {
    last.isAnswered = false;
    const listed = await look();
    last.isAnswered = true;
    return listed;
  });
  return last.isAnswered ? seen : readKnown(look());
}
