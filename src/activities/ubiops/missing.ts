/** Which object is missing: a 404 of UbiOps names none. */
import { PlatformError } from '../../platform/errors.js';
import { ifThere } from '../effect/known-objects.js';

/** An object that another one needs, as people call it, and how it is read. */
export interface Needed {
  readonly what: string;
  read(): Promise<unknown>;
}

/**
 * Performs what needs these objects, the outermost first. They may be there and not be shown yet, or their names may be
 * mistyped: it is said which of them is not there.
 * @throws PlatformError `OBJECT_MISSING`, naming it, where the platform answers 404 to both
 */
export async function needing<T>(needed: readonly Needed[], perform: () => Promise<T>): Promise<T> {
  try {
    return await perform();
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'NOT_FOUND') throw error;
    for (const { what, read } of needed)
      if ((await ifThere(read())) === null)
        throw new PlatformError('OBJECT_MISSING', `${what} is not there; is its name right?`, {
          status: error.status,
        });
    throw error;
  }
}
