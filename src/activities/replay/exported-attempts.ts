/** Attempts from files: whoever has a file may have edited it, so nothing of authority is taken from one. */
import { distrustedSteps } from '../../pipelines/authority.js';
import { pipelineOfRun } from '../../pipelines/definition.js';
import type { AttemptRecord } from '../../run/replays/replays.js';
import { wholeOf } from '../../steps/ends.js';

/**
 * The attempt without what only Temporal vouches for: decisions are asked again, and where one is asked for, so is what
 * would be deployed found again on the platform.
 */
export function withoutAuthority(exported: AttemptRecord): AttemptRecord {
  const anew = distrustedSteps(pipelineOfRun(exported), exported.input);
  return {
    ...exported,
    steps: exported.steps.map((step) =>
      anew.has(wholeOf(step.name)) ? { ...step, references: [], state: { status: 'pending' } } : step,
    ),
  };
}
