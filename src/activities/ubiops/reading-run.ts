/** What those ask of any platform who know none: UbiOps has no registered models, and keeps little of what a run does. */
import { LonghaulError } from '../../run/failures/errors.js';
import type { RunAsked, RunFacts } from '../../run/run-facts.js';
import type { ReadingEffects } from '../../run/undoing/effects.js';
import { type Attempting, attempted } from '../effect/attempt.js';

/** @throws LonghaulError `BASELINE_UNKNOWN` */
export const refuseLiveModel = (): Promise<never> =>
  Promise.reject(
    new LonghaulError(
      'BASELINE_UNKNOWN',
      'UbiOps keeps no registered models: state the numbers of the baseline',
    ),
  );

/** Builds them. */
export const createRunReadings = (
  attempting: Attempting,
): Pick<ReadingEffects, 'getLiveModel' | 'getRunFacts'> => ({
  getLiveModel: attempted(attempting, refuseLiveModel),
  getRunFacts: attempted(attempting, (asked: RunAsked) => Promise.resolve(factsOf(asked))),
});

/** Each says why it is not there. */
function factsOf({ jobId }: RunAsked): RunFacts {
  const job = {
    missing: jobId === null ? 'the run has no job' : `what job ${jobId} came to, the run says itself`,
  };
  const unkept = (what: string) => ({ missing: `UbiOps does not keep ${what} of a run` });
  return {
    job,
    runtime: unkept('the runtime'),
    environment: unkept('the environment'),
    datasets: unkept('the data'),
    log: job,
  };
}
