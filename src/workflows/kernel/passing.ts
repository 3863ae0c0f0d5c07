/** Steps that have nothing to do. */
import { patched } from '@temporalio/workflow';
import type { Outputs, PipelineStep } from '../../steps/define.js';
import type { Passed, Seen } from '../../steps/ends.js';

/** Why a step that the pipeline has is not done. */
export const notAsked: Passed = { reason: 'not in the input' };

/** Why a step is passed over. Runs of a version before have asked for approvals of what is not deployed, as their histories say. */
// replay-tested: 2026-11-30
export function passOver(
  step: PipelineStep,
  input: Parameters<PipelineStep['passes']>[0],
  ...known: readonly [outputs: Outputs, seen: Seen]
): Passed | null {
  const passed = step.passes(input, ...known);
  if (passed?.isUnasked !== true) return passed;
  if (patched('unasked-approvals')) return passed;
  else return null;
}
