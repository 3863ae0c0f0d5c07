/** The id of a run that a step of another run starts. */
import { type Origin, ownKeyOf, runIdOf } from '../run/ids.js';
import { partsOf, shortHash } from './markers.js';

/**
 * The same over tries, resets and replays; another one for each generation, and under `finally` for each attempt. Nobody can give a
 * run of their own this key. It says nothing of the run that starts it: whoever may see the child alone learns of no other.
 */
export const childRunIdOf = (pipeline: string, origin: Origin): string =>
  runIdOf(pipeline, ownKeyOf(`child.${shortHash([...partsOf(origin), 'child'])}`));
