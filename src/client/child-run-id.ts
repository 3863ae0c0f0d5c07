/** The id of a run that a step of another run starts. */
import { type Origin, ownKeyOf, runIdOf } from '../pipeline/ids.js';
import { shortHash } from './markers.js';

/** So much of the run and the step is for people; what follows tells it from every other. */
const mostShown = 110;

/** The same over tries, resets and replays; another one for each generation. Nobody can give a run of their own this key. */
export function childRunIdOf(pipeline: string, { runId, firstAttemptId, step, generation }: Origin): string {
  const shown = `${runId}.${step}`.replaceAll(/[^A-Za-z0-9._:-]/g, '-').slice(0, mostShown);
  const stamp = shortHash([runId, firstAttemptId, step, String(generation), 'child']);
  return runIdOf(pipeline, ownKeyOf(`${shown}.${stamp}`));
}
