/** What the end of a run and the ends of its steps mean to each other. */
import { isCancellation, patched } from '@temporalio/workflow';
import type { Failure } from '../../run/failures/errors.js';
import type { Json, Step } from '../../run/steps.js';
import type { Pipeline } from '../../steps/define.js';
import type { EndedRun, Unsuccessful } from '../../steps/ends.js';
import { endsRun, failureOf } from '../../steps/failures.js';

/** Whether an error ends a step, and is no mistake in the code. */
export const isEnd = (error: unknown): boolean => isCancellation(error) || failureOf(error) !== null;

/** How steps stand that have come to no output when their run has ended. */
export const endsOfRest = (
  steps: Pipeline['steps'],
  outputs: ReadonlyMap<string, Json>,
  states: { get(name: string): Step | undefined },
): Readonly<Record<string, Unsuccessful>> =>
  Object.fromEntries(
    Object.keys(steps).flatMap((name) => {
      const step = states.get(name);
      return outputs.has(name) || step === undefined ? [] : [[name, endOf(step)] as const];
    }),
  );

function endOf({ state }: Step): Unsuccessful {
  if (state.status === 'failed') return { state: 'failed', reason: state.failure.message };
  if (state.status === 'cancelled') return { state: 'cancelled' };
  return { state: 'skipped', reason: 'the run did not come to it' };
}

/** Whether the run ends with a step that has failed so, whatever the step says. A step that is done last ends by itself alone. */
export function isEndedBy(failure: Failure, ended: EndedRun | undefined): boolean {
  if (!endsRun(failure)) return false;
  if (ended === undefined) return true;
  // Runs of a version before have ended by it, as their histories say.
  // replay-tested: 2026-11-30
  return patched('last-steps-end-no-run') ? false : true;
}
