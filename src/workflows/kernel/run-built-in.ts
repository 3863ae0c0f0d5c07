/** Runs a pipeline that Longhaul brings along: its input says where. */
import { workflowInfo } from '@temporalio/workflow';
import { type NamedInput, namesOf } from '../../run/failures/fingerprint.js';
import type { Run, RunStart } from '../../run/steps.js';
import type { Pipeline } from '../../steps/define.js';
import { runPipeline } from './run.js';

export function runBuiltIn(
  { forInput, ...pipeline }: Pipeline,
  start: RunStart<NamedInput & { readonly connection: string }>,
): Promise<Run> {
  const { connection } = start.input;
  return runPipeline(forInput?.(start.input) ?? pipeline, start, {
    connection,
    names: namesOf(workflowInfo().workflowId, start.input),
  });
}
