/** Outputs that a person supplies for a step, or that a file names. */
import { isOfKind, sayKind } from '../run/output-kinds.js';
import type { Json } from '../run/steps.js';
import type { Pipeline } from '../steps/define.js';
import { stepNamed } from '../steps/named.js';

/** What is wrong with an output that a person supplies for a step; `null` when nothing is. */
export function outputFault(pipeline: Pick<Pipeline, 'steps'>, step: string, output: Json): string | null {
  const rule = stepNamed(pipeline.steps, step);
  if (rule === null)
    return `there is no step "${step}"; the steps are ${Object.keys(pipeline.steps).join(', ')}`;
  if (output === null || typeof output !== 'object' || Array.isArray(output))
    return 'the output must be a JSON object';
  const values = new Map(Object.entries(output as { readonly [key: string]: Json }));
  const missing = Object.keys(rule.holds).filter((key) => !values.has(key));
  if (missing.length > 0) return `the output of "${step}" lacks ${missing.join(', ')}`;
  const unfit = Object.entries({ ...rule.holds, ...rule.mayHold }).find(([key, kind]) => {
    const value = values.get(key);
    return value !== undefined && !isOfKind(value, kind);
  });
  return unfit === undefined ? null : `in the output of "${step}", ${unfit[0]} must be ${sayKind(unfit[1])}`;
}

/** The same where a step may have been passed over: `null` stands for the output of one that the pipeline can do without. */
export function passedOverFault(
  pipeline: Pick<Pipeline, 'steps'>,
  step: string,
  output: Json,
): string | null {
  const rule = stepNamed(pipeline.steps, step);
  if (output !== null || rule === null) return outputFault(pipeline, step, output);
  return rule.isOptional ? null : `the output of "${step}" cannot be left out`;
}
