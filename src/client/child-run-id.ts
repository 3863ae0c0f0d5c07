/** The id of a run that a step of another run starts. */
import { type Origin, ownKeyOf, runIdOf } from '../run/ids.js';
import { partsOf, shortHash } from './markers.js';

/** So much of the run and the step is for people; what follows tells it from every other. */
const mostShown = 110;

/** The same over tries, resets and replays; another one for each generation, and under `finally` for each attempt. Nobody can give a run of their own this key. */
export function childRunIdOf(pipeline: string, origin: Origin): string {
  const { runId, step } = origin;
  const shown = `${runId}.${step}`.replaceAll(/[^A-Za-z0-9._:-]/g, '-').slice(0, mostShown);
  const stamp = shortHash([...partsOf(origin), 'child']);
  return runIdOf(pipeline, ownKeyOf(`${shown}.${stamp}`));
}
